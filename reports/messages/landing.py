"""What the bot says about bringing experiments onto branches: apply, `--from` and `--commit first`."""

from collections.abc import Sequence

from bot.ports.git import UNDECLARED
from experiments.experiment import Experiment, Repository
from experiments.hosts import Host
from experiments.judging.standing import Standing
from experiments.params.merging import ParamConflict, ParamEdit
from experiments.refs import ExperimentRef
from experiments.run import Run
from experiments.snapshot import Snapshot
from experiments.wording import some, typed
from reports.run import unfit
from reports.text import links, values
from reports.text.markdown import code, fence, sentence, table, text
from reports.text.titles import dvc

_NAMED = 20  # items of a list
_ROWS = 40  # rows of a table
_HELP = 2000  # characters of the sentences that tell what helps


def ambiguous(line: str, name: str, meant: Sequence[ExperimentRef]) -> str:
    """Return the experiments of one name on several baselines, each as it is typed."""
    choices = fence("\n".join(line.replace(name, each.exact, 1) for each in meant[:_NAMED]))
    return (
        f"{len(meant)} experiments are called {code(name)}, on different baselines. Put the baseline before the name "
        f"to say which one:\n\n{choices}"
    )


def gone(kept: ExperimentRef) -> str:
    """Say that an experiment was removed a moment ago."""
    return f"The experiment {code(kept.name)} was removed from this repository a moment ago."


def undeclared(kept: ExperimentRef, project: str, barred: unfit.Barred) -> str:
    """Say which changes of an experiment no branch may get, and what helps."""
    bring = (
        f"{dvc(project)} exp pull origin {typed(kept.name)}" if kept.has_dvc else f"git fetch origin {typed(kept.ref)}"
    )
    named = unfit.each(barred)
    more = [f"- … {len(named) - _NAMED} more"] if len(named) > _NAMED else []
    items = "\n".join([*(f"- {sentence(item)}" for item in named[:_NAMED]), *more])
    what = "files that no branch may get from it"
    if all(entry.endswith(UNDECLARED) for entry in barred.refused):
        what = "what is not declared as an output or parameter file"
    return (
        f"{code(kept.name)} changes {what}, so it does not go onto a branch:\n\n{items}\n\n"
        f"{sentence(unfit.helps(barred, kept.has_dvc), _HELP)} Then train again, or look at it "
        f"in your clone and commit what you want of it:\n\n{fence(bring, 'sh')}"
    )


def unreadable(kept: ExperimentRef, problem: str) -> str:
    """Say that a parameter file can't be compared or edited."""
    return f"The parameters of {code(kept.name)} can't be brought here. {text(problem)}"


def conflicts(kept: ExperimentRef, head: str, found: Sequence[ParamConflict], again: str) -> str:
    """Return the parameters that both sides changed, with all three values. `again`: the command that trains the
    experiment's values with today's code."""
    return (
        f"{code(kept.name)} and this branch set the same parameters to different values, so nothing was applied:\n\n"
        f"{_three_values(kept, head, found, again)}"
    )


def replaced(kept: ExperimentRef, branch: str, head: str, found: Sequence[ParamConflict], again: str) -> str:
    """Say that the experiment is on the branch, but later commits set its parameters to other values."""
    return (
        f"{code(kept.name)} is in the history of {code(branch)}, and its parameters were set to other values after it:"
        f"\n\n{_three_values(kept, head, found, again)}"
    )


def _three_values(kept: ExperimentRef, head: str, found: Sequence[ParamConflict], again: str) -> str:
    rows = [
        (
            code(each.change.key),
            code(each.change.file),
            values.or_absent(each.change.before),
            values.or_absent(each.now),
            values.or_absent(each.change.after),
        )
        for each in found[:_ROWS]
    ]
    header = ("parameter", "file", f"baseline {code(kept.baseline[:7])}", f"head {code(head[:7])}", code(kept.name))
    more = f"\n\n… {len(found) - _ROWS} more." if len(found) > _ROWS else ""
    return (
        f"{table(header, rows, 'llrrr')}{more}\n\nTo take the experiment's values and train today's code with them:\n\n"
        f"{fence(again)}"
    )


def stale(name: str, head: str, there: Snapshot, alone: bool, again: str) -> str:
    """Say that results were made with something else than the head has, or may have been.

    `alone`: whether the parameters can come without the results. `again`: the command that trains with today's code.
    """
    only = f"Its parameters alone:\n\n{fence(f'/apply {name} --params-only')}\n\n" if alone else ""
    what = "Its parameters trained" if "--from" in again else "To train what changed"
    standing = Standing(there)
    entries = standing.stale
    why = f"do not hold on {code(head[:7])}: `dvc.lock` was made with other versions of\n\n{_listed(entries)}"
    if not entries:
        why = f"may not hold on {code(head[:7])}: {sentence(standing.bars)}."
    return f"The results of {code(name)} {why}\n\n{only}{what} with today's code:\n\n{fence(again)}"


def no_hashes(name: str, head: str, paths: Sequence[str], again: str) -> str:
    """Say that without DVC nobody knows whether results hold. `again`: the command that trains with today's code."""
    trained = f"To train today's code:\n\n{fence(again)}"
    if "--from" in again:
        trained = "Its parameters alone, or its parameters trained with today's code:\n\n"
        trained += f"{fence(f'/apply {name} --params-only')}\n\n{fence(again)}"
    return (
        f"The results of {code(name)} may not hold on {code(head[:7])}. Without a `dvc.lock` nothing shows whether "
        f"these files, which differ there, matter:\n\n{_listed(paths)}\n\n{trained}"
    )


def there_already(name: str, branch: str, head: str) -> str:
    """Say that all of an experiment is on the branch already."""
    return f"All of {code(name)} is on {code(branch)} already, at {code(head[:7])}."


def parameters_there(name: str, branch: str, head: str, sets: bool) -> str:
    """Say that the parameters of an experiment are on the branch already. `sets`: whether it set any."""
    if not sets:
        return f"{code(name)} sets no parameter."
    return f"The parameters of {code(name)} are on {code(branch)} already, at {code(head[:7])}."


def whole(changes: Sequence[ParamEdit]) -> str:
    """Say that the branch was fast-forwarded to the experiment's own commit."""
    return f"The head was its baseline, so this is the experiment's own commit{_set(changes)}."


def brought(changes: Sequence[ParamEdit], results: bool, params_only: bool, everywhere: bool) -> str:
    """Say what a new commit on a head that moved holds. `everywhere`: `/run` needs `-P` to train what changed."""
    if params_only:
        sentence = f"Only its parameters were taken{_set(changes)}"
        run = "/run -P" if everywhere else "/run"
        return f"{sentence}; the results on the branch belong to others now. {code(run)} trains them."
    if results:
        return f"The head had moved on; what its results were made with is unchanged, so they hold{_set(changes)}."
    return f"The head had moved on{_set(changes)}."


def consequences(host: Host, base: str, waiting: Sequence[Run]) -> str:
    """Say what else the push causes: dismissed approvals, and runs that lose their head."""
    sentences = []
    if base:
        sentences.append(
            f"{code(base)} dismisses approvals after a push: those of this {host.request} no longer count."
        )
    if waiting:
        names = ", ".join(code(run.experiment.name) for run in waiting[:_NAMED])
        sentences.append(
            f"The head is no longer the baseline of {names}: once trained, {code('/apply')} brings it here, too."
        )
    return " ".join(sentences)


def applied(name: str, repository: Repository, branch: str, sha: str, signed: bool, consequences: str) -> str:
    """Say that an experiment is on the branch, with its commit."""
    commit = links.commit(repository, sha)
    again = (
        f" The branch takes signed commits only, so {repository.host.title} made the commit again and signed it."
        if signed
        else ""
    )
    return f"{code(name)} is on {code(branch)}: {commit}. {consequences}{again}"


def moved_meanwhile(name: str, branch: str, tip: str) -> str:
    """Say that the branch moved or was deleted in this moment."""
    where = f"moved to {code(tip[:7])}" if tip else "was deleted"
    return f"{code(branch)} {where} just now, so nothing was pushed. Type {code(f'/apply {name}')} again."


def refused(host: Host, name: str, branch: str, reason: str) -> str:
    """Say that the host refused the push, most often because the branch is protected."""
    return (
        f"{host.title} would not take {code(name)} on {code(branch)}: {text(reason)}. On a branch of its own, with a "
        f"{host.request}:\n\n{fence(f'/branch {name}')}"
    )


def sets_nothing(name: str, script: str) -> str:
    """Say that the experiment after `--from` sets no parameter. `script`: what trains where DVC does not."""
    return f"{code(name)} sets no parameter: {code('/run' if script else '/run -f')} trains this head as it is."


def no_such_params(name: str, head: str, missing: Sequence[str]) -> str:
    """Say that an experiment sets parameters which the head's files do not have."""
    return (
        f"{code(name)} sets what is not in the parameter files of {code(head[:7])}:\n\n{_listed(missing)}\n\n"
        "`/params` lists what is; set it with `-S`."
    )


def takes_away(name: str, keys: Sequence[str]) -> str:
    """Say that an experiment removes parameters, which has to be done in the files."""
    return f"{code(name)} removes parameters, which has to be done in the files themselves:\n\n{_listed(keys)}"


def cannot_set(name: str, problem: str) -> str:
    """Say that a parameter file does not allow these values."""
    return f"The parameters of {code(name)} can't be set here. {sentence(problem)}"


def first_and_temp() -> str:
    """Say that `--commit first` and options that leave the branch alone exclude each other."""
    return (
        "`--commit first` puts the parameters onto the branch; `--temp`, `--queue`, `--rev`, `--branch` and sweeps "
        "leave it alone. Leave one of them out."
    )


def one_branch(host: Host, sweep: bool) -> str:
    """Return the refusal of `--branch` with a sweep, or of `--base` without `--branch`."""
    if sweep:
        return (
            "`--branch` is for one experiment, and this is a sweep. Leave it out: `/branch NAME` gives the best one a "
            "branch when all have ended."
        )
    return f"`--base` says where the {host.request} of `--branch BRANCH` goes. Add that, or leave `--base` out."


def commit_rejected(experiment: Experiment, reason: str) -> str:
    """Say that the parameter commit of `--commit first` did not get onto the branch."""
    return (
        f"{code(experiment.name)} was not started: its parameter commit did not get onto "
        f"{code(experiment.landing.branch)}, because {text(reason)}. Type the command again if somebody pushed just "
        "then; `--temp` instead of `--commit first` leaves the branch alone."
    )


def _set(changes: Sequence[ParamEdit]) -> str:
    named = some((f"{code(each.key)} = {values.or_absent(each.after)}" for each in changes), _NAMED)
    return f" ({named})" if named else ""


def _listed(items: Sequence[str]) -> str:
    more = [f"- … {len(items) - _NAMED} more"] if len(items) > _NAMED else []
    return "\n".join([*(f"- {code(item)}" for item in items[:_NAMED]), *more])


def no_experiment(word: str) -> str:
    """Say that a commit was named where an experiment is needed."""
    return (
        f"{code(word)} is a commit, and an experiment is named here: `/show` lists them. "
        f"{code(f'/run --rev {word} …')} trains on that commit, {code(f'/diff {word} NAME')} compares with it"
    )
