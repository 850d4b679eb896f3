"""Whether what is asked for may be trained where it is to be, for so much money, and who has to be asked."""

from collections.abc import Sequence
from dataclasses import replace

from bot.context import Context
from bot.errors import UserError
from experiments.experiment import Experiment
from experiments.fleet.choosing import OutOfBounds, usable
from experiments.fleet.ledger import Account, account, beyond
from experiments.place import worst_cost
from experiments.sentences import did_you_mean, quoted


def accounted(context: Context, experiments: Sequence[Experiment]) -> tuple[Experiment, ...]:
    """The experiments of one command, with what has to be approved of. UserError where a bound is in the way.

    Here, where everything passes that starts something: what was allowed to somebody once is not to others later."""
    runners = context.ports.runners
    repository, author = context.repository.full_name, context.author
    theirs = usable(runners.fleet, repository, author)
    for place in dict.fromkeys(each.place for each in experiments):
        known = theirs.get(place.runner)
        if known is None or known.type is not place.kind:
            others = did_you_mean(place.runner, theirs)[0]
            raise UserError(f"There is no runner {quoted(place.runner)} for you: {others}")
    money = sum(worst_cost(each.place, each.timeout) for each in experiments)
    if why := beyond(runners.fleet, runners.audit.month(context.now), repository, author, money):
        raise UserError(why)
    approval = runners.fleet.approval
    free = approval is None or money <= approval.above or approves(context)
    return tuple(replace(each, asks=0.0 if free else money) for each in experiments)


def approves(context: Context) -> bool:
    """Whether the operator named who asks among those that may approve."""
    approval = context.ports.runners.fleet.approval
    return approval is not None and context.author.lower() in {each.lower() for each in approval.by}


def bounded(error: OutOfBounds) -> UserError:
    """In the pull request."""
    more = "`/runners` shows what this repository may use, and its bounds."
    return UserError("\n\n".join([*error.sentences, more]))


def budgets(context: Context) -> tuple[tuple[str, float, Account], ...]:
    """Of the repository and of who asks: whose, how much a month (0: no bound), and what is known of this one."""
    fleet, author = context.ports.runners.fleet, context.author
    name, known = context.repository.full_name, context.ports.runners.audit.month(context.now)
    return (
        (name, fleet.repositories.of(name), account(known, repository=name)),
        (f"@{author}", fleet.people.of(author), account(known, person=author)),
    )
