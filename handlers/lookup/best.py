"""The experiment that stands for a sweep: the best one; of repeats, the one with the configured seed."""

from bot.commands import Word
from bot.effects.renames import followed
from bot.errors import UserError
from bot.workspace import Workspace
from experiments.names import BEST
from experiments.sweep import Sweep, configured, sweeps
from handlers.lookup import by_name
from handlers.lookup.sweep_results import report_of
from reports.messages import queue
from reports.messages import repeats as repeats_messages


def standing_for(workspace: Workspace, word: Word) -> tuple[Word, str]:
    """Return the experiment that a word means, and how sure that is (Markdown).

    `best` means the best of the newest sweep, and the name of repeats the one with the configured seed. Return any
    other name as it is. Raise UserError where the sweep is not over, or where no experiment stands for it.
    """
    found = sweeps(by_name.runs(workspace))
    if word == BEST:
        if not found:
            raise UserError(queue.no_sweep(workspace.repository.host))
        return _best(workspace, found[-1], word)
    repeats = [sweep for sweep in found if configured(sweep)]
    for sweep in repeats:
        other = next((run.experiment for run in sweep.runs if run.experiment.name == word), None)
        if sweep.name == word:
            return _best(workspace, sweep, word)
        if other and word != configured(sweep):
            raise UserError(repeats_messages.other_seed(word, other.sweep.seed, sweep.name, configured(sweep)))
    return word, ""


def _best(workspace: Workspace, sweep: Sweep, word: Word) -> tuple[Word, str]:
    report = report_of(workspace.ports, followed(sweep, workspace.pull))
    if not sweep.over:
        raise UserError(queue.best_so_far(report))
    if not report.best:
        raise UserError(queue.none_best(report))
    if not any(run.result.commit for run in sweep.runs if run.experiment.name == report.best):
        raise UserError(queue.best_is_head(report, report.best))
    return Word.at(report.best, word.start, word.end), queue.chosen(report)
