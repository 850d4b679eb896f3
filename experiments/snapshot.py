"""What a project says of itself at one commit: parameters, metrics, plots, stages and data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from experiments.readiness.prerequisites import Prerequisites

# JSON values as the file's own reader gives them; a scalar, a list or (for an empty mapping only) a mapping.
Value = Any
BEYOND = "This commit was not read here: together with the others it says too much of itself. Ask for fewer commits."
COMPOSED = "params.yaml"  # what DVC writes a configuration to that Hydra composed, whatever stands there


class Reading(StrEnum):
    """How far a declared metric or plot file could be read. Each one is a different sentence in a report."""

    READ = "read"
    ABSENT = "absent"  # declared, and neither in the Git tree nor in dvc.lock: it was never made
    NOT_FETCHED = "not fetched"  # dvc.lock knows its hash, its bytes are in the DVC cache or remote only
    UNREADABLE = "unreadable"  # the bytes are here and are not what the file's name promises


class Made(StrEnum):
    """What made a declared file of a run's result."""

    UNKNOWN = "unknown"
    EXECUTED = "executed"  # a stage whose command ran
    RESTORED = "restored"  # a stage whose outputs came from the run cache: the same inputs were trained before
    SCRIPT = "script"  # the project's own script
    SKIPPED = "skipped"  # a stage nothing of whose inputs changed: the number still holds, and is the baseline's
    NOTHING = "nothing"  # nothing of the run: it is as the baseline has it, whatever was trained


@dataclass(frozen=True)
class Param:
    """One hyperparameter at a commit."""

    file: str  # path from the project's folder
    key: str  # dotted, list items by index: `train.layers.0`
    value: Value
    stages: tuple[str, ...] = ()  # stages whose `params:` name it or a parent of it


@dataclass(frozen=True)
class MetricFile:
    """One declared metric file and the numbers in it."""

    path: str
    reading: Reading
    values: Mapping[str, Value] = field(default_factory=dict)  # dotted name -> number (NaN, inf allowed) or string
    detail: str = ""  # why it is unreadable, one line
    cached: bool = False  # its bytes are a DVC output, in no Git tree
    declared_in: str = ""  # folder of the dvc.yaml at whose top it is declared, `models/`; empty at the project's root


@dataclass(frozen=True)
class Plot:
    """One declared plot: a series with its rows, or an image with its pixels."""

    id: str  # as dvc.yaml names it, or the path
    path: str  # the first file it reads
    reading: Reading
    kind: str = "series"  # series | image
    title: str = ""
    x: str = ""  # column; empty: the step, that is the row's number
    ys: tuple[str, ...] = ()  # columns
    x_label: str = ""
    y_label: str = ""
    template: str = "linear"  # simple linear smooth scatter confusion confusion_normalized bar_horizontal ...
    rows: tuple[Mapping[str, Value], ...] = ()
    image: str = ""  # of a png, jpeg or gif (never svg), as experiments.pixels packs it
    detail: str = ""
    cached: bool = False
    more: tuple[str, ...] = ()  # the other files it reads

    @property
    def files(self) -> tuple[str, ...]:
        """All files it reads."""
        return (self.path, *self.more)


@dataclass(frozen=True)
class Stage:
    """One stage of the pipeline."""

    name: str
    cmd: str
    deps: tuple[str, ...] = ()
    outs: tuple[str, ...] = ()  # outs, metrics and plots; paths from the project's folder
    params: tuple[str, ...] = ()  # that it lists or whose values its templates take: `file:key`, or a whole `file`
    frozen: bool = False  # DVC does not run it
    always: bool = False  # DVC runs it each time
    folder: str = ""  # that it runs in, from the project's; empty for the project's own
    unlisted: tuple[str, ...] = ()  # files of the commit that its command names and dvc.yaml does not, so DVC is blind
    stale: tuple[str, ...] = ()  # what differs from dvc.lock: dependencies, parameters as `file:key`, `NAME (command)`


@dataclass(frozen=True)
class DataFile:
    """One DVC-tracked dependency or output with the hash in dvc.lock or a .dvc file."""

    path: str
    md5: str
    size: int | None = None  # bytes
    is_output: bool = False
    source: str = ""  # path of the `.dvc` file that tracks it; empty where a stage makes it, or reads it from elsewhere
    legacy: bool = False  # hashed as DVC 2 did, and kept where DVC 2 keeps it


# Values of Snapshot.unread: the commit itself is too much, or reading it failed for another reason.
TOO_MUCH, FAILED = "too much", "failed"


@dataclass(frozen=True)
class Snapshot:
    """What one project says of itself at one commit; extracted once and kept. Paths are from the project's folder."""

    sha: str
    project: str = ""  # folder from the repository's root, empty for the root
    params: tuple[Param, ...] = ()
    param_files: tuple[str, ...] = ()  # parameter files the project declares: the only ones that may be edited
    records: tuple[str, ...] = ()  # parameter files that training writes and no stage reads: results, never edited
    metrics: tuple[MetricFile, ...] = ()
    plots: tuple[Plot, ...] = ()
    stages: tuple[Stage, ...] = ()
    data: tuple[DataFile, ...] = ()
    persisted: tuple[str, ...] = ()  # outputs with `persist: true`: DVC leaves them where they are before a stage runs
    persisted_by_template: tuple[str, ...] = ()  # those of them whose path a template gives
    outputs: tuple[str, ...] = ()  # every path a run may change: outs, metrics, plots, dvc.lock files, their .gitignore
    has_dvc: bool = True
    elsewhere: tuple[str, ...] = ()  # where the root has no DVC, or no dvc.yaml: folders that are DVC projects
    hydra: bool = False  # `hydra.enabled` in .dvc/config: params.yaml is composed, not edited
    requires: str = ""  # path of its requirements.txt, or of the repository's; empty where there is neither
    problems: tuple[str, ...] = ()  # sentences for the reader: what could not be read, where, what to do
    prerequisites: Prerequisites = field(default_factory=Prerequisites)
    templated: tuple[str, ...] = ()  # names in `${}` of dvc.yaml: what they hold may change any stage
    origins: Mapping[str, Made] = field(default_factory=dict)  # of a run's result: what made each declared file
    unknown: tuple[DataFile, ...] = ()  # dependencies in no commit and tracked by nothing, as dvc.lock records them
    external: tuple[str, ...] = ()  # dependencies outside of the repository, as they are written: `s3://…`
    never_run: tuple[str, ...] = ()  # stages of which dvc.lock records no run
    altered: tuple[str, ...] = ()  # results that are not those which dvc.lock records, or that it records not at all
    taken_for_changed: tuple[str, ...] = ()  # parameters, `file:key`, that did not, whatever DVC says
    lost: tuple[str, ...] = ()  # outputs of stages that ran, or are frozen, which neither this commit nor DVC has
    unshared: tuple[str, ...] = ()  # outputs of stages that DVC keeps and for which the commit names no remote
    doubly_kept: tuple[str, ...] = ()  # outputs that DVC keeps and of which Git tracks something, too
    rechecked: tuple[str, ...] = ()  # frozen stages that DVC does not take for done: it looks for their outputs
    unread_locks: tuple[str, ...] = ()  # dvc.lock files that could not be read; `problems` says why
    changed_since: tuple[
        str, ...
    ] = ()  # paths that changed after its numbers were made, as history has it; with DVC those of Stage.unlisted
    scripted: bool = False  # the repository's own script trains, whatever DVC finds
    unread: str = ""  # TOO_MUCH or FAILED where nothing could be read of it; never kept

    @property
    def stale(self) -> tuple[str, ...]:
        """What differs from dvc.lock, of all stages."""
        return tuple(dict.fromkeys(entry for stage in self.stages for entry in stage.stale))

    @property
    def settable(self) -> tuple[Param, ...]:
        """Parameters that training reads: those of records tell what it was given."""
        return tuple(each for each in self.params if each.file not in self.records)

    @property
    def changeable(self) -> tuple[str, ...]:
        """Every path an experiment may change: what a run makes, parameters, and which version of the data it reads."""
        return (*self.outputs, *self.param_files, *(each.source for each in self.data if each.source))

    @property
    def absent(self) -> tuple[str, ...]:
        """Outputs that a machine which did not make them has from nowhere."""
        return (*self.lost, *self.unshared)

    @property
    def unmade(self) -> tuple[str, ...]:
        """Declared files that nothing of the run made."""
        return tuple(path for path, made in self.origins.items() if made is Made.NOTHING)

    @property
    def drawable(self) -> tuple[Plot, ...]:
        """Plots that were read, but those which nothing of the run made: they are the baseline's."""
        read = (plot for plot in self.plots if plot.reading is Reading.READ)
        return tuple(plot for plot in read if not any(self.origins.get(file) is Made.NOTHING for file in plot.files))

    @property
    def unfetched(self) -> tuple[str, ...]:
        """Declared metric and plot files whose bytes only the DVC cache or remote holds."""
        files = [m.path for m in self.metrics if m.reading is Reading.NOT_FETCHED]
        files += [file for p in self.plots if p.reading is Reading.NOT_FETCHED for file in p.files]
        return tuple(dict.fromkeys(files))
