"""The values that a run's report is made of, before they are put into words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from experiments.judging import standing
from experiments.judging.comparison import Comparison, compare
from experiments.pipeline import looked_at
from experiments.provenance import unheard
from experiments.readiness.preflight import obstacles
from experiments.readiness.trial import Trial
from experiments.run import Run
from experiments.run_state import RunState
from experiments.settings.fields import PATH
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import MetricFile, Plot, Reading, Snapshot
from experiments.wording import RUN, Sides, quoted, some
from reports.run.provenance import unheard_note, unmade_note
from reports.text.titles import plot_title, selecting

MOST = 8  # most pictures of one report


@dataclass(frozen=True)
class Picture:
    """A plot that was drawn, and the address of its picture."""

    title: str
    alt: str
    url: str
    plot: str = ""  # id of the plot it shows
    differs: bool = True  # whether its sides differ
    wide: bool = False  # whether it takes a row of its own


@dataclass(frozen=True)
class Report:
    """A run, what it made, and how that compares with its baseline. Sentences are plain, with code in backquotes."""

    run: Run
    config: RepoConfig
    before: Snapshot | None
    after: Snapshot | None
    comparison: Comparison | None  # None: there is nothing that could be compared
    pictures: tuple[Picture, ...] = ()
    log: str = ""
    failing: tuple[str, ...] = ()  # gates that do not hold, of its own results or of the reused ones
    notes: tuple[str, ...] = ()  # sentences about files that could not be read or drawn, and about other doubts
    pull_state: str = "open"  # open | closed | merged
    moved: bool = False  # the head of the pull request is now another commit


def of_run(
    run: Run,
    before: Snapshot | None,
    after: Snapshot | None,
    config: RepoConfig,
    log: str,
    pictures: Sequence[Picture] = (),
    pull_state: str = "open",
    declared: Sequence[tuple[str, str]] = (),
) -> Report:
    """Return the report of an ended run.

    `before`: None where nothing is known of the baseline. `after`: what the run left; None where it made no commit.
    `declared`: (dvc.yaml, path) of the results that training declared.
    """
    made = [note] if after and run.outcome.provenance and (note := unmade_note(after, run.outcome.provenance)) else []
    if before and after:
        made += filter(
            None, [unheard_note([each.key for each in unheard(before, run.experiment, run.outcome.provenance)])]
        )
    if declared and after:
        files = {file: None for file, _ in declared}
        what = some((quoted(path) for _, path in declared), _NAMED)
        made.append(f"Training declared its results in {some(map(quoted, files), _NAMED)}: {what}.")
    measured = before if run.state is RunState.REUSED else after
    judged = compare(before, measured, config) if measured else None
    stands = standing.notes(before, after, (RUN.before, RUN.after)) if after else ()
    stated = [*made, *(measured_again(run, before) if before and after else ()), *stands, *warm(run, before)]
    stated += judged.barred if judged else ()
    notes = [*stated, *unread(before, after), *undrawn(after, pictures, _plots(run, config))] if after else []
    asked = run.experiment
    how = asked.execution
    trial = Trial(requirements=bool(how.requirements), script=bool(how.script), home=asked.repository.url)
    if before and not how.script:
        seen = looked_at(before.stages, how.targets, how.flags)
        trial = replace(trial, looked_at=frozenset(stage.name for stage in seen))
    missing = [each.sentence for each in obstacles(before, trial)] if before else []
    problems = [problem for side in (before, after) if side for problem in side.problems]
    return Report(
        run=run,
        config=config,
        before=before,
        after=after,
        comparison=judged if after else None,
        failing=judged.failing if judged else (),
        pictures=tuple(pictures),
        log=log,
        notes=tuple(dict.fromkeys([*missing, *notes, *problems, *config.problems])),
        pull_state=pull_state,
    )


def measured_again(run: Run, before: Snapshot) -> Iterator[str]:
    """Yield a note where a run changed nothing and measured its baseline again, so that its numbers tell more than the
    old ones."""
    change, how = run.experiment.change, run.experiment.execution
    changes = change.overrides or change.inputs or change.edits or how.targets or how.resumes
    aged = before.changed_since and (how.force or not before.has_dvc)
    if not changes and (aged or standing.Standing(before).bars):
        yield (
            "It changed no parameter and no data: its numbers are those of the baseline, measured again. "
            f"{quoted(f'/diff {run.experiment.name} NAME')} compares another experiment with them."
        )


_NAMED = 10  # files in one sentence


def _plots(run: Run, config: RepoConfig) -> str:
    """Return the command that draws every plot of a run against its baseline."""
    experiment = run.experiment
    return f"/plots {experiment.compared[:7]} {experiment.name}{selecting(experiment.project, config)}"


def warm(run: Run, before: Snapshot | None) -> Iterator[str]:
    """Yield a note where training may have begun with outputs of an earlier run."""
    experiment = run.experiment
    left = [path for path in experiment.execution.checkpointed if before and _is_there(before, path)]
    if experiment.execution.resumes:
        yield "It went on from a checkpoint, and did not begin anew."
    elif left:
        stay = "stays" if len(left) == 1 else "stay"
        yield (
            f"{some(map(quoted, left), _NAMED)} {stay} between runs (`persist: true`): training may have begun with "
            "what the baseline left there."
        )


def _is_there(snapshot: Snapshot, path: str) -> bool:
    """Return whether a commit has an output in Git, or DVC keeps it for that commit."""
    read: list[MetricFile | Plot] = [*snapshot.metrics, *snapshot.plots]
    there = [file for each in read if each.reading is not Reading.ABSENT for file in _files(each)]
    recorded = [out for stage in snapshot.stages if stage.name not in snapshot.never_run for out in stage.outs]
    return path not in snapshot.lost and (path in there or (path in recorded and path not in snapshot.altered))


def unread(before: Snapshot | None, after: Snapshot, sides: Sides = RUN, stated: str = "") -> Iterator[str]:
    """Yield sentences about declared files without numbers: absent, unreadable, or not fetched. Files that were not
    fetched are one sentence for each side. `stated`: sentences whose files are not named again."""
    where = "dvc.yaml" if after.has_dvc else PATH
    of_after: list[MetricFile | Plot] = [*after.metrics, *after.plots]
    of_before: list[MetricFile | Plot] = [*before.metrics] if before else []
    for side, files in ((sides.after, of_after), (sides.before, of_before)):
        for each in files:
            if each.reading is Reading.ABSENT:
                yield f"{_file(each)} of {side} is absent: {quoted(where)} declares it, and nothing made it."
            elif each.reading is Reading.UNREADABLE:
                why = each.detail or "its content is not what its name promises"
                yield f"{_file(each)} of {side} is unreadable: {why}."
            elif each.detail and isinstance(each, MetricFile) and side == sides.after:
                yield f"Not all of {_file(each)} is read: {each.detail}."
        away = [_file(each) for each in files if each.reading is Reading.NOT_FETCHED]
        away = [name for name in away if name not in stated]
        if away:
            were, them = ("was", "it") if len(away) == 1 else ("were", "them")
            yield (
                f"{some(away, _NAMED)} of {side} {were} not fetched: only the DVC cache or remote has {them}; "
                f"`dvc pull` brings {them} where the remote does."
            )


def _files(declared: MetricFile | Plot) -> tuple[str, ...]:
    return declared.files if isinstance(declared, Plot) else (declared.path,)


def _file(declared: MetricFile | Plot) -> str:
    if isinstance(declared, Plot) and len(declared.files) != 1:
        return quoted(declared.id)
    return quoted(declared.path)


def undrawn(after: Snapshot, pictures: Sequence[Picture], line: str) -> Iterator[str]:
    """Yield a sentence about plots that were read and have no picture. `line`: the command that draws all of them."""
    drawn = {picture.plot for picture in pictures}
    missing = [plot for plot in after.drawable if plot.id not in drawn]
    if missing and len(pictures) >= MOST:
        was = "1 more plot has" if len(missing) == 1 else f"{len(missing)} more plots have"
        which = f"the {MOST} that differ most" if any(each.differs for each in pictures) else f"{MOST} others"
        yield f"{was} no picture here, where {which} are: {quoted(line)} draws all."
    elif missing:
        titles = some((quoted(plot_title(plot)) for plot in missing), _NAMED)
        yield f"Without a picture: {titles} (nothing in it can be drawn)."
