"""Comments and presses of buttons as requests: the commands that they stand for."""

from collections.abc import Sequence

from bot.errors import NotFound
from bot.events import AllRerun, CommentCreated, Pressed
from bot.ports.reading import ReadingPorts
from bot.request import Means, Request, press_id
from experiments.experiment import PullRef
from experiments.names import check_name
from experiments.run import Run
from experiments.run_state import RETRYABLE
from reports.messages import buttons
from reports.run.check_run import APPLY, RETRY, experiment_in


def commented(ports: ReadingPorts, event: CommentCreated) -> Sequence[Request]:
    """Return the request that a comment makes."""
    return [Request(event.where, event.comment, event.author, event.body, Means.COMMENT, event.created)]


def pressed(ports: ReadingPorts, event: Pressed) -> Sequence[Request]:
    """Return the request that a press of a button makes; none where the check run belongs to no pull request."""
    run = ports.store.get(event.external_id.partition(".")[0])
    # The id in a check run is believed only where the check run is on a commit of that run.
    known = run if run and run.experiment.repository.id == event.repository.id and event.sha in run.commits else None
    number = known.experiment.pull if known else next(iter(event.pulls), 0)
    where = PullRef(event.repository, number)
    name = known.experiment.name if known else experiment_in(event.name)
    asked = press_id(event.check, event.external_id, event.button, event.author)
    line = _line(event.button, name, _newest(ports, where, name, asked)) if not check_name(name) else ""
    if not (number and line):
        return []
    if not known and _was_answered(ports, event):
        return []
    opening = buttons.pressed(event.author, event.button, name)
    counted = {known.id: known.published.pressed} if known else {}
    return [Request(where, asked, event.author, line, Means.BUTTON, opening=opening, pressed=counted)]


def all_rerun(ports: ReadingPorts, event: AllRerun) -> Sequence[Request]:
    """Return a request to retry all failed runs of a commit, for each pull request whose head it is."""
    found = []
    for number in event.pulls:
        where, asked = PullRef(event.repository, number), press_id(event.suite, event.updated, event.author, number)
        newest = {
            run.experiment.name: run
            for run in ports.store.of_pull(where)
            if event.sha in run.commits and run.experiment.asked.comment != asked
        }
        if not newest:
            continue
        broken = [run.experiment for run in newest.values() if run.state in RETRYABLE]
        lines = list(dict.fromkeys(f"/retry {experiment.sweep.name or experiment.name}" for experiment in broken))
        # Where no run failed, `/retry` says what else can be done, and check runs that wait stay as they are.
        text, counted = (
            "\n".join(lines or ["/retry"]),
            {run.id: run.published.pressed for run in list(newest.values())[-1:]},
        )
        opening = buttons.all_rerun(event.author, event.sha)
        found.append(Request(where, asked, event.author, text, Means.BUTTON, opening=opening, pressed=counted))
    return found


def _was_answered(ports: ReadingPorts, event: Pressed) -> bool:
    """Return whether a press was answered before Redis lost that: then the host has another external id by now."""
    try:
        return ports.host.external_id(event.repository, event.check) != event.external_id
    except NotFound:
        return True


def _newest(ports: ReadingPorts, where: PullRef, name: str, asked: int) -> Run | None:
    """Return the newest run of a name, the one that the command will mean, without runs that this press started."""
    runs = [run for run in ports.store.of_pull(where) if run.experiment.asked.comment != asked]
    return next((run for run in reversed(runs) if run.experiment.name == name), None)


def _line(button: str, name: str, newest: Run | None) -> str:
    """Return the command that a button stands for, as it would be typed; empty for an unknown button."""
    if button in (RETRY.identifier, APPLY.identifier):
        return f"/{button} {name}"
    if button:
        return ""
    worked = newest is not None and newest.state.ended and newest.state not in RETRYABLE
    return f"/retry {name} --force" if worked else f"/retry {name}"
