"""What the bot says about two revisions compared with each other: the answer to `/diff`."""

from collections.abc import Sequence
from dataclasses import dataclass

from experiments.experiment import Repository
from experiments.judging.comparison import Comparison
from experiments.revisions import Revision
from reports.compare.revision_names import called, columns, longest
from reports.run.comment import characters
from reports.run.headline import verdict_line
from reports.text import tables
from reports.text.markdown import link, sentence
from reports.text.size_limits import SIZES, SizeLimits, fitting


@dataclass(frozen=True)
class Difference:
    """The differences between two commits. Sentences are plain, with code in backquotes."""

    repository: Repository
    before: Revision
    after: Revision
    comparison: Comparison
    notes: Sequence[str] = ()
    away: bool = False  # metrics of a side are only in the DVC cache or remote
    uncompared: str = ""  # why parameters are not compared: a sentence

    @property
    def fits(self) -> bool:
        """Whether a comment has room for all of it."""
        compared, limits = self.comparison, SIZES[0]
        short = max(len(compared.deltas), len(compared.params)) <= limits.rows and len(self.notes) <= limits.notes
        return short and characters("\n\n".join(_parts(self, limits))) <= longest(self.repository)


def comment(difference: Difference, page: str) -> str:
    """Return the answer as a comment, no longer than one answer may be. `page`: address of the whole; empty where it
    fits."""
    more = f"{link('All of it', page)}." if page else ""
    repository = difference.repository
    most = longest(repository)
    return fitting(lambda limits: [*_parts(difference, limits), more], repository.host, most, characters)


def whole(difference: Difference) -> str:
    """Return the whole answer, for a page."""
    return "\n\n".join(filter(None, _parts(difference, SizeLimits(rows=1_000_000, notes=1_000_000, folds=False))))


def title(difference: Difference) -> str:
    """Return the title of the page, as plain text."""
    before, after = difference.before, difference.after
    return f"{after.name} against {before.name}, of {difference.repository.full_name}"


def _parts(difference: Difference, limits: SizeLimits) -> list[str]:
    before, after, comparison = difference.before, difference.after, difference.comparison
    head = columns(before, after)
    sides = f"{called(after, difference.repository)} against {called(before, difference.repository)}."
    return [
        verdict_line(comparison, limits.words) if comparison.deltas else _unmeasured(difference.away),
        sides[0].upper() + sides[1:],
        tables.metrics(comparison, limits, head),
        tables.params(comparison.params, limits, head) or sentence(difference.uncompared) or "No parameter differs.",
        "\n".join(f"- {sentence(note, limits.words)}" for note in difference.notes[: limits.notes]),
    ]


def _unmeasured(away: bool) -> str:
    return "**Not compared: their metrics are not fetched.**" if away else "**Neither has a metric.**"


def same(revision: Revision, repository: Repository) -> str:
    """Return the answer where both revisions are one commit."""
    return f"Both are the same commit: {called(revision, repository)}. `/diff A B` compares two others."
