"""What keeps a commit from being trained, or is missing while it trains: said before a machine starts."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from experiments.evaluation import is_inside
from experiments.experiment import Experiment
from experiments.prerequisites import Missing
from experiments.run import Run, State
from experiments.sentences import quoted
from experiments.snapshot import COMPOSED, Snapshot
from experiments.targets import meant

_SHOWN = 3  # names in one sentence
_COMMIT = re.compile(r"\bgit\b(?:\s+-[^\s;&|]+(?:\s+[^\s;&|-][^\s;&|]*)?)*\s+commit\b")


@dataclass(frozen=True)
class Obstacle:
    """One sentence for the reader, names in backquotes, with what to do."""

    sentence: str
    blocks: bool = False  # what was asked for can't work


@dataclass(frozen=True)
class Trial:
    """What is to be trained of a commit, as far as that is certain; by default nothing is."""

    stages: frozenset[str] | None = None  # no other stage is executed; None: any may be
    executed: frozenset[str] = frozenset()  # those that surely are, besides those that never were
    requirements: bool = False  # the configuration names what is installed
    script: bool = False  # the repository's own script trains, which may bring what is missing
    trained_before: bool = True  # a machine may have kept data of this repository
    unreadable: Mapping[str, str] = field(default_factory=dict)  # address of a remote -> why it can't be read there


def obstacles(snapshot: Snapshot, trial: Trial = Trial()) -> tuple[Obstacle, ...]:
    """Those of a commit; the ones that block come first."""
    found = [
        *_conflicts(snapshot),
        *_locks(snapshot, trial),
        *_uncomposed(snapshot, trial),
        *_submodules(snapshot, trial),
        *_pointers(snapshot, trial),
        *_missing(snapshot, trial),
        *_installs(snapshot, trial),
        *_commits(snapshot, trial),
    ]
    return tuple(sorted(found, key=lambda each: not each.blocks))


def of_experiment(experiment: Experiment, snapshot: Snapshot, trial: Trial) -> Trial:
    """The trial with what the experiment makes certain of it."""
    names = {stage.name for stage in snapshot.stages}
    named = meant(experiment.targets, snapshot.stages)
    only = frozenset(named) if named and "--single-item" in experiment.flags else None
    set_to = {(each.file, each.key) for each in experiment.overrides if each.value != each.before}
    reading = {stage for param in snapshot.params if (param.file, param.key) in set_to for stage in param.stages}
    if experiment.targets or experiment.flags:
        certain = named if experiment.force else reading & named
    else:
        certain = names if experiment.force else reading
    named_files = bool(experiment.requirements)
    return replace(
        trial, stages=only, executed=frozenset(certain), script=bool(experiment.script), requirements=named_files
    )


def known_failures(experiments: Sequence[Experiment], runs: Sequence[Run]) -> tuple[Obstacle, ...]:
    """Experiments of which the same training failed by itself before, one sentence for all; `runs` oldest first."""
    by_itself = [run for run in runs if run.state is State.FAILED and run.started is not None and run.exit_code]
    failed = {_same(run.experiment): run for run in by_itself}
    worked = {_same(run.experiment): run for run in runs if run.state is State.SUCCEEDED}
    found = [run for each in experiments if (run := failed.get(_same(each))) and _same(each) not in worked]
    if not found:
        return ()
    run, count = found[0], len(found)
    what = "This" if len(experiments) == 1 else f"{count} of these {len(experiments)}"
    why = f": {run.reason.splitlines()[0]}" if run.reason.strip() else "."
    said = f"{what} failed before, on the same commit with the same parameters, as {quoted(run.experiment.name)}{why}"
    return (Obstacle(said),)


def unlisted(keys: Sequence[str]) -> tuple[Obstacle, ...]:
    """Parameters that are set and that no stage lists, one sentence for all."""
    names = list(dict.fromkeys(keys))
    if not names:
        return ()
    them, they = ("it", "it matters") if len(names) == 1 else ("them", "they matter")
    return (
        Obstacle(
            f"No stage of dvc.yaml lists {_names(names)}, so DVC runs no stage for {them}: list {them} under `params:` "
            f"of the stage where {they}."
        ),
    )


def _same(experiment: Experiment) -> tuple[object, ...]:
    """What makes two trainings the same, but for chance."""
    edits = tuple(sorted(experiment.edits.items()))
    asked = (experiment.targets, experiment.flags, experiment.words, experiment.script)
    return (experiment.baseline, experiment.project, edits, *asked)


def _conflicts(snapshot: Snapshot) -> Iterator[Obstacle]:
    for each in snapshot.prerequisites.conflicts:
        yield Obstacle(each.sentence, blocks=True)


def _locks(snapshot: Snapshot, trial: Trial) -> Iterator[Obstacle]:
    """DVC does nothing in a project with a dvc.lock or a configuration that it can't read."""
    if refused := snapshot.prerequisites.refused:  # by the DVC of this bot; requirements may name another one
        yield Obstacle(refused, not (trial.script or trial.requirements or snapshot.requires))
    conflicts = {each.path for each in snapshot.prerequisites.conflicts}
    for lock in snapshot.unread_locks:
        if lock not in conflicts:
            said = (problem for problem in snapshot.problems if problem.startswith(lock))
            yield Obstacle(next(said, f"{quoted(lock)} can't be read."), not trial.script)


def _uncomposed(snapshot: Snapshot, trial: Trial) -> Iterator[Obstacle]:
    """What is trained has to be in the experiment's commit, also what Hydra composes."""
    if snapshot.hydra and COMPOSED not in snapshot.param_files:
        yield Obstacle(
            f"Hydra composes this project's `{COMPOSED}`, and it is not in this commit, or can't be read there. What "
            f"is trained has to be in the experiment's commit: run `dvc exp run` once, take `{COMPOSED}` out of "
            "`.gitignore` if it is there, and commit it.",
            not trial.script,
        )


def _submodules(snapshot: Snapshot, trial: Trial) -> Iterator[Obstacle]:
    for each in snapshot.prerequisites.submodules:
        read = _reading(snapshot, trial, [each.path])
        if not read and each.path.startswith("../"):
            continue  # of another project
        said = f"{quoted(each.path)} is a Git submodule, which is not fetched"
        if read:
            dep = next(path for path in read if is_inside(path, [each.path]) or is_inside(each.path, [path]))
            stages = _stages(read[dep])
            yield Obstacle(
                f"{said}: {stages} {quoted(dep)}. Commit its files to this repository, or install them as a package.",
                _certain(snapshot, trial, [stage for found in read.values() for stage in found]),
            )
        else:
            yield Obstacle(f"{said}: its files are missing while it trains.")


def _pointers(snapshot: Snapshot, trial: Trial) -> Iterator[Obstacle]:
    found = snapshot.prerequisites.pointers
    read = {each.path: _reading(snapshot, trial, [each.path]) for each in found}
    used = [each for each in found if read[each.path]]
    unused = [each for each in found if not read[each.path] and not each.path.startswith("../")]
    for pointers, is_used in ((used, True), (unused, False)):
        if not pointers:
            continue
        many = len(pointers) > 1
        are, files = ("are files", "them") if many else ("is a file", "it")
        said = f"{_names([each.path for each in pointers])} {are} of Git LFS, of which only the pointer is fetched"
        if not is_used:
            yield Obstacle(f"{said}: what reads {files} reads three lines of text and no data.")
            continue
        stages = list(dict.fromkeys(stage for each in used for found in read[each.path].values() for stage in found))
        # A pointer is never what dvc.lock has the hash of, so that the stage is executed whatever else is the same.
        yield Obstacle(
            f"{said}: {_stages(stages)} {files}, and would be given three lines of text for data. Track the data with "
            "`dvc add` instead.",
            not trial.script,
        )


def _missing(snapshot: Snapshot, trial: Trial) -> Iterator[Obstacle]:
    for each in snapshot.prerequisites.missing:
        stages = [stage for stage in each.stages if trial.stages is None or stage in trial.stages]
        if not stages or (snapshot.hydra and each.path == COMPOSED):
            continue
        sure = _certain(snapshot, trial, stages)
        if each.tracked:
            if each.remote and each.remote not in trial.unreadable:
                continue
            yield _away(each, stages, trial, sure)
        elif each.path.startswith(("/", "../")):
            yield Obstacle(
                f"{quoted(each.path)} is outside the repository, and {_stages(stages)} it: the machine that trains may "
                "not have it. Bring it in with `dvc add` or `dvc import-url`."
            )
        else:
            # Another stage may make it all the same, without saying so.
            yield Obstacle(
                f"{quoted(each.path)} is neither in Git nor tracked by DVC, and {_stages(stages)} it. Track it with "
                f"{quoted(f'dvc add {each.path}')} and `dvc push`, or commit it.",
                sure and len(snapshot.stages) == 1,
            )


def _away(each: Missing, stages: Sequence[str], trial: Trial, sure: bool) -> Obstacle:
    """Data that DVC tracks, and no remote that could be asked for it."""
    said = f"{_stages(stages)} {quoted(each.path)}, which DVC tracks"
    said = f"{said[0].upper()}{said[1:]}"
    if each.remote:
        remote = f"{quoted(each.remote)} {trial.unreadable[each.remote]}"
        return Obstacle(
            f"{said}, and its DVC remote {remote}. Only what an earlier run left on that machine can be had.",
            sure and not trial.trained_before,
        )
    return Obstacle(
        f"{said}, and `.dvc/config` names no default remote to fetch it from. `dvc remote add -d NAME ADDRESS` and "
        "`dvc push` put it where it can be had; commit `.dvc/config`.",
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
            f"{what}: {_names(installs.untaken)} {are} not read. "
            "Name what training needs under `requirements:` in `.github/studio.yml` of the base branch (requirement "
            "files, `pyproject.toml:EXTRA`), or list it in `requirements.txt`."
        )


def _commits(snapshot: Snapshot, trial: Trial) -> Iterator[Obstacle]:
    """Stages whose own commits would be in the way of the experiment's."""
    found = [
        stage.name
        for stage in snapshot.stages
        if _COMMIT.search(stage.cmd) and (trial.stages is None or stage.name in trial.stages)
    ]
    if found:
        are = "the stage" if len(found) == 1 else "the stages"
        commit = "commits" if len(found) == 1 else "commit"
        yield Obstacle(
            f"{are.capitalize()} {_names(found)} {commit} with Git. An experiment is one commit on its baseline, made "
            "after training: what a stage commits itself makes the result one that can't be taken."
        )


def _certain(snapshot: Snapshot, trial: Trial, stages: Sequence[str]) -> bool:
    """Whether one of the stages is executed whatever DVC finds."""
    if trial.script:
        return False
    return bool({*snapshot.never_run, *trial.executed} & set(stages))


def _reading(snapshot: Snapshot, trial: Trial, folders: Sequence[str]) -> dict[str, list[str]]:
    """Dependency -> stages, of those that are in one of the folders or hold it."""
    found: dict[str, list[str]] = {}
    for stage in snapshot.stages:
        if trial.stages is not None and stage.name not in trial.stages:
            continue
        for dep in stage.deps:
            if is_inside(dep, folders) or any(is_inside(folder, [dep]) for folder in folders):
                found.setdefault(dep, []).append(stage.name)
    return found


def _stages(names: Sequence[str]) -> str:
    return f"the stage {quoted(names[0])} reads" if len(names) == 1 else f"the stages {_names(names)} read"


def _names(names: Sequence[str]) -> str:
    shown = [quoted(name) for name in names[:_SHOWN]]
    if len(names) > _SHOWN:
        return f"{', '.join(shown)} and {len(names) - _SHOWN} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
