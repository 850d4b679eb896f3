"""What the bot says about metrics and plots that only the DVC remote has."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from experiments.data.fetching import Fetching
from experiments.wording import closed, opening, quoted
from reports.text.markdown import sentence


def note(state: Fetching, side: str) -> str:
    """Say why a report lacks them for `side`, and what happens next: sentences, code in backquotes. Empty where the
    report says so elsewhere."""
    what = f"What only the DVC remote has of {side}"
    if state.under_way:
        return f"{what} could not be fetched before: {_cause(state)} It is tried again now." if state.cause else ""
    if state.obstacle:
        return f"{what} is not fetched: {state.obstacle}"
    if state.again:
        return (
            f"{what} could not be fetched: {_cause(state)} It is tried again after {_time(state.again)}; `/retry` "
            "tries at once."
        )
    return ""


def notes(states: Mapping[str, Fetching]) -> Iterator[str]:
    """Yield the notes of several sides. A note that is true of several is told once and names them."""
    alike: dict[Fetching, list[str]] = {}
    for side, state in states.items():
        alike.setdefault(replace(state, again=0.0), []).append(side)
    for sides in alike.values():
        missing = [states[side] for side in sides]
        if sentence := note(min(missing, key=lambda each: each.again), " and ".join(sides)):
            yield sentence


def asked(states: Sequence[Fetching]) -> str:
    """Return the end of a reply that lacks metrics or plots, as Markdown. Empty where none are being fetched."""
    if not any(each.under_way for each in states):
        return ""
    causes = dict.fromkeys(_cause(each) for each in states if each.under_way and each.cause)
    # The agent said it, and it may quote file names that a stranger chose.
    before = f"The last try to fetch it did not work: {sentence(' '.join(causes))} " if causes else ""
    if all(each.hopeless for each in states if each.under_way):
        return f"{before}It is looked for once more now."
    return f"{before}What only the DVC remote has is being fetched. Type it again in a minute."


def refused() -> str:
    """Return the end of a sentence where DVC refuses the project's configuration."""
    return "DVC refuses `.dvc/config` of that commit."


def away() -> str:
    """Return the note on commits whose metrics are only in the DVC cache or remote."""
    return "Their metrics are in the DVC cache or remote only: `/diff` fetches those of the head and of its base."


def may_not() -> str:
    """Return the refusal for a person who has no write access."""
    return "Fetching needs write access to this repository: somebody who has it can type the same command."


def fork() -> str:
    return "branches of forks are read from Git alone."


def no_remote() -> str:
    return "`.dvc/config` of this commit names no default DVC remote."


def no_runner() -> str:
    return "this repository has no runner that is always there, and no machine is launched only to fetch."


def incomplete(missing: Sequence[str]) -> str:
    """Say why a fetch failed whose agent brought less than it was asked for."""
    names = ", ".join(quoted(each) for each in missing[:5]) + (" and others" if len(missing) > 5 else "")
    return f"{names} did not come." if missing else "Nothing came."


def _cause(state: Fetching) -> str:
    cause = closed(opening(" ".join(state.cause.split())))
    cause = cause if cause.endswith((".", "`")) else f"{cause}."
    return f"{cause} `dvc push` in a clone that has it puts it there." if state.hopeless else cause


def _time(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%b %-d, %H:%M} UTC"
