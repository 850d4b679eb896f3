"""Changes to `.github/studio.yml` by a pull request, or by a push to the default branch."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache

from bot.errors import Forbidden, NotFound, Rejected, TryLater, UserError
from bot.events import DefaultPushed
from bot.ports import Ports
from bot.ports.git_host import Check, PullRequest
from bot.workspace import CONFIG
from experiments.experiment import Repository
from experiments.settings.check import Proposal, proposal
from reports.messages.settings_change import pushed

PAUSE = 10.0  # seconds until a commit is asked for again that the host does not show yet
_NAME = "studio: settings"  # name of the check run
_ID = "settings."  # beginning of its external id


def proposed(ports: Ports, repository: Repository, pull: PullRequest, base: str) -> Proposal | None:
    """Return how a pull request would change the configuration; None where it does not. Nothing of it is used.

    `base`: SHA of the merge base; empty where there is none. Base branch and head have to be fetched.
    """
    if pull.state != "open":
        return None

    def read(sha: str) -> bytes | None:
        return ports.git.read(repository, sha, CONFIG) if sha else None

    return _between(read, base, pull.head, pull.base)


def default_pushed(ports: Ports, event: DefaultPushed, now: float) -> None:
    """Write a check run on a new tip of the default branch that changes the file: what holds now, and each mistake.
    Do nothing where the branch has moved on: the next push tells. Fetch nothing, for the push may be of any size.
    """
    repository, ref = event.repository, f"refs/heads/{event.branch}"
    if ports.git.remote_refs(repository, ref).get(ref) != event.sha:
        return

    @cache
    def read(sha: str) -> bytes | None:
        try:
            return ports.host.file(repository, sha, CONFIG) if sha else None
        except NotFound:
            if sha == event.sha:
                raise TryLater(f"{repository.full_name} does not show its new commit {sha} yet", PAUSE) from None
            return None  # the branch was forced off the earlier commit

    found = _between(read, event.before, event.sha, event.before)
    if found is None:
        return
    title, summary = pushed(found, event.branch)
    conclusion = "failure" if found.problems else "success"
    check = Check(_NAME, event.sha, "completed", title, summary, conclusion=conclusion, external_id=_ID + event.sha)
    with suppress(Forbidden, NotFound, Rejected):  # the overviews of pull requests say the same
        if known := ports.host.find_check(repository, event.sha, _NAME, _ID):
            ports.host.update_check(repository, known, check)
        else:
            ports.host.create_check(repository, check)


def _between(read: Callable[[str], bytes | None], before: str, after: str, now: str) -> Proposal | None:
    """Return how the file changes from one commit to another, compared with its present state at a third; None if not.

    `read` returns the file at a commit; None for an empty SHA.
    """
    try:
        return proposal(read(before), read(after), read(now))
    except UserError as error:  # the file is too large to be read
        return Proposal(problems=(error.message,))
