"""Runs one check after the other, and makes a finding of each, whatever happens."""

from collections.abc import Callable, Mapping, Sequence

import gidgethub
import httpx
import jwt
from redis.exceptions import RedisError

from bot.errors import Forbidden, NotFound, Rejected, TryLater, UserError
from doctor.finding import DoctorCheck, Finding, NotProven, Outcome, Wrong
from services.git.command import GitFailed, GitTimedOut
from services.github.errors import Unauthorized

STOPPED = "it was stopped before"
# Errors that services raise when something is wrong outside. Any other error is a mistake of ours and is raised.
TROUBLE = (
    *(Wrong, Forbidden, NotFound, Rejected, TryLater, UserError, Unauthorized),
    *(gidgethub.GitHubException, httpx.HTTPError, GitFailed, GitTimedOut, OSError, ValueError, jwt.PyJWTError),
)


def examine(checks: Sequence[DoctorCheck], say: Callable[[Finding], None]) -> tuple[Finding, ...]:
    """Run the checks and return their findings; `say` gets each as soon as it is there.

    Checks that must always run do so even after Ctrl-C or a mistake of ours.
    """
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


def _missing(check: DoctorCheck, found: Mapping[str, Finding]) -> str:
    """Return the first of the check's needs that is not OK, as a clause; empty where all are."""
    for name in check.needs:
        if found[name].outcome is not Outcome.OK:
            return f"it needs “{found[name].check.title}”"
    return ""


def _tried(check: DoctorCheck, found: Mapping[str, Finding]) -> Finding:
    missing = _missing(check, found)
    if missing:
        return Finding(check, Outcome.NOT_PROVEN, missing)
    try:
        return Finding(check, Outcome.OK, check.act())
    except NotProven as reason:
        return Finding(check, Outcome.NOT_PROVEN, str(reason))
    except RedisError as error:
        return Finding(check, Outcome.NOT_OK, f"no answer ({type(error).__name__})")  # the error may name the address
    except TROUBLE as error:
        words = " ".join(str(error).split())
        return Finding(check, Outcome.NOT_OK, words or type(error).__name__)
