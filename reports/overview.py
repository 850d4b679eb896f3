"""The one comment that tells how a pull request stands: its head against its base, and all of its runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.ports import Pull
from experiments.comparison import Comparison
from experiments.config import RepoConfig
from experiments.experiment import Repository
from experiments.run import Run, State
from experiments.sentences import Sides, quoted
from experiments.snapshot import Snapshot
from reports import markdown, tables
from reports.comment import LONGEST, characters
from reports.gates import gate_line, gate_title
from reports.headline import SYMBOLS, short, verdict_line
from reports.markdown import code, link, picture, sentence, table, text
from reports.report import Picture
from reports.room import Room, fitting

SIDES = Sides("the base", "the head")
MARKER = markdown.marker("overview")


@dataclass(frozen=True)
class Line:
    """One run, and what came of it."""

    run: Run
    comparison: Comparison | None  # with its own baseline; None where it made nothing
    failing: tuple[str, ...] = ()  # gates that do not hold


@dataclass(frozen=True)
class Overview:
    """A pull request as it is now. Sentences are plain, code in backquotes."""

    repository: Repository
    pull: Pull
    base: str  # SHA of the merge base; empty where head and base branch share no commit
    head: Snapshot
    comparison: Comparison
    config: RepoConfig
    lines: tuple[Line, ...] = ()  # newest first
    pictures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = ()
    fetching: bool = False  # an agent was sent for what only the DVC remote has


def title(overview: Overview) -> str:
    """Plain text: `accuracy 0.950 (+0.012) against main`."""
    if overview.comparison.failing:
        return gate_title(overview.comparison.failing)
    if not overview.comparison.deltas:
        return "No metrics at this head"
    return f"{short(overview.comparison)} against {markdown.plain(overview.pull.base_branch, 40)}"


def render(overview: Overview) -> str:
    """The whole comment, at most as long as GitHub takes."""

    def parts(room: Room) -> list[str]:
        return [
            MARKER,
            *_told(overview, room),
            _runs(overview, room),
            _next(overview),
            *(picture(each.alt, each.url) for each in overview.pictures[: room.pictures]),
        ]

    return fitting(parts, LONGEST, characters)


def _told(overview: Overview, room: Room) -> list[str]:
    """Head against merge base."""
    pull, comparison = overview.pull, overview.comparison
    columns = (pull.base_branch[:40], "this head")
    parts = [verdict_line(comparison, room.words) if comparison.deltas else "**No metrics at this head.**"]
    parts += [gate_line(comparison.failing, room.words), _sides(overview)]
    if comparison.deltas:
        parts.append(tables.metrics(comparison.deltas, room.rows, columns))
    if comparison.params:
        parts.append(tables.params(comparison.params, room.rows, columns))
    notes = [f"- {sentence(note, room.words)}" for note in overview.notes[: room.notes]]
    if overview.fetching:
        notes.append("- What only the DVC remote has is being fetched; this comment will show it.")
    if len(overview.notes) > room.notes:
        notes.append(f"- … {len(overview.notes) - room.notes} more of this kind.")
    return [*parts, "\n".join(notes)]


def _sides(overview: Overview) -> str:
    """Which commits these are."""
    pull = overview.pull
    head = f"Head {_commit(overview, pull.head)} of {code(pull.branch)}"
    if not overview.base:
        return f"{head}; it shares no commit with {code(pull.base_branch)}."
    return f"{head} against {_commit(overview, overview.base)}, where it left {code(pull.base_branch)}."


def _runs(overview: Overview, room: Room) -> str:
    """A table of runs, the newest first, and how many are under way."""
    if not overview.lines:
        return ""
    active = [line.run for line in overview.lines if not line.run.state.ended]
    queued = sum(run.state is State.QUEUED for run in active)
    counted = [(len(active) - queued, "under way"), (queued, "queued")]
    now = ", ".join(f"{number} {words}" for number, words in counted if number)
    rows = [_row(overview, line) for line in overview.lines[: room.rows]]
    listing = table(("experiment", "asked by", "sets", "state", "result", "where"), rows)
    more = len(overview.lines) - len(rows)
    rest = f"\n\n{more} older runs are not listed." if more > 0 else ""
    return f"### Runs{f' ({now})' if now else ''}\n\n{listing}{rest}"


def _row(overview: Overview, line: Line) -> tuple[str, ...]:
    run, experiment = line.run, line.run.experiment
    sets = ", ".join(code(each.text or f"{each.key}={each.value}", 60) for each in experiment.overrides[:6])
    if len(experiment.overrides) > 6:
        sets += f" and {len(experiment.overrides) - 6} more"
    return (
        code(experiment.name, 60),
        code(experiment.author, 40),
        sets or tables.NONE,
        _state(overview, run),
        _result(line),
        _where(overview, run),
    )


def _state(overview: Overview, run: Run) -> str:
    check = run.checks.get(run.experiment.baseline)
    return link(str(run.state), f"{overview.repository.url}/runs/{check}") if check else str(run.state)


def _result(line: Line) -> str:
    if line.comparison is None or not line.comparison.deltas:
        return tables.NONE
    return f"{SYMBOLS[line.comparison.verdict]} {text(short(line.comparison))}"


def _where(overview: Overview, run: Run) -> str:
    """Where its commit is, and its report."""
    parts = [f"landed as {_commit(overview, run.landed_as)}"] if run.landed else []
    if run.commit and not run.landed:
        parts.append(f"not on the branch: {code(f'/apply {run.experiment.name}')}")
    if run.report:
        parts.append(link("report", comment_url(overview.repository, overview.pull.number, run.report)))
    return ", ".join(parts) or tables.NONE


def _next(overview: Overview) -> str:
    """What to type; only what would be accepted."""
    if overview.pull.state != "open":
        return ""
    if overview.pull.fork:
        return "**Next:** `/params` lists the hyperparameters. Branches of forks are not trained."
    if not overview.head.stages or overview.head.hydra:
        return "**Next:** `/help` tells what can be typed here."
    example = next((each for each in overview.head.params if each.stages and isinstance(each.value, int | float)), None)
    if example is None:
        return "**Next:** `/run` trains this head, `/help` tells what else can be typed."
    several = sum(each.key == example.key for each in overview.head.params) > 1
    line = f"/run -S {f'{example.file}:' if several else ''}{example.key}=…"
    what = "trains this head with another value; `/params` lists what can be set, `/help` the rest."
    return f"**Next:** {code(line)} {what}"


def notes_about(
    unread: Sequence[str], comparison: Comparison, head: Snapshot, base: Snapshot | None, config: RepoConfig
) -> tuple[str, ...]:
    """What could not be read, what is stale, and what is wrong in the repository's configuration: each once."""
    stale = []
    if comparison.stale and "stale" not in comparison.reason:
        shown = ", ".join(map(quoted, comparison.stale[:3]))
        stale.append(f"Its numbers are stale: {shown} changed after they were made.")
    problems = [problem for side in (base, head) if side for problem in side.problems]
    return tuple(dict.fromkeys([*stale, *unread, *problems, *config.problems]))


def comment_url(repository: Repository, number: int, comment: int) -> str:
    """Of a comment of a pull request; of the pull request itself where there is no comment."""
    return f"{repository.url}/pull/{number}" + (f"#issuecomment-{comment}" if comment else "")


def _commit(overview: Overview, sha: str) -> str:
    return link(code(sha[:7]), f"{overview.repository.url}/commit/{sha}")
