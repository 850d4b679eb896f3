"""The obstacles of a commit: what keeps it from being trained, or will be missing while it trains."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from experiments.data.remotes import default_named
from experiments.experiment import Experiment, Repository
from experiments.parts.change import Change
from experiments.parts.execution import Execution
from experiments.parts.landing_plan import LandingPlan
from experiments.pipeline import looked_at
from experiments.projects import is_outside
from experiments.readiness import outputs, outside
from experiments.readiness.foretelling import all_below, foretold, remakes
from experiments.readiness.prerequisites import MissingFile
from experiments.readiness.trial import Obstacle, Trial, certain, reads, touched
from experiments.run import Run
from experiments.run_state import RunState
from experiments.snapshot import COMPOSED, Snapshot
from experiments.targets import meant
from experiments.wording import for_shell, listed, quoted

_LONGEST = 300  # characters of a path
# Options are limited to twenty: for a row of many `git`, the search would look at all that follow from each of them.
_COMMIT = re.compile(r"\bgit\b(?:\s+-[^\s;&|]+(?:\s+[^\s;&|-][^\s;&|]*)?){0,20}\s+commit\b")


def obstacles(snapshot: Snapshot, trial: Trial) -> tuple[Obstacle, ...]:
    """Return the obstacles of a commit. Those that block come first."""
    found = [
        *_conflicts(snapshot),
        *_locks(snapshot, trial),
        *_uncomposed(snapshot, trial),
        *outside.submodules(snapshot, trial),
        *outside.pointers(snapshot, trial),
        *_missing(snapshot, trial),
        *_installs(snapshot, trial),
        *_commits(snapshot, trial),
        *outputs.tracked(snapshot, trial),
        *outputs.frozen(snapshot, trial),
    ]
    return tuple(sorted(found, key=lambda each: not each.blocks))


def of_experiment(experiment: Experiment, snapshot: Snapshot, trial: Trial) -> Trial:
    """Return the trial with what this experiment makes certain about it."""
    names = {stage.name for stage in snapshot.stages}
    named = meant(experiment.execution.targets, snapshot.stages)
    only = frozenset(named) if named and "--single-item" in experiment.execution.flags else None
    set_to = {(each.file, each.key) for each in experiment.change.overrides if each.value != each.before}
    reading = {stage for param in snapshot.params if (param.file, param.key) in set_to for stage in param.stages}
    if experiment.execution.targets or experiment.execution.flags:
        sure = named if experiment.execution.force else reading & named
    else:
        sure = names if experiment.execution.force else reading
    foreseen = foretold(snapshot, experiment)
    return replace(
        trial,
        stages=only,
        executed=frozenset(sure),
        going=frozenset(foreseen.run) if foreseen and not foreseen.unless_recorded else None,
        looked_at=frozenset(
            stage.name for stage in looked_at(snapshot.stages, experiment.execution.targets, experiment.execution.flags)
        ),
        seeks=experiment.execution.force or remakes(snapshot, experiment),
        script=bool(experiment.execution.script),
        requirements=bool(experiment.execution.requirements),
    )


def of_plain_run(snapshot: Snapshot, trial: Trial) -> Trial:
    """Return the trial of a plain `/run`, which trains all that changed."""
    asked = Experiment(
        Repository(0, "", 0),
        0,
        snapshot.sha,
        "",
        LandingPlan("", ""),
        change=Change(composed=snapshot.hydra),
        execution=Execution(flags=("--all-pipelines",) if all_below(snapshot) else (), has_dvc=snapshot.has_dvc),
    )
    found = of_experiment(asked, snapshot, trial)
    return replace(found, script=trial.script, requirements=trial.requirements)


def known_failures(experiments: Sequence[Experiment], runs: Sequence[Run]) -> tuple[Obstacle, ...]:
    """Return an obstacle, one for all, where the same training failed by itself before. `runs`: oldest first."""
    broken = [run for run in runs if run.state is RunState.FAILED]
    by_itself = [run for run in broken if run.attempt.started is not None and run.outcome.exit_code]
    failed = {_same(run.experiment): run for run in by_itself}
    worked = {_same(run.experiment): run for run in runs if run.state is RunState.SUCCEEDED}
    found = [run for each in experiments if (run := failed.get(_same(each))) and _same(each) not in worked]
    if not found:
        return ()
    run, count = found[0], len(found)
    what = "This" if len(experiments) == 1 else f"{count} of these {len(experiments)}"
    why = f": {run.outcome.reason.splitlines()[0]}" if run.outcome.reason.strip() else "."
    sentence = (
        f"{what} failed before, on the same commit with the same parameters, as {quoted(run.experiment.name)}{why}"
    )
    return (Obstacle(sentence),)


def unlisted(keys: Sequence[str]) -> tuple[Obstacle, ...]:
    """Return an obstacle, one for all, where parameters are set that no stage lists. `keys`: of these parameters."""
    names = list(dict.fromkeys(keys))
    if not names:
        return ()
    them, they = ("it", "it matters") if len(names) == 1 else ("them", "they matter")
    return (
        Obstacle(
            f"No stage lists {listed(names)}, so DVC runs no stage for {them}: list {them} under `params:` "
            f"of the stage where {they}."
        ),
    )


def _same(experiment: Experiment) -> tuple[object, ...]:
    """Return what two experiments have in common if their training is the same but for chance."""
    edits = tuple(sorted(experiment.change.edits.items()))
    asked = (
        experiment.execution.targets,
        experiment.execution.flags,
        experiment.change.words,
        experiment.execution.script,
    )
    return (experiment.baseline, experiment.project, edits, *asked)


def _conflicts(snapshot: Snapshot) -> Iterator[Obstacle]:
    for each in snapshot.prerequisites.conflicts:
        yield Obstacle(each.sentence, blocks=True)


def _locks(snapshot: Snapshot, trial: Trial) -> Iterator[Obstacle]:
    """Yield an obstacle for each dvc.lock or configuration that DVC can't read: it does nothing in such a project."""
    if refused := snapshot.prerequisites.refused:  # by the bot's DVC; requirements may name another version
        yield Obstacle(refused, not (trial.script or trial.requirements or snapshot.requires))
    conflicts = {each.path for each in snapshot.prerequisites.conflicts}
    for lock in snapshot.unread_locks:
        if lock not in conflicts:
            problems = (problem for problem in snapshot.problems if problem.startswith(lock))
            yield Obstacle(next(problems, f"{quoted(lock)} can't be read."), not trial.script)


def _uncomposed(snapshot: Snapshot, trial: Trial) -> Iterator[Obstacle]:
    """Yield an obstacle where Hydra's params.yaml is not in the commit: what is trained has to be in the experiment's
    commit."""
    if snapshot.hydra and COMPOSED not in snapshot.param_files:
        yield Obstacle(
            f"Hydra composes this project's `{COMPOSED}`, and it is not in this commit, or can't be read there. What "
            f"is trained has to be in the experiment's commit: run `dvc exp run` once, take `{COMPOSED}` out of "
            "`.gitignore` if it is there, and commit it.",
            not trial.script,
        )


def _missing(snapshot: Snapshot, trial: Trial) -> Iterator[Obstacle]:
    for each in snapshot.prerequisites.missing:
        stages = [stage for stage in each.stages if touched(trial, stage)]
        if not stages or (snapshot.hydra and each.path == COMPOSED):
            continue
        sure = certain(snapshot, trial, stages)
        if each.tracked:
            if each.remote and each.remote not in trial.unreadable:
                continue
            yield _away(each, stages, trial, sure, snapshot.prerequisites.remotes)
        elif is_outside(snapshot.project, each.path):
            yield Obstacle(
                f"{quoted(each.path, _LONGEST)} is outside the repository, and {reads(stages)} it: the machine that "
                f"trains may not have it. {_inside(snapshot, each.path)}"
            )
        else:
            # Another stage may make it without declaring that.
            yield Obstacle(
                f"{quoted(each.path)} is neither in Git nor tracked by DVC, and {reads(stages)} it. Track it with "
                f"{for_shell('dvc add', [each.path])} and `dvc push`, or commit it.",
                sure and len(snapshot.stages) == 1,
            )


def _inside(snapshot: Snapshot, path: str) -> str:
    """Return a sentence about how a file from outside comes into the repository. An output of a stage can't be added as
    data."""
    for stage in snapshot.stages:
        if any(path == out or path.endswith(f"/{out}") for out in stage.outs):
            made = f"The stage {quoted(stage.name)} makes it"
            return f"{made}: write its path from the repository's folder wherever it is named."
    return "Bring it in with `dvc add` or `dvc import-url`."


def _away(each: MissingFile, stages: Sequence[str], trial: Trial, sure: bool, there: Sequence[str]) -> Obstacle:
    """Return the obstacle for data that DVC tracks and no remote can provide. `there`: names of remotes, none of them
    the default."""
    sentence = f"{reads(stages)} {quoted(each.path)}, which DVC tracks"
    sentence = f"{sentence[0].upper()}{sentence[1:]}"
    if each.remote:
        remote = f"{quoted(each.remote)} {trial.unreadable[each.remote]}"
        return Obstacle(
            f"{sentence}, and its DVC remote {remote}. Only what an earlier run left on that machine is available.",
            sure and not trial.trained_before,
        )
    typed = default_named(there)
    how = f"{typed} and `dvc push` put it where it can be had"
    if there:
        one = len(there) == 1
        its = f"the remote {listed(there)}: {typed} makes it" if one else f"{listed(there)}: {typed} makes one of them"
        how = f"It has {its} the default"
    return Obstacle(
        f"{sentence}, and `.dvc/config` names no default remote to fetch it from. {how}; commit `.dvc/config`.",
        sure and not trial.trained_before,
    )


def _installs(snapshot: Snapshot, trial: Trial) -> Iterator[Obstacle]:
    installs = snapshot.prerequisites.installs
    if trial.requirements:
        return
    if installs.trouble:
        yield Obstacle(installs.trouble, not trial.script)
    elif installs.untaken:
        what = "Nothing but DVC is installed" if snapshot.has_dvc else "Nothing is installed"
        are = "is" if len(installs.untaken) == 1 else "are"
        yield Obstacle(
            f"{what}: {listed(installs.untaken)} {are} not read. "
            "Name what training needs under `requirements:` in `.github/studio.yml` of the base branch (requirement "
            "files, `pyproject.toml:EXTRA`), or list it in `requirements.txt`."
        )


def _commits(snapshot: Snapshot, trial: Trial) -> Iterator[Obstacle]:
    """Yield an obstacle for stages that make commits of their own, which are in the way of the experiment's commit."""
    found = [stage.name for stage in snapshot.stages if _COMMIT.search(stage.cmd) and touched(trial, stage.name)]
    if found:
        are = "the stage" if len(found) == 1 else "the stages"
        commit = "commits" if len(found) == 1 else "commit"
        yield Obstacle(
            f"{are.capitalize()} {listed(found)} {commit} with Git. An experiment is one commit on its baseline, made "
            "after training: a stage that commits makes a result that can't be taken."
        )
