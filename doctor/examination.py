"""One check after the other, and whatever happens a line for each."""

from collections.abc import Callable, Mapping, Sequence

import gidgethub
import httpx
import jwt
from redis.exceptions import RedisError

from bot.errors import Forbidden, NotFound, Rejected, TryLater, UserError
from doctor.finding import Check, Finding, NotProven, Outcome, Wrong
from services.git.command import GitFailed, GitTimedOut
from services.github.http import Unauthorized

STOPPED = "it was stopped before"
# What services answer when the world is not as it should be. Anything else is a mistake of ours, and looks like one.
TROUBLE = (
    *(Wrong, Forbidden, NotFound, Rejected, TryLater, UserError, Unauthorized),
    *(gidgethub.GitHubException, httpx.HTTPError, GitFailed, GitTimedOut, OSError, ValueError, jwt.PyJWTError),
)


def examine(checks: Sequence[Check], say: Callable[[Finding], None]) -> tuple[Finding, ...]:
    """Each check's finding, told as soon as it is there. After Ctrl-C, or a mistake of ours, what must always be
    done is done all the same."""
    found: dict[str, Finding] = {}

    def note(finding: Finding) -> None:
        found[finding.check.name] = finding
        say(finding)

    try:
        for check in checks:
            if not check.always:
                note(_tried(check, found))
    except KeyboardInterrupt:
        for check in checks:
            if not check.always and check.name not in found:
                note(Finding(check, Outcome.NOT_PROVEN, STOPPED))
    finally:
        for check in checks:
            if check.always:
                note(_tried(check, found))
    return tuple(found.values())


def _missing(check: Check, found: Mapping[str, Finding]) -> str:
    """The first thing it builds on that is not there; empty where all is."""
    for name in check.needs:
        if found[name].outcome is not Outcome.OK:
            return f"it builds on “{found[name].check.title}”"
    return ""


def _tried(check: Check, found: Mapping[str, Finding]) -> Finding:
    missing = _missing(check, found)
    if missing:
        return Finding(check, Outcome.NOT_PROVEN, missing)
    try:
        return Finding(check, Outcome.OK, check.act())
    except NotProven as reason:
        return Finding(check, Outcome.NOT_PROVEN, str(reason))
    except RedisError as error:
        return Finding(check, Outcome.NOT_OK, f"no answer ({type(error).__name__})")  # its words may hold the address
    except TROUBLE as error:
        words = " ".join(str(error).split())
        return Finding(check, Outcome.NOT_OK, words or type(error).__name__)
