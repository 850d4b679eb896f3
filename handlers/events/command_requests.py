"""A comment or a press of a button, as the commands it stands for."""

from collections.abc import Sequence

from bot.errors import NotFound
from bot.events import AllRerun, CommentCreated, Pressed
from bot.ports.reading import Reading
from bot.request import Means, Request, press_id
from experiments.experiment import PullRef
from experiments.names import check_name
from experiments.run import RETRYABLE, Run
from reports.messages import buttons
from reports.run.check_run import APPLY, RETRY, experiment_in


def commented(ports: Reading, event: CommentCreated) -> Sequence[Request]:
    """What was typed."""
    return [Request(event.where, event.comment, event.author, event.body, Means.COMMENT, event.created)]


def pressed(ports: Reading, event: Pressed) -> Sequence[Request]:
    """The command a button of a check run stands for; nothing where the check run is of no pull request."""
    run = ports.store.get(event.external_id.partition(".")[0])
    # The word of a check run is believed where it stands on a commit of that very run.
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
    counted = {known.id: known.pressed} if known else {}
    return [Request(where, asked, event.author, line, Means.BUTTON, opening=opening, pressed=counted)]


def all_rerun(ports: Reading, event: AllRerun) -> Sequence[Request]:
    """A retry of every run of that commit that did not work, in each pull request it is the head of."""
    found = []
    for number in event.pulls:
        where, asked = PullRef(event.repository, number), press_id(event.suite, event.updated, event.author, number)
        newest = {
            run.experiment.name: run
            for run in ports.store.of_pull(where)
            if event.sha in run.commits and run.experiment.comment != asked
        }
        if not newest:
            continue
        broken = [run.experiment for run in newest.values() if run.state in RETRYABLE]
        lines = list(dict.fromkeys(f"/retry {experiment.sweep or experiment.name}" for experiment in broken))
        # Where there is none, `/retry` says what else can be done; and what the host shows as waiting stays as it is.
        text, counted = "\n".join(lines or ["/retry"]), {run.id: run.pressed for run in list(newest.values())[-1:]}
        opening = buttons.all_rerun(event.author, event.sha)
        found.append(Request(where, asked, event.author, text, Means.BUTTON, opening=opening, pressed=counted))
    return found


def _was_answered(ports: Reading, event: Pressed) -> bool:
    """Redis was lost, and with it what was answered; the check run has another number at the host since then."""
    try:
        return ports.host.external_id(event.repository, event.check) != event.external_id
    except NotFound:
        return True


def _newest(ports: Reading, where: PullRef, name: str, asked: int) -> Run | None:
    """The run of that name that the command will mean; not one which this very press began."""
    runs = [run for run in ports.store.of_pull(where) if run.experiment.comment != asked]
    return next((run for run in reversed(runs) if run.experiment.name == name), None)


def _line(button: str, name: str, newest: Run | None) -> str:
    """As it would be typed; empty for a button that we never gave."""
    if button in (RETRY.identifier, APPLY.identifier):
        return f"/{button} {name}"
    if button:
        return ""
    worked = newest is not None and newest.state.ended and newest.state not in RETRYABLE
    return f"/retry {name} --force" if worked else f"/retry {name}"
