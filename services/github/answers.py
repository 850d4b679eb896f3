"""Conversion of GitHub's JSON to this program's values, and back."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import gidgethub

from bot.ports.git_host import Check, PullRequest, Push
from experiments.experiment import Repository
from experiments.hosts import GITHUB


def pull_of(answer: Any, repository: Repository) -> PullRequest:
    """Return the pull request that GitHub's answer describes. `repository` has to carry its present name."""
    head, base = answer["head"], answer["base"]
    return PullRequest(
        number=answer["number"],
        state="merged" if answer["merged"] else answer["state"],
        head=head["sha"],
        branch=head["ref"],
        base=base["sha"],
        base_branch=base["ref"],
        fork=head["repo"] is None or head["repo"]["id"] != base["repo"]["id"],  # None: the fork was deleted
        default_branch=base["repo"]["default_branch"],
        repository=repository,
        closed=seconds(answer["closed_at"]) if answer["closed_at"] else 0.0,
        pushed=seconds(head["repo"]["pushed_at"]) if head["repo"] else 0.0,
    )


def push_of(answer: Any) -> Push:
    """Return the push that an entry of a repository's activity describes."""
    by = (answer["actor"] or {}).get("login", "")  # None: the account was deleted
    return Push(answer["before"], answer["after"], by, seconds(answer["timestamp"]))


def reason(refused: gidgethub.BadRequest) -> str:
    """Return GitHub's reason for a refusal, on one line of at most 400 printable characters."""
    words = " ".join(str(refused).split())
    return "".join(letter for letter in words if letter.isprintable())[:400]


def fields(check: Check) -> dict[str, Any]:
    """Return a check run's fields for GitHub's API, without empty ones. Raise ValueError where a text is too long."""
    output = {"title": check.title, "summary": check.summary} | ({"text": check.text} if check.text else {})
    for text in (check.summary, check.text):
        within(text, len(text.encode()), GITHUB.check_limit)
    optional = {"conclusion": check.conclusion, "external_id": check.external_id, "details_url": check.details_url}
    filled = {name: value for name, value in optional.items() if value}
    buttons = [asdict(button) for button in check.buttons]  # sent when empty, too: that removes earlier buttons
    return {"name": check.name, "status": check.status, "output": output, "actions": buttons, **filled}


def seconds(time: str) -> float:
    """Return a timestamp of GitHub's as seconds since the epoch."""
    return datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()


def within(text: str, size: int, limit: int) -> str:
    """Return the text. Raise ValueError where its `size` is above the limit."""
    if size > limit:
        raise ValueError(f"{size:,} where GitHub takes {limit:,} at most: cut it before, beginning {text[:60]!r}")
    return text
