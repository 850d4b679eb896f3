"""What a pull request's page shows in order of time, and who may speak in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sandbox import gitfolder, history, statuses
from sandbox.history import Commit
from sandbox.records import ROLES, CheckRun, Comment, CommitStatus, HostedRepository, Pull, User
from sandbox.state import State

EMOJI = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "confused": "😕",
    "heart": "❤️",
    "hooray": "🎉",
    "rocket": "🚀",
    "eyes": "👀",
}
GOOD = ("success", "neutral", "skipped")


@dataclass(frozen=True)
class Thanks:
    """All reactions of one kind to a comment."""

    emoji: str
    name: str
    users: tuple[str, ...]


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened in a pull request."""

    kind: Literal["commit", "comment", "closed", "merged"]
    when: float
    commit: Commit | None = None
    comment: Comment | None = None
    thanks: tuple[Thanks, ...] = ()


@dataclass(frozen=True)
class Speaker:
    """A person who may comment, and their role."""

    login: str
    role: str  # as in records.ROLES, or `outsider`


@dataclass(frozen=True)
class Summary:
    """The state of a commit's checks, in a word and a sentence."""

    tone: Literal["good", "bad", "running", "none"]
    title: str
    detail: str


def commits_of(state: State, pull: Pull) -> list[Commit]:
    """Return the commits that the head has and the base lacks, the oldest first."""
    folder = state.repositories[pull.repository].folder
    return list(reversed(history.commits(folder, gitfolder.pull_head(state, pull), gitfolder.pull_base(state, pull))))


def entries(state: State, pull: Pull) -> list[TimelineEntry]:
    """Return commits, comments and the end of a pull request, the oldest first."""
    found: list[TimelineEntry] = []
    latest = 0.0
    for commit in commits_of(state, pull):
        # A commit's date is what the committer's clock said. Here it never comes before its parent's.
        latest = max(latest, commit.when)
        found.append(TimelineEntry("commit", latest, commit=commit))
    found.extend(
        TimelineEntry("comment", comment.created_at, comment=comment, thanks=tuple(_thanks(state, comment)))
        for comment in state.comments_of(state.repositories[pull.repository], pull.number)
    )
    if pull.closed_at is not None:
        found.append(TimelineEntry("merged" if pull.merged else "closed", pull.closed_at))
    return sorted(found, key=lambda entry: entry.when)


def acts(state: State, pull: Pull) -> list[tuple[str, str]]:
    """Return a pull request's buttons: what each does, and its text."""
    if pull.state == "open":
        return [("merge", "Merge pull request"), ("close", "Close pull request")]
    there = f"refs/heads/{pull.head_ref}" in gitfolder.refs(state.repositories[pull.head_repository])
    if not there:
        return [] if pull.merged else [("restore", "Restore branch")]
    return [*([] if pull.merged else [("reopen", "Reopen pull request")]), ("delete", "Delete branch")]


def _thanks(state: State, comment: Comment) -> Iterable[Thanks]:
    reactions = state.reactions_of(comment)
    for name, emoji in EMOJI.items():
        users = tuple(reaction.user for reaction in reactions if reaction.content == name)
        if users:
            yield Thanks(emoji, name, users)


def speakers(state: State, repository: HostedRepository) -> list[Speaker]:
    """Return the people who may comment, those with most rights first. Anybody may in a public repository."""
    named = {login.lower() for login in (repository.owner, *repository.collaborators)}

    def role(user: User) -> str:
        return state.role(repository, user.login) if user.login.lower() in named else "outsider"

    found = [Speaker(user.login, role(user)) for user in state.people() if state.role(repository, user.login) != "none"]
    ranks = ("outsider", *ROLES)
    return sorted(found, key=lambda speaker: -ranks.index(speaker.role))


def checks_of(state: State, repository: HostedRepository, sha: str) -> list[CheckRun]:
    """Return the newest check run of each name: failed ones first, then by name."""
    newest = {(check.app, check.name): check for check in reversed(state.checks_of(repository, sha))}
    return sorted(newest.values(), key=lambda check: (tone(check) != "bad", check.name))


def statuses_of(state: State, repository: HostedRepository, sha: str) -> list[CommitStatus]:
    """Return the newest status of each context, by context."""
    return statuses.newest(state, repository, sha)


def tone(check: CheckRun) -> Literal["good", "bad", "running"]:
    """Return how a check run is coloured."""
    if check.status != "completed":
        return "running"
    return "good" if check.conclusion in GOOD else "bad"


def status_tone(status: CommitStatus) -> Literal["good", "bad", "running"]:
    """Return how a commit status is coloured."""
    tones: dict[str, Literal["good", "running"]] = {"success": "good", "pending": "running"}
    return tones.get(status.state, "bad")


def summary(checks: list[CheckRun], told: Sequence[CommitStatus] = ()) -> Summary:
    """Return the sentence above the checks and statuses."""
    tones = [*map(tone, checks), *map(status_tone, told)]
    counts = ((tones.count("bad"), "not successful"), (tones.count("running"), "in progress"))
    parts = [f"{number} {words}" for number, words in (*counts, (tones.count("good"), "successful")) if number]
    detail = f"{', '.join(parts)} {'check' if len(tones) == 1 else 'checks'}"
    if not tones:
        return Summary("none", "No checks", "Nobody has reported yet")
    if "bad" in tones:
        return Summary("bad", "Some checks were not successful", detail)
    if "running" in tones:
        return Summary("running", "Some checks haven’t completed yet", detail)
    return Summary("good", "All checks have passed", detail)
