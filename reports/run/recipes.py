"""Commands to copy: to look at a result, to train it again, and to go on from it."""

import shlex

from experiments.data.amounts import bytes_of, counted
from experiments.data.delivered import Data
from experiments.durations import LONGEST
from experiments.judging.comparison import Verdict
from experiments.offering import Offer, everywhere, from_it, offered, with_another_head
from experiments.parts.change import Override
from experiments.pipeline import unpulled
from experiments.projects import rooted
from experiments.provenance import unheard
from experiments.readiness.foretelling import remakes, target_for
from experiments.run import Run
from experiments.run_state import RunState
from experiments.wording import typed
from reports.run.checkpoints import kept
from reports.run.environment import size
from reports.run.headline import BESIDE
from reports.run.reached import lacking
from reports.run.report import Report
from reports.text import links
from reports.text.markdown import code, fence
from reports.text.titles import dvc, selecting


def look(report: Report) -> str:
    """Return commands that fetch metrics, plots and the model of an experiment into a clone. Where its data can't be
    had, they fetch what Git has, and show what changed."""
    experiment, found = report.run.experiment, report.run.result.delivered
    if not experiment.execution.has_dvc or found.missing:
        difference = "git --no-pager diff FETCH_HEAD^ FETCH_HEAD"
        alone = fence(
            f"git fetch origin {shlex.quote(experiment.ref)}\n{difference}\ngit switch --detach FETCH_HEAD", "sh"
        )
        return f"This is what Git has of it. {lacking(report.run)}\n\n{alone}" if found.missing else alone
    name = shlex.quote(experiment.name)
    # DVC looks for the data of the project in the current folder, which has to be that of this one.
    there = [f'cd "$(git rev-parse --show-toplevel)"/{shlex.quote(experiment.project)}'] if experiment.project else []
    lines = ["git fetch origin", *there, f"dvc exp pull origin {name}", f"dvc exp apply {name}"]
    unsure = ""
    if found.data is Data.UNKNOWN:
        unsure = "Where its data is not in the DVC remote, which is not known, the last line fails."
    elif found.cause:
        unsure = "Some of its data is in no place that was looked at, so the last lines may end with an error."
    return "\n\n".join(filter(None, [unsure, fence("\n".join(lines), "sh")]))


def look_size(report: Report) -> str:
    """Return how much `look` fetches, in brackets. Empty where a size is not known, or whether all of it is there."""
    found = report.run.result.delivered
    if found.data is not Data.PUSHED or found.cause or report.after is None:
        return ""
    data = counted(report.after)
    made = bytes_of([file for file in data if file.is_output])
    if made is None:
        return ""
    read = [file for file in data if not file.is_output]
    much = f"{size(amount)} of " if (amount := bytes_of(read)) is not None else ""
    return f" (fetches {size(made)}{f', and {much}input data where it is not there' if read else ''})"


def retrain(report: Report) -> str:
    """Return commands that train the same elsewhere, beginning with a clone."""
    run = report.run
    experiment = run.experiment
    folder = shlex.quote(f"{experiment.repository.name}-{experiment.name}")
    lines = [f"git clone {shlex.quote(experiment.repository.url + '.git')} {folder}", f"cd {folder}"]
    if experiment.execution.script:
        lines += [f"git fetch origin {shlex.quote(experiment.ref)}", "git switch --detach FETCH_HEAD"]
    else:
        lines += [f"git switch --detach {shlex.quote(experiment.baseline)}"]
    if experiment.change.inputs and not experiment.execution.script:
        sources = " ".join(typed(rooted(experiment.project, each.source)) for each in experiment.change.inputs)
        lines += [f"git fetch origin {shlex.quote(experiment.ref)}", f"git checkout FETCH_HEAD -- {sources}"]
    lines += [f"cd {shlex.quote(experiment.project)}"] if experiment.project else []
    python = ".".join(run.outcome.environment.python.split(".")[:2])
    venv = "uv venv" if experiment.execution.has_dvc else "uv venv --seed"  # with pip, as the script had it
    lines += [f"{venv} --python {shlex.quote(python)}" if python else venv, ". .venv/bin/activate"]
    requires = report.after.requires if report.after else ""
    wanted = [f"-r {shlex.quote(requires)}"] if requires else []
    wanted += [shlex.quote(f"dvc=={run.outcome.environment.dvc}")] if run.outcome.environment.dvc else []
    lines += [f"uv pip install {' '.join(wanted)}"] if wanted else []
    if experiment.execution.script:
        lines.append(experiment.execution.script)
    else:
        edits = "".join(f" -S {shlex.quote(_located(each))}" for each in experiment.change.overrides)
        named = experiment.execution.targets
        targets = "".join(f" {shlex.quote(each)}" for each in ("--", *named) if named)
        flags = "".join(f" {each}" for each in experiment.execution.flags)
        force = " --force" if experiment.execution.force else ""
        if report.before and remakes(report.before, experiment):
            lines += ["dvc pull --allow-missing"] if counted(report.before) else []
            pull = ""
        else:
            first = unpulled(report.before) if report.before else ()
            lines += [f"dvc pull --allow-missing {' '.join(map(typed, first))}"] if first else []
            pull = " --pull --allow-missing"
        lines.append(f"dvc exp run{pull}{force}{flags}{edits}{targets}")
    return fence("\n".join(lines), "sh")


def next_step(report: Report) -> str:
    """Return what to type next. Only commands that exist and would be accepted are offered."""
    run, state = report.run, report.pull_state
    step, request = _step(report), run.experiment.repository.host.request
    invites = report.comparison is None or report.comparison.invites
    result = run.result
    alone = run.state is RunState.SUCCEEDED and not (result.landed or result.opened or result.unfit)
    if state != "open" and alone and invites:
        step = f"{code(f'/branch {run.experiment.name}')} gives it a branch with a {request} of its own."
    elif state == "merged":
        step = f"this {request} is merged; what comes next belongs in another one.{_more(report)}"
    elif state == "closed":
        step = f"open this {request} again, its branch restored if that is gone; then {step}"
    return f"**Next:** {step}"


def _step(report: Report) -> str:
    """Return what to type next while the pull request is open."""
    run, request = report.run, report.run.experiment.repository.host.request
    name, place = run.experiment.name, run.experiment.execution.place
    match run.state:
        case RunState.SUCCEEDED:
            if run.result.landed:
                pull = f"git switch {typed(run.experiment.landing.branch)} && git pull"
                take = _take(run, pull)
                if report.comparison and report.comparison.verdict is Verdict.WORSE:
                    back = "/undo"
                    if run.experiment.landing.head_before:  # its parameters are in a commit before it
                        reverted = f"{run.result.landed_as[:7]} {run.experiment.baseline[:7]}"
                        back = f"{pull} && git revert --no-edit {reverted} && git push"
                    unless = "" if run.experiment.landing.head_before else " as long as nothing else landed after it"
                    take = f"{code(back)} takes it back{unless}; {take}"
            elif run.result.opened:
                pull = links.pull(run.experiment.repository, run.result.opened)
                take = f"{pull} has it"
            elif report.comparison and not report.comparison.invites:
                take = f"it is {BESIDE[report.comparison.verdict]}: there is nothing to put on the branch"
            elif run.result.unfit:
                take = f"no branch gets it as it is. When that is fixed and pushed, {_anew(report)}"
            else:
                branch = f"{code(f'/branch {name}')} gives it one of its own, with a {request}"
                take = f"{_apply(report)}, {branch}"
                if _offer(report) is Offer.NOTHING:
                    take = f"this branch does not get its results as they are: {_whole(report)}; {branch}"
            return f"{take}. {_another(report)}"
        case RunState.REUSED if run.experiment.execution.force or run.experiment.execution.script:
            return f"{_another(report)}"
        case RunState.REUSED:
            unseen = report.before and report.before.has_dvc and report.before.changed_since
            although = "DVC sees no change" if unseen else "nothing changed"
            return f"to train although {although}:\n\n{_again(report, '-f')}"
        case RunState.TIMED_OUT | RunState.VANISHED | RunState.INTERRUPTED | RunState.CANCELLED if (
            run.checkpoints or run.experiment.execution.resumes
        ):
            source = kept(run.checkpoints[-1]) if run.checkpoints else "what it began with"
            go_on = code(f"/run --resume {name}")
            return f"{go_on} goes on from {source}; with `--reset` from its beginning.{_more(report)}"
        case RunState.TIMED_OUT:
            longer = f"--timeout {min(max(2 * run.experiment.execution.timeout, 600), LONGEST)}s"
            return f"make it faster, or give it more time:\n\n{_again(report, longer)}{_undo(run)}"
        case RunState.VANISHED | RunState.INTERRUPTED | RunState.CANCELLED:
            soon = " It ended before its first checkpoint was kept." if run.experiment.execution.checkpointed else ""
            again = _anew(report) if report.moved else f"{code(f'/retry {name}')} starts it once more"
            return f"{again}.{soon}{_more(report)}{_undo(run)}"
        case RunState.FAILED if not (run.attempt.token_hash or place.kind.queued):  # it never had a machine
            again = _anew(report) if report.moved else f"{code(f'/retry {name}')} asks again"
            return f"{code('/runners')} shows where else it may train, {again}.{_undo(run)}"
    change = "change the value, or " if run.experiment.change.overrides else ""
    retry = f" Where there is nothing to fix, {code(f'/retry {name}')} starts it once more."
    retry = "" if report.moved else retry  # it would be of other code
    return f"{change}fix what the log shows and push; {_anew(report)}.{retry}{_more(report)}{_undo(run)}"


def _anew(report: Report) -> str:
    """Return how the same is trained on another head."""
    experiment = report.run.experiment
    line = code(with_another_head(experiment, selecting(experiment.project, report.config)))
    return f"{line} trains {'its parameters with ' if experiment.change.overrides else ''}the new head"


def _whole(report: Report) -> str:
    """Return how to get numbers that belong to all files of the commit."""
    experiment, after = report.run.experiment, report.after
    if after and after.hydra and experiment.change.overrides:
        return f"{code(from_it(experiment.name, experiment))} trains its parameters with the current head"
    every = " -P" if report.before and after and everywhere(report.before, after, experiment) else ""
    return f"{code(f'/run{selecting(experiment.project, report.config)}{every}')} trains all that changed"


def _take(run: Run, pull: str) -> str:
    """Return how a landed result gets into a clone. It promises no more than is there."""
    if not run.experiment.execution.has_dvc:
        return f"{code(pull)} brings it"
    with_data = f"{pull} && {dvc(run.experiment.project)} pull"
    match run.result.delivered.data:
        case Data.PUSHED if run.result.delivered.cause:
            return f"{code(with_data)} brings what is kept of it"
        case Data.PUSHED | Data.NONE if run.result.delivered.nowhere:
            return f"{code(with_data if run.result.delivered.data is Data.PUSHED else pull)} brings what is kept of it"
        case Data.PUSHED:
            return f"{code(with_data)} brings it with its data"
        case Data.NONE:
            return f"{code(pull)} brings it"
        case Data.UNKNOWN:
            return f"{code(with_data)} brings it, with its data where that was pushed, which is not known"
    return f"{code(pull)} brings what Git has of it"


def _offer(report: Report) -> Offer:
    return offered(report.run.experiment, report.after) if report.after else Offer.ALL


def _apply(report: Report) -> str:
    """Return how the result gets onto the branch. It promises no more than is known now."""
    name, offer = report.run.experiment.name, _offer(report)
    if offer is Offer.PARAMETERS:
        return f"{code(f'/apply {name} --params-only')} puts its parameters on this branch"
    once = " once nothing stands in its way" if report.run.result.not_landed or report.run.experiment.asked.rev else ""
    return f"{code(f'/apply {name}')} puts it on this branch{once}"


def _more(report: Report) -> str:
    """Return a sentence about how to see more of the log. Empty where there is none."""
    return f" {code(f'/logs {report.run.experiment.name} --tail 500')} shows more of its log." if report.log else ""


def _undo(run: Run) -> str:
    """Return how to take a parameter commit back. Empty where there is none."""
    experiment = run.experiment
    if not experiment.landing.head_before:
        return ""
    switch = f"git switch {typed(experiment.landing.branch)}"
    undo = f"{switch}\ngit pull\ngit revert --no-edit {experiment.baseline}\ngit push"
    return f"\n\nThe parameters are on {code(experiment.landing.branch)}. To take them back:\n\n{fence(undo, 'sh')}"


def _another(report: Report) -> str:
    """Return how to try another value of what was tried, or of any parameter."""
    experiment = report.run.experiment
    project = selecting(experiment.project, report.config)
    listing = code(f"/params{project}")
    vain = unheard(report.before, experiment, report.run.outcome.provenance) if report.before else ()
    # A parameter that was added or removed has no other value.
    tried = (each for each in experiment.change.overrides if not each.text.startswith(("+", "~")) and each not in vain)
    first = next(tried, None)
    looked_at = report.after or report.before
    if first is None and looked_at and not looked_at.settable:
        return f"No parameter is declared: {listing} shows where they are named, so that other values can be tried."
    if first is None:
        return f"{listing} lists what can be tried, {code(f'/run{project} -S NAME=VALUE')} tries it."
    key = first.key if first.file == "params.yaml" else f"{first.file}:{first.key}"
    place = target_for(first, report.before) if report.before else ""
    line = f"/run{project} -S {key}=…{f' {shlex.quote(place)}' if place else ''}"
    return f"{code(line)} tries another value; {listing} lists what else there is."


def _again(report: Report, *more: str) -> str:
    """Return the command that asked for this run, with `more` words."""
    experiment = report.run.experiment
    words = [selecting(experiment.project, report.config).strip(), *map(shlex.quote, experiment.execution.targets)]
    words += experiment.execution.flags
    for each in experiment.change.overrides:
        words += ["-S", shlex.quote(each.text or _located(each))]
    for chosen in experiment.change.inputs:
        words += ["--data", shlex.quote(chosen.text)]
    words += ["--temp"] if experiment.landing.temp else []
    line = " ".join(filter(None, ["/run", *words, *more]))
    if len(line) > 1000:
        return f"the same command again{' with ' + code(' '.join(more)) if more else ''}."
    return fence(line)


def _located(override: Override) -> str:
    """Return an override as DVC reads it: with its file in front, unless that is the default one."""
    typed = override.text or f"{override.key}={override.value}"
    default = override.file == "params.yaml" or typed.startswith(f"{override.file}:")
    return typed if default else f"{override.file}:{typed}"
