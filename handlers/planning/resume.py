"""`/run --resume NAME`: let a run that broke off go on from its newest checkpoint."""

from dataclasses import fields, replace
from typing import Any

from bot.commands import Problems, Reply, Word
from bot.errors import UserError
from bot.request import Request
from bot.workspace import Workspace
from handlers.checks import names
from handlers.lookup import by_name, projects
from handlers.lookup.checkpoint import resumed
from handlers.planning.once_more import anew
from reports.run import checkpoints as words

WITH = ("resume", "reset", "name", "timeout", "temp")  # arguments that may stand beside `--resume`


def resume(workspace: Workspace, request: Request, args: Any, line: str) -> Reply:
    """Train the same experiment on the same commit from its newest checkpoint, or with `--reset` from the beginning.

    Raise UserError where the run is at work or has no checkpoint, or where other arguments stand beside.
    """
    name: Word = args.resume
    if not name:
        raise UserError(words.reset_what())
    if any(getattr(args, each.name) for each in fields(args) if each.name not in WITH):
        alike = [run.experiment for run in by_name.runs(workspace) if run.experiment.name == name]
        raise UserError(words.resume_alone(name, alike[-1] if alike else None))
    run = by_name.run(workspace, name, line, sweeps_too=False)
    # Where this job runs again, it finds the run that it started itself, perhaps under the same name.
    known = by_name.runs(workspace)
    before = request.before(known)
    run = next((each for each in reversed(before) if each.experiment.name == run.experiment.name), run)
    if not run.state.ended:
        raise UserError(words.at_work(run))
    owner, newest = resumed(workspace.ports, run)
    if (newest is None or run.result.commit) and not args.reset:
        raise UserError(words.no_checkpoint(run))
    old = run.experiment
    projects.still(workspace, old.name, old.project)
    used = names.taken(workspace, request.own(known))
    if wrong := names.of_name(args.name, used, 0):
        raise Problems(line, wrong)
    goes_on = newest is not None and not args.reset
    timeout, resumes = args.timeout or old.execution.timeout, owner.id if goes_on else ""
    alone = replace(
        old,
        landing=replace(old.landing, temp=old.landing.temp or args.temp),
        execution=replace(old.execution, queue=False, timeout=timeout, resumes=resumes),
        sweep=replace(old.sweep, name="", number=0, repeats=""),
    )
    experiment = anew(workspace, request, alone, used, str(args.name))
    answer = words.goes_on(experiment, owner, newest) if newest and goes_on else words.starts_over(experiment)
    return Reply(answer, (experiment,))
