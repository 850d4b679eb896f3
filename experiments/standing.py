"""Whether a commit's numbers are those of its files: what bars a judgement, and what is only told beside it."""

from collections.abc import Iterator, Sequence

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
    """Stages that never ran and that a metric which is there comes from, directly or by what they make."""
    behind = _behind(snapshot) if snapshot.never_run else set()
    return tuple(name for name in snapshot.never_run if behind is None or name in behind)


def stale(snapshot: Snapshot) -> tuple[str, ...]:
    """What changed after the numbers were made: of all that is stale what a stage reads that a metric comes from."""
    behind = _behind(snapshot) if snapshot.stale else None
    if behind is None:
        return snapshot.stale
    others = [stage for stage in snapshot.stages if stage.name not in behind]
    theirs = [stage for stage in snapshot.stages if stage.name in behind]

    def counts(entry: str) -> bool:
        aside = any(concerns(stage, entry) for stage in others)
        return not aside or any(concerns(stage, entry) for stage in theirs)

    return tuple(entry for entry in snapshot.stale if counts(entry))


def _behind(snapshot: Snapshot) -> set[str] | None:
    """Names of the stages that a metric which is there comes from; None where it may be any. One that is declared at
    the top of a dvc.yaml and is no stage's output comes from the stages of that file."""
    made = [out for stage in snapshot.stages for out in stage.outs]
    behind: set[str] = set()
    waiting: list[str] = []
    for metric in snapshot.metrics:
        if metric.reading is Reading.ABSENT:
            continue
        waiting.append(metric.path)
        if not is_inside(metric.path, made):
            own = meant([f"{metric.declared_in}/{FILE}" if metric.declared_in else FILE], snapshot.stages)
            if not own:
                return None
            waiting += [dep for stage in snapshot.stages if stage.name in own - behind for dep in stage.deps]
            behind |= own
    needed = set(waiting)
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
    counted = set(stale(snapshot))
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
            f"{listed(snapshot.altered)} of {side} {_is(snapshot.altered)} not what `dvc.lock` records, so that DVC "
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
