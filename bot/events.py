"""GitHub's events as values. Only this file knows the JSON of webhooks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.missed import MAYBE
from experiments.experiment import PullRef, Repository
from experiments.hosts import is_full_name

# Every App receives events of its installations without subscribing to them.
LOST = ("suspend", "deleted", "removed")
FOUND = ("unsuspend", "created", "added", "new_permissions_accepted")
EVENTS = ("check_run", "check_suite", "issue_comment", "pull_request")  # what app.yml subscribes to


@dataclass(frozen=True)
class CommentCreated:
    """Somebody wrote a comment in a pull request that may contain commands, or lines meant as commands."""

    where: PullRef
    comment: int  # id
    author: str  # login
    body: str
    created: float  # seconds since the epoch

    @property
    def repository(self) -> Repository:
        """The one the pull request is in."""
        return self.where.repository


@dataclass(frozen=True)
class NewHead:
    """A commit that became the head of a pull request."""

    sha: str
    before: str  # the head until then; empty where the pull request was opened with it
    by: str  # login
    when: float  # seconds since the epoch; 0 where it was opened with it: nobody saw another head in it


@dataclass(frozen=True)
class PullChanged:
    """A pull request was opened, closed, opened again, pushed to (by us, too) or given another base branch."""

    where: PullRef
    author: str  # login of who did it
    own: bool  # whether somebody pushed to a branch of this repository, as only people do who may write
    head: NewHead | None = None  # where it is a new one
    closed: bool = False
    wait: float = 0.0  # seconds until it is looked at, where whoever did it cannot write

    @property
    def repository(self) -> Repository:
        """The one the pull request is in."""
        return self.where.repository


@dataclass(frozen=True)
class Pressed:
    """Somebody pressed a button of one of our check runs, or GitHub's Re-run beside it."""

    repository: Repository
    check: int  # id of the check run
    name: str  # of the check run
    sha: str  # of the commit it is on
    external_id: str  # what we gave it
    button: str  # identifier; empty: Re-run
    author: str  # login of who pressed
    pulls: tuple[int, ...]  # numbers of the open pull requests whose head that commit is


@dataclass(frozen=True)
class AllRerun:
    """Somebody pressed GitHub's Re-run all checks."""

    repository: Repository
    suite: int  # id of the check suite
    updated: str  # when it last changed, in GitHub's words
    sha: str
    author: str
    pulls: tuple[int, ...]


@dataclass(frozen=True)
class DefaultPushed:
    """Somebody pushed to the default branch of a repository."""

    repository: Repository
    branch: str
    sha: str  # its tip then
    before: str  # its tip until then; empty where it had none


@dataclass(frozen=True)
class AccessChanged:
    """An owner suspended, removed, narrowed or gave back an installation of the App."""

    installation: int
    what: str  # one of LOST or FOUND
    repositories: tuple[int, ...] = ()  # ids; empty: all of the installation's

    @property
    def given(self) -> bool:
        return self.what in FOUND


OfPeople = CommentCreated | PullChanged | Pressed | AllRerun  # who may write, or may not
Event = OfPeople | DefaultPushed | AccessChanged


def parse(name: str, payload: Mapping[str, Any], github_url: str, app_id: str) -> Event | None:
    """Return the event; None where it does not concern us.

    Raise ValueError where GitHub's fields are missing or of another type.

    `github_url`: GITHUB_URL. The operator decides where tokens for Git are sent, not a payload.
    `app_id`: GITHUB_APP_ID. Check runs of other Apps are ignored, whatever their fields say.
    """
    try:
        if name == "pull_request":
            return _pull_changed(payload, github_url)
        if name in ("installation", "installation_repositories"):
            return _access_changed(payload)
        if name == "check_run":
            return _pressed(payload, github_url, app_id)
        if name == "check_suite":
            asked = payload.get("action") == "requested"
            return (_default_pushed if asked else _all_rerun)(payload, github_url, app_id)
        if name != "issue_comment" or payload.get("action") != "created":
            return None
        comment, issue = payload["comment"], payload["issue"]
        if issue.get("pull_request") is None or payload["sender"]["type"] == "Bot" or comment["user"]["type"] == "Bot":
            return None
        body = comment["body"] or ""
        if not MAYBE.search(body):
            return None
        return CommentCreated(
            where=PullRef(_repository(payload, github_url), int(issue["number"])),
            comment=int(comment["id"]),
            author=str(comment["user"]["login"]),
            body=body,
            created=_seconds(comment["created_at"]),
        )
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"{name}: {error!r}") from error


def _pull_changed(payload: Mapping[str, Any], github_url: str) -> PullChanged | None:
    action = payload.get("action")
    rebased = action == "edited" and "base" in payload["changes"]
    if not rebased and action not in ("opened", "closed", "reopened", "synchronize"):
        return None
    head, pull, by = None, payload["pull_request"], str(payload["sender"]["login"])
    if action == "opened":
        head = NewHead(str(pull["head"]["sha"]), "", by, 0.0)
    elif action == "synchronize":
        head = NewHead(str(payload["after"]), str(payload["before"]), by, _seconds(pull["updated_at"]))
    branch = pull["head"]["repo"] or {}  # None: the fork was deleted
    own = action == "synchronize" and branch.get("id") == payload["repository"]["id"]
    where = PullRef(_repository(payload, github_url), int(payload["number"]))
    return PullChanged(where, by, own, head, closed=action == "closed")


def _access_changed(payload: Mapping[str, Any]) -> AccessChanged | None:
    action, installation = str(payload.get("action")), int(payload["installation"]["id"])
    if action in ("added", "removed"):
        some = payload[f"repositories_{action}"]
        return AccessChanged(installation, action, _ids(some)) if some else None
    if action in LOST:
        return AccessChanged(installation, action)
    # An App that is installed again has another installation id; repositories keep theirs.
    return AccessChanged(installation, action, _ids(payload.get("repositories") or [])) if action in FOUND else None


def _ids(repositories: Sequence[Mapping[str, Any]]) -> tuple[int, ...]:
    return tuple(int(each["id"]) for each in repositories)


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()


def _pressed(payload: Mapping[str, Any], github_url: str, app_id: str) -> Pressed | None:
    action, check = payload.get("action"), payload["check_run"]
    if action not in ("requested_action", "rerequested") or not _by_a_person_to_us(payload, check, app_id):
        return None
    return Pressed(
        repository=_repository(payload, github_url),
        check=int(check["id"]),
        name=str(check["name"]),
        sha=str(check["head_sha"]),
        external_id=str(check["external_id"] or ""),
        button=str(payload["requested_action"]["identifier"]) if action == "requested_action" else "",
        author=str(payload["sender"]["login"]),
        pulls=_pulls(payload, check),
    )


def _all_rerun(payload: Mapping[str, Any], github_url: str, app_id: str) -> AllRerun | None:
    suite = payload["check_suite"]
    if payload.get("action") != "rerequested" or not _by_a_person_to_us(payload, suite, app_id):
        return None
    return AllRerun(
        repository=_repository(payload, github_url),
        suite=int(suite["id"]),
        updated=str(suite["updated_at"]),
        sha=str(suite["head_sha"]),
        author=str(payload["sender"]["login"]),
        pulls=_pulls(payload, suite),
    )


def _default_pushed(payload: Mapping[str, Any], github_url: str, app_id: str) -> DefaultPushed | None:
    """Return the event of a push to the default branch; None for other check suites.

    GitHub opens a suite for each push and tells every App that may write check runs. So no event of pushes is needed,
    to which installations would have to agree anew. A push may come from a merge queue, not from a person.
    """
    suite = payload["check_suite"]
    branch = payload["repository"]["default_branch"]
    if str(suite["app"]["id"]) != app_id or suite["head_branch"] != branch:
        return None
    before = str(suite["before"] or "").strip("0") and str(suite["before"])
    return DefaultPushed(_repository(payload, github_url), str(branch), str(suite["head_sha"]), before)


def _by_a_person_to_us(payload: Mapping[str, Any], checked: Mapping[str, Any], app_id: str) -> bool:
    return str(checked["app"]["id"]) == app_id and payload["sender"]["type"] != "Bot"


def _pulls(payload: Mapping[str, Any], checked: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the numbers of pull requests in this repository: of a fork, GitHub also lists those into another one."""
    here = int(payload["repository"]["id"])
    return tuple(int(each["number"]) for each in checked["pull_requests"] if each["base"]["repo"]["id"] == here)


def _repository(payload: Mapping[str, Any], github_url: str) -> Repository:
    repository = payload["repository"]
    full_name = str(repository["full_name"])
    if not is_full_name(full_name):
        raise ValueError(f"{full_name!r} is not the name of a repository")
    return Repository(
        id=int(repository["id"]),
        full_name=full_name,
        installation=int(payload["installation"]["id"]),
        url=f"{github_url}/{full_name}",
    )
