"""What GitHub tells us, as values; the only file that knows webhook JSON."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from experiments.experiment import Repository

EVENTS = ("issue_comment", "pull_request")  # what app.yml subscribes to

_FULL_NAME = re.compile(r"[A-Za-z0-9-]+/(?!\.{1,2}$)[A-Za-z0-9._-]+")
_MAY_COMMAND = re.compile(r"^ {0,3}/[A-Za-z]", re.MULTILINE)


@dataclass(frozen=True)
class CommentCreated:
    """Somebody wrote a comment in a pull request that may hold commands."""

    repository: Repository
    number: int  # of the pull request
    comment: int  # id
    author: str  # login
    body: str
    created: float  # seconds since the epoch


@dataclass(frozen=True)
class PullChanged:
    """A pull request was opened, opened again, pushed to (by us, too) or given another base branch."""

    repository: Repository
    number: int


Event = CommentCreated | PullChanged


def parse(name: str, payload: Mapping[str, Any], github_url: str) -> Event | None:
    """The event, None where it asks nothing of us. ValueError where GitHub's fields are missing or of another type.

    `github_url`: GITHUB_URL. Where a token for Git goes is the operator's word, not a payload's.
    """
    try:
        if name == "pull_request":
            return _pull_changed(payload, github_url)
        if name != "issue_comment" or payload.get("action") != "created":
            return None
        comment, issue = payload["comment"], payload["issue"]
        if issue.get("pull_request") is None or payload["sender"]["type"] == "Bot" or comment["user"]["type"] == "Bot":
            return None
        body = comment["body"] or ""
        if not _MAY_COMMAND.search(body):
            return None
        return CommentCreated(
            repository=_repository(payload, github_url),
            number=int(issue["number"]),
            comment=int(comment["id"]),
            author=str(comment["user"]["login"]),
            body=body,
            created=datetime.fromisoformat(comment["created_at"].replace("Z", "+00:00")).timestamp(),
        )
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"{name}: {error!r}") from error


def _pull_changed(payload: Mapping[str, Any], github_url: str) -> PullChanged | None:
    action = payload.get("action")
    rebased = action == "edited" and "base" in payload["changes"]
    if not rebased and action not in ("opened", "reopened", "synchronize"):
        return None
    return PullChanged(_repository(payload, github_url), int(payload["number"]))


def _repository(payload: Mapping[str, Any], github_url: str) -> Repository:
    repository = payload["repository"]
    full_name = str(repository["full_name"])
    if not _FULL_NAME.fullmatch(full_name):
        raise ValueError(f"{full_name!r} is not the name of a repository")
    return Repository(
        id=int(repository["id"]),
        full_name=full_name,
        installation=int(payload["installation"]["id"]),
        url=f"{github_url}/{full_name}",
    )
