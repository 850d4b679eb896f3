"""The values of `experiments.readiness.preflight`: what is to be trained of a commit, and an obstacle to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from experiments.judging.evaluation import is_inside
from experiments.readiness.submodules import Looked
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Snapshot
from experiments.wording import listed, quoted


@dataclass(frozen=True)
class Obstacle:
    """An obstacle to training, as one sentence that says what to do, with names in backquotes."""

    sentence: str
    blocks: bool = False  # what was asked for can't work, so it is refused
    personal: bool = False  # it depends on who asks


@dataclass(frozen=True)
class Trial:
    """What is to be trained of a commit, as far as it is certain. By default nothing is."""

    stages: frozenset[str] | None = None  # the only stages that may be executed; None: any may be
    executed: frozenset[str] = frozenset()  # stages that certainly are executed, besides those that never ran
    going: frozenset[str] | None = None  # stages that DVC runs or restores; None: nobody can tell
    looked_at: frozenset[str] | None = None  # stages that DVC checks for changes; None: all of them
    seeks: bool = False  # DVC looks for the outputs of every frozen stage
    requirements: bool = False  # the configuration names what is installed
    script: bool = False  # the repository's own script trains, and may bring what is missing
    trained_before: bool = True  # a machine may have kept data of this repository
    unreadable: Mapping[str, str] = field(default_factory=dict)  # address of a remote -> why it is unreadable there
    home: str = ""  # address of the repository's page
    submodules: Mapping[str, Looked] | None = None  # path -> outcome of looking for it; None: nobody looked


def configured(config: RepoConfig, home: str) -> Trial:
    """Return what the settings of a project say about each of its trials. `home`: address of the repository's page."""
    return Trial(requirements=bool(config.requirements), script=bool(config.script), home=home)


def certain(snapshot: Snapshot, trial: Trial, stages: Sequence[str]) -> bool:
    """Return whether one of the stages is executed whatever DVC finds."""
    if trial.script:
        return False
    return bool({*snapshot.never_run, *trial.executed} & set(stages))


def touched(trial: Trial, stage: str) -> bool:
    """Return whether DVC may run the stage, or checks whether it has to."""
    return (trial.stages is None or stage in trial.stages) and (trial.looked_at is None or stage in trial.looked_at)


def reading(snapshot: Snapshot, trial: Trial, folders: Sequence[str]) -> dict[str, list[str]]:
    """Return dependency -> names of its stages, for the dependencies that are in one of the folders or hold one."""
    found: dict[str, list[str]] = {}
    for stage in snapshot.stages:
        if not touched(trial, stage.name):
            continue
        for dep in stage.deps:
            if is_inside(dep, folders) or any(is_inside(folder, [dep]) for folder in folders):
                found.setdefault(dep, []).append(stage.name)
    return found


def reads(stages: Sequence[str]) -> str:
    """Return the beginning of a clause: `the stage a reads`, `the stages a and b read`."""
    return f"the stage {quoted(stages[0])} reads" if len(stages) == 1 else f"the stages {listed(stages)} read"
