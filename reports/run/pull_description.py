"""The description of a pull request that was made from an experiment: its report, for those who review it there."""

from collections.abc import Sequence

from experiments.experiment import Repository
from experiments.judging.comparison import Comparison
from experiments.refs import ExperimentRef
from reports.run.comment import in_comment
from reports.run.gallery import gallery
from reports.run.gates import gate_line
from reports.run.headline import verdict_line
from reports.run.report import Picture
from reports.run.sections import notes as listed
from reports.text import links, tables
from reports.text.markdown import code, link, quotation
from reports.text.size_limits import SizeLimits


def describe(
    kept: ExperimentRef,
    repository: Repository,
    came_from: tuple[int, str, str],
    words: str,
    compared: Comparison,
    notes: Sequence[str],
    pictures: Sequence[Picture],
) -> str:
    """Return the description, no longer than the host allows.

    `came_from`: number of the pull request, who asked, and address of the run's report (empty where it was run
    elsewhere). `words`: the message of its commit without the first line.
    """
    number, author, report = came_from
    pull = links.pull(repository, number)
    baseline = links.commit(repository, kept.baseline)
    where = f", where its {link('report', report)} is" if report else ""
    origin = f"Experiment {code(kept.name)} on {baseline}, from {pull}{where}; {code(author)} asked for this branch."

    def parts(limits: SizeLimits) -> list[str]:
        return [
            verdict_line(compared, limits.words),
            gate_line(compared.failing, limits.words),
            origin,
            quotation(words, limits.words),
            tables.metrics(compared, limits),
            tables.params(compared.params, limits),
            listed(notes, limits),
            gallery(pictures, limits),
        ]

    return in_comment(parts, repository.host)
