"""What a project says of itself at one commit: parameters, metrics, plots, stages and data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from experiments.readiness.prerequisites import Prerequisites

# A JSON value as the file's own reader gives it: a scalar, a list, or an empty mapping.
Value = Any
BEYOND = "This commit was not read here: together with the others it holds too much. Ask for fewer commits."
COMPOSED = "params.yaml"  # the file that DVC writes Hydra's composed configuration to, whatever it held before


class Reading(StrEnum):
    """How far a declared metric or plot file could be read. Reports have a different sentence for each."""

    READ = "read"
    ABSENT = "absent"  # declared, but neither in the Git tree nor in dvc.lock: it was never made
    NOT_FETCHED = "not fetched"  # dvc.lock has its hash, but only the DVC cache or remote has its bytes
    UNREADABLE = "unreadable"  # its bytes are not what its name promises


class Made(StrEnum):
    """What made a declared file in the result of a run."""

    UNKNOWN = "unknown"
    EXECUTED = "executed"  # a stage whose command ran
    RESTORED = "restored"  # a stage whose outputs came from the run cache: the same inputs were trained before
    SCRIPT = "script"  # the project's own script
    SKIPPED = "skipped"  # a stage whose inputs did not change: the number still holds, and is the baseline's
    NOTHING = "nothing"  # nothing of the run: the file is the baseline's, whatever was trained


@dataclass(frozen=True)
class Param:
    """One parameter at a commit."""

    file: str  # path from the project's folder
    key: str  # dotted, with list items by index: `train.layers.0`
    value: Value
    stages: tuple[str, ...] = ()  # stages whose `params:` list it or a group that holds it


@dataclass(frozen=True)
class MetricFile:
    """One declared metric file and its metrics."""

    path: str
    reading: Reading
    values: Mapping[str, Value] = field(default_factory=dict)  # dotted name -> number (NaN and inf are allowed) or text
    detail: str = ""  # why it is unreadable: one line
    cached: bool = False  # a DVC output, whose bytes are in no Git tree
    declared_in: str = ""  # folder of the dvc.yaml that declares it at its top, `models/`; empty for the project's own


@dataclass(frozen=True)
class Plot:
    """One declared plot: a series with rows, or an image with pixels."""

    id: str  # its name in dvc.yaml, or the path
    path: str  # the first file it reads
    reading: Reading
    kind: str = "series"  # series | image
    title: str = ""
    x: str = ""  # column; empty: the step, which is the row's number
    ys: tuple[str, ...] = ()  # columns
    x_label: str = ""
    y_label: str = ""
    template: str = "linear"  # simple linear smooth scatter confusion confusion_normalized bar_horizontal ...
    rows: tuple[Mapping[str, Value], ...] = ()
    image: str = ""  # of a png, jpeg or gif (never svg), in the form of `experiments.pixels.packed`
    detail: str = ""
    cached: bool = False
    more: tuple[str, ...] = ()  # the other files it reads

    @property
    def files(self) -> tuple[str, ...]:
        """All files that it reads."""
        return (self.path, *self.more)


@dataclass(frozen=True)
class Stage:
    """One stage of the pipeline."""

    name: str
    cmd: str
    deps: tuple[str, ...] = ()
    outs: tuple[str, ...] = ()  # outs, metrics and plots: paths from the project's folder
    params: tuple[str, ...] = ()  # what it lists, or its templates take: `file:key`, or `file` for a whole file
    frozen: bool = False  # DVC never runs it
    always: bool = False  # DVC always runs it
    folder: str = ""  # where it runs, from the project's folder; empty for that folder itself
    unlisted: tuple[str, ...] = ()  # files of the commit that its command names and dvc.yaml does not, so DVC is blind
    stale: tuple[str, ...] = ()  # what differs from dvc.lock: dependencies, parameters as `file:key`, `NAME (command)`


@dataclass(frozen=True)
class DataFile:
    """A dependency or output that DVC tracks, with its hash in dvc.lock or in a .dvc file."""

    path: str
    md5: str
    size: int | None = None  # bytes
    is_output: bool = False
    source: str = ""  # path of the `.dvc` file that tracks it; empty for what a stage makes or reads from elsewhere
    legacy: bool = False  # hashed as in DVC 2, and kept where DVC 2 keeps it


# Values of Snapshot.unread: the commit has too much in it, or reading it failed for another reason.
TOO_MUCH, FAILED = "too much", "failed"


@dataclass(frozen=True)
class Snapshot:
    """What one project says of itself at one commit, which is read once. Paths are from the project's folder."""

    sha: str
    project: str = ""  # folder from the repository's root; empty for the root
    params: tuple[Param, ...] = ()
    param_files: tuple[str, ...] = ()  # parameter files that the project declares: only these may be edited
    records: tuple[str, ...] = ()  # parameter files that training writes and no stage reads: results, never edited
    metrics: tuple[MetricFile, ...] = ()
    plots: tuple[Plot, ...] = ()
    stages: tuple[Stage, ...] = ()
    data: tuple[DataFile, ...] = ()
    persisted: tuple[str, ...] = ()  # outputs with `persist: true`, which DVC leaves in place when their stage runs
    persisted_by_template: tuple[str, ...] = ()  # persisted outputs whose path a template gives
    outputs: tuple[str, ...] = ()  # every path a run may change: outs, metrics, plots, dvc.lock files, their .gitignore
    has_dvc: bool = True
    elsewhere: tuple[str, ...] = ()  # folders that are DVC projects, where the root has no DVC or no dvc.yaml
    hydra: bool = False  # `hydra.enabled` in .dvc/config: params.yaml is composed, not edited
    requires: str = ""  # path of the project's requirements.txt, else the repository's; empty where neither exists
    problems: tuple[str, ...] = ()  # sentences for the reader: what could not be read, where, and what to do
    prerequisites: Prerequisites = field(default_factory=Prerequisites)
    templated: tuple[str, ...] = ()  # names in `${}` of dvc.yaml: their values may change any stage
    origins: Mapping[str, Made] = field(default_factory=dict)  # in the result of a run: what made each declared file
    unknown: tuple[DataFile, ...] = ()  # dependencies that neither Git nor DVC tracks, as dvc.lock has them
    external: tuple[str, ...] = ()  # dependencies outside the repository, as they are written: `s3://…`
    never_run: tuple[str, ...] = ()  # stages of which dvc.lock records no run
    altered: tuple[str, ...] = ()  # results that differ from those in dvc.lock, or that are not in it
    taken_for_changed: tuple[str, ...] = ()  # `file:key` of parameters that DVC takes for changed and that are not
    lost: tuple[str, ...] = ()  # outputs of stages that ran or are frozen, which neither this commit nor DVC has
    unshared: tuple[str, ...] = ()  # outputs that DVC keeps, where the commit names no remote
    doubly_kept: tuple[str, ...] = ()  # outputs that DVC keeps and of which Git tracks something, too
    rechecked: tuple[str, ...] = ()  # frozen stages that DVC does not take for done, so that it looks for their outputs
    unread_locks: tuple[str, ...] = ()  # dvc.lock files that could not be read; `problems` says why
    changed_since: tuple[
        str, ...
    ] = ()  # paths that changed after the numbers were made, by Git's history; with DVC, those of Stage.unlisted
    scripted: bool = False  # the repository's own script trains, even with DVC
    unread: str = ""  # TOO_MUCH or FAILED where nothing could be read; such a snapshot is not kept

    @property
    def stale(self) -> tuple[str, ...]:
        """What differs from dvc.lock, over all stages."""
        return tuple(dict.fromkeys(entry for stage in self.stages for entry in stage.stale))

    @property
    def settable(self) -> tuple[Param, ...]:
        """The parameters that training reads. Records are left out."""
        return tuple(each for each in self.params if each.file not in self.records)

    @property
    def changeable(self) -> tuple[str, ...]:
        """Every path that an experiment may change: results, parameter files, and `.dvc` files, which choose versions
        of data."""
        return (*self.outputs, *self.param_files, *(each.source for each in self.data if each.source))

    @property
    def absent(self) -> tuple[str, ...]:
        """The outputs that only the machine that made them can have."""
        return (*self.lost, *self.unshared)

    @property
    def unmade(self) -> tuple[str, ...]:
        """The declared files that nothing of the run made."""
        return tuple(path for path, made in self.origins.items() if made is Made.NOTHING)

    @property
    def drawable(self) -> tuple[Plot, ...]:
        """The plots that were read, without those that nothing of the run made: these are the baseline's."""
        read = (plot for plot in self.plots if plot.reading is Reading.READ)
        return tuple(plot for plot in read if not any(self.origins.get(file) is Made.NOTHING for file in plot.files))

    @property
    def unfetched(self) -> tuple[str, ...]:
        """The declared metric and plot files whose bytes only the DVC cache or remote has."""
        files = [m.path for m in self.metrics if m.reading is Reading.NOT_FETCHED]
        files += [file for p in self.plots if p.reading is Reading.NOT_FETCHED for file in p.files]
        return tuple(dict.fromkeys(files))
