"""What the bot says about plots: the answers to `/plots`."""

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.experiment import Repository
from experiments.revisions import Revision
from experiments.wording import quoted, some
from reports.compare.revision_names import called
from reports.run.gallery import gallery
from reports.run.report import MOST, Picture
from reports.text.markdown import code, link, picture, points, sentence
from reports.text.size_limits import SizeLimits

NOTES = 6
LIMIT = 7  # revisions in one picture, since there are as many colours


@dataclass(frozen=True)
class PlotsPage:
    """Pictures of the plots of some commits. Sentences are plain, with code in backquotes."""

    repository: Repository
    revisions: Sequence[Revision]
    pictures: Sequence[Picture]
    notes: Sequence[str] = ()
    declared: bool = True  # whether any of these commits declares a plot, drawn or not


def comment(plots: PlotsPage, page: str) -> str:
    """Return the answer as a comment. `page`: address of all pictures; empty where the comment has them all."""
    shown = gallery(plots.pictures[:MOST], SizeLimits())
    more = f"{link('All pictures', page)}: {len(plots.pictures)} of them." if page else ""
    return "\n\n".join(filter(None, [_headline(plots), shown, more, points(plots.notes, NOTES)]))


def whole(plots: PlotsPage) -> str:
    """Return the whole answer, for a page."""
    shown = [picture(each.alt, each.url) for each in plots.pictures]
    return "\n\n".join(filter(None, [_headline(plots), *shown, points(plots.notes, 10_000)]))


def trend(metric: str, shown: Picture | None, commits: int, branch: str, skipped: int, notes: Sequence[str]) -> str:
    """Return the answer about one metric over the commits of a branch. `shown`: its picture; None where too few commits
    have a number."""
    if shown is None:
        where = f"{'the one commit' if commits == 1 else f'the {commits} commits'} of {code(branch, 60)}"
        return f"{code(metric, 60)} has a number at fewer than two of {where} and its base."
    which = "1 commit is" if skipped == 1 else f"{skipped} commits are"
    left = f" {which} left out, as the commit message asks." if skipped else ""
    title = f"**{code(metric, 60)} over the commits of {code(branch, 60)}.**{left}"
    lines = "\n".join(f"- {sentence(note)}" for note in notes)
    return "\n\n".join(filter(None, [title, gallery([shown], SizeLimits()), lines]))


def doubts(stale: Sequence[str], unproven: Sequence[str], otherwise: Sequence[str]) -> list[str]:
    """Return notes on commits in a trend whose numbers may mislead: stale ones, unproven ones, and those measured
    otherwise."""
    notes = []
    if stale:
        them = "its numbers belong" if len(stale) == 1 else "their numbers belong"
        notes.append(f"Stale: {_some(stale)}; {them} to other code or data.")
    if unproven:
        them = "its numbers" if len(unproven) == 1 else "their numbers"
        notes.append(f"No `dvc.lock` shows what {them} were made with: {_some(unproven)}.")
    if otherwise:
        notes.append(f"Not measured like the newest one, but on other data or by other code: {_some(otherwise)}.")
    return notes


def unheld(names: Sequence[str]) -> str:
    """Return the note on commits that are left out of a trend, since together they are too much for one answer."""
    return f"Not read, because all together hold too much: {_some(names)}."


def _some(names: Sequence[str]) -> str:
    return some(map(quoted, names), 10)


def title(plots: PlotsPage) -> str:
    """Return the title of the page, as plain text."""
    return f"Plots of {plots.repository.full_name}"


def undrawn(count: int) -> str:
    """Return the note on plots beyond the most that are drawn."""
    return f"{count} more plots are not drawn."


def too_many(count: int) -> str:
    """Return the refusal of more revisions than one picture can show."""
    return f"One picture shows {LIMIT} at most, and these are {count}"


def either() -> str:
    """Return the refusal of `--trend` together with revisions."""
    return "`--trend` is about the commits of this branch: leave the revisions out"


def _headline(plots: PlotsPage) -> str:
    sides = ", ".join(called(each, plots.repository) for each in plots.revisions)
    if not plots.pictures:
        why = "no plot of them can be drawn" if plots.declared else "no plot is declared there"
        return f"**Nothing to draw.** {sides[0].upper() + sides[1:]}: {why}."
    count = len(plots.pictures)
    return f"**{count} plot{'' if count == 1 else 's'}** of {sides}."
