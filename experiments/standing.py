"""Whether a commit's numbers are those of its files: what bars a judgement, and what is only told beside it."""

from collections.abc import Iterable, Iterator, Sequence

from experiments.evaluation import is_inside
from experiments.foretelling import concerns
from experiments.sentences import listed, opening
from experiments.snapshot import Reading, Snapshot
from experiments.targets import FILE, meant

_MADE_WITH = "nothing tells what its numbers were made with"


def bars(snapshot: Snapshot) -> str:
    """A clause that says why its numbers may be of other files; empty where nothing speaks for that."""
    if entries := stale(snapshot):
        return f"{listed(entries)} changed after its numbers were made"
    if entries := doubted(snapshot):
        return (
            f"{listed(entries)} changed since what reads {_it(entries)} ran, and no stage declares "
            f"{listed(_untraced(snapshot))}, so its numbers may be stale"
        )
    if snapshot.unread_locks:
        return f"{listed(snapshot.unread_locks)} can't be read, so {_MADE_WITH}"
    if stages := unrun(snapshot):
        return f"`dvc.lock` records no run of {listed(stages)}, so {_MADE_WITH}"
    return ""


def barred(snapshot: Snapshot, side: str) -> str:
    """The same as a sentence about this side: `the baseline`."""
    clause = bars(snapshot)
    state = "is stale" if stale(snapshot) else "can't be judged"
    return f"{opening(side)} {state}: {clause}." if clause else ""


def gone(before: Snapshot, after: Snapshot, side: str) -> str:
    """A sentence about dependencies that the commit before has and this side has not: they were removed, and are not
    of those that no commit ever held."""
    known = {dep for stage in before.stages for dep in stage.deps} - {each.path for each in before.unknown}
    paths = [each.path for each in after.unknown if each.path in known]
    return f"{opening(side)} is stale: {listed(paths)} {_is(paths)} not in its commit any more." if paths else ""


def unrun(snapshot: Snapshot) -> tuple[str, ...]:
    """Stages that never ran and that a metric which is there comes from, directly or by what they make, or may."""
    if not snapshot.never_run:
        return ()
    behind = behind_metrics(snapshot)
    return tuple(name for name in snapshot.never_run if name in behind)


def behind_metrics(snapshot: Snapshot) -> set[str]:
    """Names of the stages that a metric which is there comes from, or may."""
    return _sure(snapshot) | _possible(snapshot)


def due(snapshot: Snapshot) -> set[str]:
    """Names of the stages to train so that the numbers are those of the files; those that never ran, where they are."""
    behind, entries = behind_metrics(snapshot), (*stale(snapshot), *doubted(snapshot))
    found = {name for entry in entries for name in _readers(snapshot, entry)} & behind
    return found | {*unrun(snapshot)} or {*snapshot.never_run}


def left(snapshot: Snapshot) -> set[str]:
    """Names of the stages for which a commit is called stale, whatever their numbers are."""
    return {name for entry in snapshot.stale for name in _readers(snapshot, entry)}


def stale(snapshot: Snapshot) -> tuple[str, ...]:
    """What changed after the numbers were made: of all that is stale what a stage reads that a metric comes from."""
    if not snapshot.stale:
        return ()
    sure = _sure(snapshot)
    return tuple(
        entry
        for entry in snapshot.stale
        if (readers := _readers(snapshot, entry)) & sure or not readers  # what no stage reads is nobody's to excuse
    )


def doubted(snapshot: Snapshot) -> tuple[str, ...]:
    """What changed, though nobody knows whether before or after the numbers were made: dependencies of stages that a
    metric may come from which no stage declares."""
    if not snapshot.stale:
        return ()
    sure, possible = _sure(snapshot), _possible(snapshot)
    read = ((entry, _readers(snapshot, entry)) for entry in snapshot.stale)
    return tuple(entry for entry, readers in read if readers & possible and not readers & sure)


def _readers(snapshot: Snapshot, entry: str) -> set[str]:
    return {stage.name for stage in snapshot.stages if concerns(stage, entry)}


def _sure(snapshot: Snapshot) -> set[str]:
    """Names of the stages that a metric which is there comes from, for one of them declares it."""
    untraced = _untraced(snapshot)
    declared = [each.path for each in snapshot.metrics if each.reading is not Reading.ABSENT]
    return _behind(snapshot, [path for path in declared if path not in untraced], ())


def _possible(snapshot: Snapshot) -> set[str]:
    """Names of the stages that a metric may come from which no stage declares: those of the dvc.yaml at whose top it is
    declared, or any where that has none, and what they depend on."""
    untraced, names = _untraced(snapshot), set[str]()
    for metric in snapshot.metrics:
        if metric.path in untraced:
            own = meant([f"{metric.declared_in}/{FILE}" if metric.declared_in else FILE], snapshot.stages)
            names |= own or {stage.name for stage in snapshot.stages}
    return _behind(snapshot, [dep for stage in snapshot.stages if stage.name in names for dep in stage.deps], names)


def _untraced(snapshot: Snapshot) -> tuple[str, ...]:
    """Metric files that are there and that no stage declares."""
    made = [out for stage in snapshot.stages for out in stage.outs]
    there = (each.path for each in snapshot.metrics if each.reading is not Reading.ABSENT)
    return tuple(dict.fromkeys(path for path in there if not is_inside(path, made)))


def _behind(snapshot: Snapshot, paths: Iterable[str], stages: Iterable[str]) -> set[str]:
    """Names of these stages and of all that make one of the paths, directly or by what they make."""
    behind, waiting = {*stages}, [*paths]
    needed = {*waiting}
    while waiting:  # each path is looked at once, and only for stages that are not known yet
        path = waiting.pop()
        for stage in snapshot.stages:
            if stage.name not in behind and is_inside(path, stage.outs):
                behind.add(stage.name)
                waiting += {*stage.deps} - needed
                needed.update(stage.deps)
    return behind


def told(snapshot: Snapshot, side: str, its: str = "its") -> Iterator[str]:
    """Sentences about what bars no judgement, but is not known either. `its`: whose, `their` where `side` are two."""
    aside = [name for name in snapshot.never_run if name not in unrun(snapshot)]
    if aside:
        yield f"`dvc.lock` of {side} records no run of {listed(aside)}; no metric comes from {_it(aside)}."
    counted = {*stale(snapshot), *doubted(snapshot)}
    if others := [entry for entry in snapshot.stale if entry not in counted]:
        them = _it(others)
        yield f"{listed(others)} of {side} changed since what reads {them} ran; no metric comes from {them}."
    if snapshot.unknown:
        paths = [each.path for each in snapshot.unknown]
        yield (
            f"Whether {listed(paths)} of {side} {_is(paths)} what {its} numbers were made with is not known: neither "
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
            f"Whether {listed(snapshot.external)} {_is(snapshot.external)} still what the numbers of {side} were made "
            f"with was not looked at: {'it is' if len(snapshot.external) == 1 else 'they are'} outside of the "
            "repository."
        )


def notes(before: Snapshot | None, after: Snapshot, sides: tuple[str, str]) -> tuple[str, ...]:
    """What is told of either side; what is true of both is told once and names both."""
    theirs = {*told(before, "")} if before else set[str]()
    mine = {*told(after, "")}
    both = f"{sides[0]} and {sides[1]}"
    forms = zip(told(after, ""), told(after, sides[1]), told(after, both, "their"), strict=True)
    said = [of_both if plain in theirs else of_one for plain, of_one, of_both in forms]
    if before:
        others = zip(told(before, ""), told(before, sides[0]), strict=True)
        said += [of_one for plain, of_one in others if plain not in mine]
    return tuple(said)


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _it(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"
