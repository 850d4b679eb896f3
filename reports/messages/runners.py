"""What the bot says about runners, money and approval."""

from collections.abc import Mapping, Sequence

from experiments.durations import spell
from experiments.experiment import Experiment
from experiments.fleet.choosing import TIMEOUT
from experiments.fleet.ledger import Account
from experiments.fleet.runners import Approval, Fleet, Machines, Runner
from experiments.hosts import Host
from experiments.wording import some
from reports.text.markdown import code, fence, table, text

_NAMED = 8


def listing(
    known: Mapping[str, Runner],
    taken: Mapping[str, int],
    chosen: str,
    fleet: Fleet,
    budgets: Sequence[tuple[str, float, Account]],
    paused: str,
    unattended: Sequence[str] = (),
) -> str:
    """Return the answer to `/runners`: a table, how to choose one, and the budgets where machines are launched."""
    if not known:
        return "The operator of this bot lets no runner train this repository for you."
    default = chosen if chosen in known else next(iter(known))
    rows = [
        (
            code(name) + (" (default)" if name == default else ""),
            *_bounds(each, fleet.currency),
            "**no process listens**" if name in unattended else _running(each, taken[name]),
        )
        for name, each in known.items()
    ]
    header = ("runner", "machines", "bounds", f"{fleet.currency} an hour", "running")
    parts = ["**Runners of this repository**", table(header, rows)]
    parts.append(f"Without `--timeout` a run may train for {spell(TIMEOUT)}, or what its runner allows.")
    if paused:
        parts.append(text(f"Nothing begins now: {paused}."))
    if any(isinstance(each, Machines) for each in known.values()):
        money = [_budget(whose, most, each, fleet.currency) for whose, most, each in budgets]
        parts.append("\n".join(f"- {line}" for line in money))
        if fleet.approval:
            who = text(", ".join(f"@{login}" for login in fleet.approval.by))
            above = f"{fleet.approval.above:.2f} {fleet.currency}"
            parts.append(f"What may cost more than {above} waits for `/approve` of {who}.")
    name, last = list(known.items())[-1]
    example = f"/run --runner {name} --timeout {int(min(60 * last.hours, 60))}m"
    return "\n\n".join([*parts, f"To choose one:\n\n{fence(example)}"])


def _bounds(runner: Runner, currency: str) -> tuple[str, str, str]:
    """Return the cells of a runner's machines, bounds and prices."""
    hours = f"{spell(runner.hours * 3600)} a run"
    if not isinstance(runner, Machines):
        return f"{runner.type}: a machine that is there", hours, "–"
    where = f" in {', '.join(map(code, runner.regions))}" if runner.regions else ""
    which = ", ".join(map(code, runner.machines)) or "one size"
    bounds = [
        hours,
        f"{runner.at_once} at once" if runner.at_once else "",
        f"{runner.gpus} GPU" if runner.gpus else "",
        f"{runner.most_disk} GB" if runner.most_disk else "",
        {"never": "", "allowed": "`--spot`", "always": "spot only"}[runner.spot],
        f"{runner.cost:g} {currency} a run" if runner.cost else "",
    ]
    prices = [f"{code(name)} {price:g}" for name, price in runner.prices.items()]
    return f"{runner.type}: {which}{where}", ", ".join(filter(None, bounds)), ", ".join(prices) or "–"


def _running(runner: Runner, count: int) -> str:
    return f"{count} of {runner.at_once}" if runner.at_once else str(count)


def _budget(whose: str, most: float, known: Account, currency: str) -> str:
    name = text(whose) if whose.startswith("@") else code(whose)
    used = f"{known.spent:.2f} spent and {known.reserved:.2f} reserved this month, {known.hours:.1f} h"
    return f"{name}: {used}; {f'{most:.2f} {currency} may be spent' if most else 'no budget is set'}."


def nobody_listens(runners: Sequence[str]) -> str:
    """Say that no process listens to these runners, so that runs wait for the operator."""
    names = ", ".join(map(code, runners))
    return (
        f"No process listens to {names}: what waits there begins when the bot's operator starts one. `/runners` shows "
        "where else this repository may train, `/cancel` takes back what waits."
    )


def may_not_approve(fleet: Fleet) -> str:
    """Say who may approve, to a person who may not."""
    if fleet.approval is None:
        return "Nothing needs approval here: the operator has set no limit above which it would."
    return f"Only {', '.join(f'@{login}' for login in fleet.approval.by)} may approve what a run may cost."


def nothing_asks(host: Host, name: str) -> str:
    """Say that nothing waits for approval. `name`: of a run; empty for the whole pull request."""
    which = f"{code(name)} does not wait" if name else f"Nothing in this {host.request} waits"
    return f"{which} for approval. `/status` shows all runs."


def unseen(experiments: Sequence[Experiment]) -> str:
    """Say that experiments were asked for so late that the approver may not have read of them."""
    names = _named(experiments)
    are, them = ("was", "it") if len(experiments) == 1 else ("were", "them")
    line = code(f"/approve {experiments[0].sweep.name or experiments[0].name}")
    return f"{names} {are} asked for only just now: {line} approves {them} by name."


def approved(experiments: Sequence[Experiment], money: float, currency: str) -> str:
    """Say that experiments were approved, and will begin."""
    names = _named(experiments)
    are = "is" if len(experiments) == 1 else "are"
    return f"{names} {are} approved, up to {money:.2f} {currency}, and will begin."


def asks(experiments: Sequence[Experiment], approval: Approval, currency: str) -> str:
    """Say that experiments wait for approval. The people who can give it are mentioned, so that they are notified."""
    names = _named(experiments)
    who = ", ".join(f"@{login}" for login in approval.by)
    money, verb = f"{experiments[0].asked.cost:.2f} {currency}", "waits" if len(experiments) == 1 else "wait"
    alone = experiments[0].asked.cost > approval.above
    what = "more than" if alone else "and with what the same person asked for within a day more than"
    return f"{names} may cost {money}, {what} {approval.above:.2f}: {verb} for {code('/approve')} of {who}."


def _named(experiments: Sequence[Experiment]) -> str:
    return some((code(each.name) for each in experiments), _NAMED)
