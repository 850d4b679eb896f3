"""The best experiment of the newest sweep."""

from bot.commands import Word
from bot.context import Context
from bot.errors import UserError
from experiments.sweep import sweeps
from handlers import choice
from handlers.sweeping import report_of
from handlers.whereabouts import followed
from reports import replies_queue


def best(context: Context, word: Word) -> tuple[Word, str]:
    """Its name, and how sure it is to be the best (Markdown). UserError where no sweep is over, or none is best."""
    found = sweeps(choice.runs(context))
    if not found:
        raise UserError(replies_queue.no_sweep())
    report = report_of(context.ports, followed(found[-1], context.pull))
    leading = report.ranking.best
    if not found[-1].over:
        raise UserError(replies_queue.best_so_far(report))
    if leading is None:
        raise UserError(replies_queue.none_best(report))
    if not any(run.commit for run in found[-1].runs if run.experiment.name == leading.name):
        raise UserError(replies_queue.best_is_head(report, leading.name))
    return Word.at(leading.name, word.start, word.end), replies_queue.chosen(report)
