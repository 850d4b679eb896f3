"""Whether the numbers of a commit belong to its files: what bars a judgement, and what is only noted."""

from collections.abc import Collection, Iterator, Sequence
from enum import Enum, auto
from functools import cached_property
from pathlib import PurePosixPath

from experiments.lineage import Lineage
from experiments.snapshot import Reading, Snapshot
from experiments.targets import FILE, meant
from experiments.wording import listed, opening

_MADE_WITH = "nothing shows what its numbers were made with"


class StandingReason(Enum):
    """Why numbers may belong to other files than the commit's."""

    STALE = auto()  # a stage that they come from changed afterwards
    DOUBTED = auto()  # a stage that they may come from changed, perhaps before
    UNREAD = auto()  # a dvc.lock can't be read
    UNRUN = auto()  # a stage that they come from, or may, never ran
    SOUND = auto()  # nothing says so


class Standing:
    """Whether the numbers in all metric files of a commit, or in some of them, belong to its files.

    A metric comes from the stage that declares its file and from every stage upstream of that one. Where no stage
    declares the file, it may come from any stage of the dvc.yaml that declares it at its top. Where that one has no
    stages, it may come from any stage at all.
    """

    def __init__(
        self, snapshot: Snapshot, files: Collection[str] | None = None, lineage: Lineage | None = None
    ) -> None:
        """Take a snapshot, and the metric files that count; None: all. `lineage`: of its stages, where it is known
        already."""
        self.snapshot = snapshot
        self._lineage = lineage or Lineage(snapshot.stages)
        there = [each for each in snapshot.metrics if each.reading is not Reading.ABSENT]
        self._metrics = [each for each in there if files is None or each.path in files]
        self._parts: dict[tuple[str, ...], Standing] = {}

    def of(self, files: Collection[str]) -> "Standing":
        """Return the standing of these metric files only. It is kept for the next call."""
        key = tuple(files)
        if key not in self._parts:
            self._parts[key] = Standing(self.snapshot, key, self._lineage)
        return self._parts[key]

    @cached_property
    def sure(self) -> frozenset[str]:
        """Names of the stages that a present metric certainly comes from, since a stage declares its file."""
        return self._lineage.behind([each.path for each in self._metrics if each.path not in self._untraced])

    @cached_property
    def behind(self) -> frozenset[str]:
        """Names of the stages that a present metric comes from or may come from."""
        names = set[str]()
        for metric in self._metrics:
            if metric.path in self._untraced:
                own = meant([f"{metric.declared_in}/{FILE}" if metric.declared_in else FILE], self.snapshot.stages)
                names |= own or {stage.name for stage in self.snapshot.stages}
        return self.sure | self._lineage.behind((), names)

    @cached_property
    def stale(self) -> tuple[str, ...]:
        """What changed after the numbers were made, in stages that they certainly come from."""
        return self._changed(self.sure)

    @cached_property
    def doubted(self) -> tuple[str, ...]:
        """What changed, perhaps before the numbers were made: it concerns stages that an undeclared metric may come
        from."""
        return tuple(entry for entry in self._changed(self.behind) if entry not in self.stale)

    @cached_property
    def unrun(self) -> tuple[str, ...]:
        """Stages that never ran and that a metric comes from or may come from."""
        return tuple(name for name in self.snapshot.never_run if name in self.behind)

    @property
    def late(self) -> tuple[str, ...]:
        """Names of the stages to train so that the numbers belong to the files."""
        own = (stage for stage in self.snapshot.stages if stage.name in self.behind)
        return tuple(stage.name for stage in own if stage.stale or stage.name in self.unrun)

    @property
    def due(self) -> set[str]:
        """The names in `late`. Where there are none, the stages that never ran."""
        return {*(self.late or self.snapshot.never_run)}

    @property
    def state(self) -> StandingReason:
        """The first state that applies to these numbers."""
        found = (self.stale, self.doubted, self._unread_locks, self.unrun)
        return next((state for state, what in zip(StandingReason, found, strict=False) if what), StandingReason.SOUND)

    @cached_property
    def bars(self) -> str:
        """A clause that says why the numbers may belong to other files. Empty where nothing says so."""
        match self.state:
            case StandingReason.STALE:
                return f"{listed(self.stale)} changed after its numbers were made"
            case StandingReason.DOUBTED:
                return (
                    f"{listed(self.doubted)} changed since what reads {_it(self.doubted)} ran, and no stage declares "
                    f"{listed(self._untraced)}, so its numbers may be stale"
                )
            case StandingReason.UNREAD:
                return f"{listed(self._unread_locks)} can't be read, so {_MADE_WITH}"
            case StandingReason.UNRUN:
                return f"`dvc.lock` records no run of {listed(self.unrun)}, so {_MADE_WITH}"
            case StandingReason.SOUND:
                return ""

    def barred(self, side: str) -> str:
        """Return `bars` as a sentence about a side: `the baseline`. Empty where nothing bars a judgement."""
        state = "is stale" if self.stale else "can't be judged"
        return f"{opening(side)} {state}: {self.bars}." if self.bars else ""

    def gone(self, before: Snapshot, side: str) -> str:
        """Return a sentence about dependencies that were removed: the commit `before` has them and this side has not.
        Empty where there are none. Dependencies that no commit ever held do not count."""
        known = {dep for stage in before.stages for dep in stage.deps} - {each.path for each in before.unknown}
        read = {dep for stage in self.snapshot.stages if stage.name in self.behind for dep in stage.deps}
        paths = [each.path for each in self.snapshot.unknown if each.path in known & read]
        return f"{opening(side)} is stale: {listed(paths)} {_is(paths)} not in its commit any more." if paths else ""

    @cached_property
    def _untraced(self) -> tuple[str, ...]:
        """Metric files that are present and that no stage declares."""
        paths = (each.path for each in self._metrics)
        return tuple(dict.fromkeys(path for path in paths if not self._lineage.declared(path)))

    @cached_property
    def _unread_locks(self) -> tuple[str, ...]:
        """The unreadable dvc.lock files of the stages that a metric comes from or may come from, and those of unknown
        stages."""
        aside = {_lock(stage.name) for stage in self.snapshot.stages} - {*map(_lock, self.behind)}
        return tuple(path for path in self.snapshot.unread_locks if path not in aside)

    def _changed(self, names: Collection[str]) -> tuple[str, ...]:
        """Return what is stale in these stages."""
        own = (stage for stage in self.snapshot.stages if stage.name in names)
        return tuple(dict.fromkeys(entry for stage in own for entry in stage.stale))


def _lock(stage: str) -> str:
    """Return the path of the dvc.lock beside the dvc.yaml of a stage."""
    return str(PurePosixPath(stage.rpartition(":")[0] or FILE).with_name("dvc.lock"))


def left(snapshot: Snapshot) -> set[str]:
    """Return the names of the stages that make a commit stale, whether or not metrics come from them."""
    return {stage.name for stage in snapshot.stages if stage.stale}


def statements(snapshot: Snapshot, side: str, its: str = "its") -> Iterator[str]:
    """Yield sentences about what is not known and bars no judgement. `its`: `their` where `side` names two sides."""
    standing, what = Standing(snapshot), "numbers" if snapshot.metrics else "results"
    aside = [name for name in snapshot.never_run if name not in standing.unrun]
    if aside:
        yield f"`dvc.lock` of {side} records no run of {listed(aside)}; no metric comes from {_it(aside)}."
    if others := [entry for entry in snapshot.stale if entry not in (*standing.stale, *standing.doubted)]:
        them = _it(others)
        yield f"{listed(others)} of {side} changed since what reads {them} ran; no metric comes from {them}."
    if snapshot.unknown:
        paths = [each.path for each in snapshot.unknown]
        yield (
            f"Whether {listed(paths)} of {side} {_is(paths)} what {its} {what} were made with is not known: neither "
            f"Git nor DVC tracks {_it(paths)}."
        )
    if snapshot.altered:
        them = "its stage" if len(snapshot.altered) == 1 else "their stages"
        yield (
            f"{listed(snapshot.altered)} of {side} {_is(snapshot.altered)} not what `dvc.lock` records, so DVC "
            f"would run {them} again."
        )
    if snapshot.external:
        yield (
            f"Whether {listed(snapshot.external)} {_is(snapshot.external)} still what the {what} of {side} were made "
            f"with was not looked at: {'it is' if len(snapshot.external) == 1 else 'they are'} outside of the "
            "repository."
        )


def notes(before: Snapshot | None, after: Snapshot, sides: tuple[str, str]) -> tuple[str, ...]:
    """Return the sentences of `statements` about both sides. One that is true of both is told once and names both."""
    theirs = {*statements(before, "")} if before else set[str]()
    mine = {*statements(after, "")}
    both = f"{sides[0]} and {sides[1]}"
    forms = zip(statements(after, ""), statements(after, sides[1]), statements(after, both, "their"), strict=True)
    sentences = [of_both if plain in theirs else of_one for plain, of_one, of_both in forms]
    if before:
        others = zip(statements(before, ""), statements(before, sides[0]), strict=True)
        sentences += [of_one for plain, of_one in others if plain not in mine]
    return tuple(sentences)


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _it(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"
