"""What a pull request, or a push to the default branch, makes of `.github/studio.yml`."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache

from bot.errors import Forbidden, NotFound, Rejected, UserError
from bot.events import DefaultPushed
from bot.ports import Ports
from bot.ports.git_host import Check, PullRequest
from bot.workspace import CONFIG
from experiments.experiment import Repository
from experiments.settings.check import Proposal, proposal
from reports.messages.settings_change import pushed

_NAME = "studio: settings"  # of the check run
_ID = "settings."  # how its external id begins


def proposed(ports: Ports, repository: Repository, pull: PullRequest, base: str) -> Proposal | None:
    """Looked at and never used. None where the pull request does not change it. `base`: SHA of the merge base, empty
    where there is none; base branch and head were fetched."""
    if pull.state != "open":
        return None

    def read(sha: str) -> bytes | None:
        return ports.git.read(repository, sha, CONFIG) if sha else None

    return _between(read, base, pull.head, pull.base)


def default_pushed(ports: Ports, event: DefaultPushed, now: float) -> None:
    """A check run tells of a new tip of the default branch that changes the file: what holds now, and each mistake.
    Of one that was pushed over meanwhile nothing is told: the next push tells. Nothing is fetched, for what was pushed
    may be as large as anything."""
    repository, ref = event.repository, f"refs/heads/{event.branch}"
    if ports.git.remote_refs(repository, ref).get(ref) != event.sha:
        return

    @cache
    def read(sha: str) -> bytes | None:
        return ports.host.file(repository, sha, CONFIG) if sha else None

    found = _between(read, event.before, event.sha, event.before)
    if found is None:
        return
    title, summary = pushed(found, event.branch)
    conclusion = "failure" if found.problems else "success"
    check = Check(_NAME, event.sha, "completed", title, summary, conclusion=conclusion, external_id=_ID + event.sha)
    with suppress(Forbidden, NotFound, Rejected):  # the overviews of pull requests tell the same
        if known := ports.host.find_check(repository, event.sha, _NAME, _ID):
            ports.host.update_check(repository, known, check)
        else:
            ports.host.create_check(repository, check)


def _between(read: Callable[[str], bytes | None], before: str, after: str, now: str) -> Proposal | None:
    """What the file becomes from one commit to another, compared with what holds at a third. `read`: the file at a
    commit; an empty SHA has none."""
    try:
        return proposal(read(before), read(after), read(now))
    except UserError as error:  # larger than anything that is read
        return Proposal(problems=(error.message,))
