"""Why a result was not taken or did not land: plain sentences, code in backquotes, which the report escapes."""

from collections.abc import Sequence

from experiments.durations import spell
from experiments.hosts import Host
from experiments.params.yaml_literal import flow
from experiments.parts.change import Input, Override
from experiments.run_state import BEFORE, RunState
from experiments.snapshot import Value
from experiments.wording import quoted

_NAMED = 10


def refused_paths(paths: Sequence[str]) -> str:
    """Say which paths training changed that no training may change, so that nothing was taken."""
    return f"It changed what no training may change, so nothing of it was taken: {', '.join(map(quoted, paths))}."


def not_as_asked(different: Sequence[tuple[str, Value, Value]]) -> str:
    """Say which parameters were not trained as they were asked for. `different`: name, value asked for, value trained
    with."""
    both = "; ".join(
        f"{quoted(name)} was asked as {quoted(flow(asked))} and trained as {quoted(flow(trained))}"
        for name, asked, trained in different[:_NAMED]
    )
    more = f"; and {len(different) - _NAMED} more" if len(different) > _NAMED else ""
    return f"It trained with other parameters than were asked for, so nothing of it was taken: {both}{more}."


def unread(problems: Sequence[str]) -> str:
    """Say that the result has too much in it to be read, or can't be read. `problems`: sentences."""
    return f"It trained, and what it made could not be looked into, so nothing of it was taken. {' '.join(problems)}"


def edited_otherwise(path: str) -> str:
    """Say that training changed more of a parameter file than was asked for."""
    return (
        f"Training changed more in {quoted(path)} than was asked for, so nothing of it was taken. Something in the "
        "project rewrites the file."
    )


def stale(paths: Sequence[str], everywhere: bool) -> str:
    """Say that the commit is stale, so that its numbers belong to other files. `everywhere`: DVC has to look at every
    dvc.yaml."""
    shown, them = ", ".join(map(quoted, paths[:10])), "it" if len(paths) == 1 else "them"
    return (
        f"Its commit is stale: {shown} changed, and not all stages that read {them} were trained again, so it stayed "
        f"an experiment. {_whole(everywhere)} trains all that changed."
    )


def _whole(everywhere: bool) -> str:
    """Return the command that trains all stages, in backquotes."""
    return "`/run -P`, which looks at every `dvc.yaml`," if everywhere else "`/run` without names of stages"


def nothing_ran(asked: Sequence[Override], unheard: Sequence[Override]) -> str:
    """Say why DVC skipped every stage though parameters were set. Empty where none was set.

    `unheard`: those parameters that no stage reads at which DVC looked.
    """
    if not asked:
        return ""
    names = ", ".join(quoted(each.key) for each in (unheard or asked)[:_NAMED])
    if not unheard:
        return f"Every stage that reads {names} has the results of this value in `dvc.lock` already."
    return (
        f"No stage that DVC looked at lists {names}. Where another one does, name it, or add `-P`; else list it in "
        "dvc.yaml, under `params:` of the stage that reads it, or train anyway with `-f`."
    )


def unmade(paths: Sequence[str]) -> str:
    """Say which declared files the run did not make though it restored a stage, so that their numbers may belong to
    other parameters."""
    return (
        f"Nothing of this run made {', '.join(map(quoted, paths[:_NAMED]))}, and a restored stage may have written it "
        "in an earlier run: on the branch another run's numbers would stand beside these parameters. List it in "
        "dvc.yaml, under `metrics:` or `plots:` of the stage that writes it."
    )


def never_run(stages: Sequence[str], everywhere: bool) -> str:
    """Say which stages its numbers come from and never ran. `everywhere`: DVC has to look at every dvc.yaml."""
    shown = ", ".join(map(quoted, stages[:10]))
    return (
        f"`dvc.lock` records no run of {shown}, which its numbers come from, so it stayed an experiment. "
        f"{_whole(everywhere)} trains all of them."
    )


def other_data(asked: Input) -> str:
    """Say that another version of data was trained with than was asked for."""
    return (
        f"It was not trained with {quoted(asked.text)}: the result's {quoted(asked.source)} names another version. "
        "Nothing was kept."
    )


def ref_rejected(host: Host, ref: str, reason: str) -> str:
    """Say that the host refused the experiment's ref."""
    return f"{host.title} would not take {quoted(ref)}: {reason}"


def head_moved(branch: str, tip: str, left: bool) -> str:
    """Say that the branch moved or was deleted while it trained. `left`: it no longer holds the baseline."""
    if not tip:
        return f"The branch {quoted(branch)} was deleted while it trained."
    moved = f"The branch {quoted(branch)} moved to {quoted(tip[:7])} while it trained"
    return f"{moved}, by a forced push that left out the commit it was trained on." if left else f"{moved}."


def closed_meanwhile(host: Host, state: str, branch: str, gone: bool) -> str:
    """Say that the pull request was closed or merged while it trained. `gone`: whether its branch was deleted."""
    if gone and state == "closed":
        return f"The branch {quoted(branch)} was deleted while it trained, which closed the {host.request}."
    return f"The {host.request} was {state} while it trained, so {quoted(branch)} was left alone."


def pull_over(host: Host, pull: str, state: RunState, branch: str, gone: bool) -> str:
    """Say why a run was cancelled that nobody cancelled: its pull request is over. `gone`: whether its branch was
    deleted."""
    began = "before it began" if state in BEFORE else f"while it was {state}"
    if gone and pull == "closed":
        return f"The branch {quoted(branch)} was deleted {began}, which closed the {host.request}."
    return f"The {host.request} was {pull} {began}."


def branch_rejected(host: Host, branch: str, reason: str) -> str:
    """Say that the host refused the commit on the branch, most often because the branch is protected."""
    return f"{host.title} would not take the commit on {quoted(branch)}: {reason}"


def no_access(what: str, state: RunState) -> str:
    """Say that the App lost its access. `what`: suspend, deleted or removed, as the host calls it."""
    words = {"suspend": "was suspended", "deleted": "was removed", "removed": "lost this repository"}
    began = "before it began" if state in BEFORE else f"while it was {state}"
    return f"The App {words[what]} {began}."


def may_not_write(host: Host, name: str) -> str:
    """Say that the App may not write to the repository, so that the result can't be kept."""
    return (
        f"{host.title} does not let this bot write to the repository: the permission `contents: write` was taken from "
        f"it, or the repository was archived. When an administrator has given it back, `/retry {name}` trains it again."
    )


def may_not_land(host: Host, name: str) -> str:
    """Say that the App may not write to the branch, so that the experiment was kept but did not land."""
    return (
        f"{host.title} does not let this bot write to the branch: the permission `contents: write` was taken from it. "
        f"When an administrator has given it back, `/apply {name}` puts it there."
    )


def not_let_in(host: Host) -> str:
    """Say that the host did not let the bot in when the run ended."""
    return f"{host.title} did not let this bot in when it had ended, so its result was not taken."


def trouble(reference: str) -> str:
    """Say that the result was not taken because of a fault of the bot, with a reference for its operator."""
    return (
        "Its result was not taken in, which is this bot's fault; the reference for its operator is "
        f"{quoted(reference)}."
    )


def kept(run_id: str, attempt: int) -> str:
    """Say for the operator where a result that was not taken is kept."""
    return f"What training returned is kept for a week: `runs/{run_id}/{attempt}/bundle` below the bot's `DATA_DIR`."


def not_read_yet() -> str:
    """Say that a result could not be read yet, for want of disk space. It is safe, and reading is tried again."""
    return "What it returned could not be read yet, for lack of room on the bot's machine; that is tried again."


def cancelled(author: str, state: RunState) -> str:
    """Say who cancelled the run, and how far it was."""
    began = "before it began" if state in BEFORE else f"while it was {state}"
    return f"{quoted(author)} cancelled it {began}."


def runner_gone(runner: str) -> str:
    """Say that the operator removed the runner."""
    return f"The operator of this bot no longer has a runner {quoted(runner)}. `/runners` shows what there is."


def no_machine(runner: str, why: str) -> str:
    """Say that the engine refused to launch a machine, and that waiting does not help."""
    return f"{quoted(runner)} would not launch a machine: {why}"


def paused(why: str) -> str:
    """Say that the operator paused the bot."""
    return f"The operator lets no run begin now ({why}); this one goes on by itself."


def all_taken(runner: str, most: int) -> str:
    """Return the beginning of a sentence: all machines of the runner are taken."""
    return f"Waiting for {f'one of the {most} machines of ' if most > 1 else ''}{quoted(runner)}"


def machine_gone(runner: str, reason: str) -> str:
    """Say that the machine was taken away, or ended without notice."""
    return f"Its machine on {quoted(runner)} is gone{f': {reason}' if reason else ''}."


def no_word(runner: str, reason: str) -> str:
    """Say that the machine ended before its agent asked for the run."""
    more = f": {reason}" if reason else ""
    return f"Its machine on {quoted(runner)} ended before the agent on it asked for the run{more}."


def past_limit(runner: str) -> str:
    """Say that the machine was ended, since its agent was not through long after the time limit."""
    return f"An hour after its time limit it had not ended, so its machine on {quoted(runner)} was ended."


def time_used(limit: int, attempts: int) -> str:
    """Say that machines that were taken away used up the time limit."""
    machines = "one machine" if attempts == 1 else f"{attempts} machines"
    return f"Its limit of {spell(limit)} is used up by {machines} that went away: a longer `--timeout` allows more."


def lands_when_asked(name: str) -> str:
    """Say that results land only when asked for, by the repository's settings."""
    return f"`land: ask` leaves every result as an experiment: {quoted(f'/apply {name}')} puts this one there."


def lands_when_better(name: str, verdict: str) -> str:
    """Say that only better results land by themselves, by the repository's settings, and how this one does."""
    return (
        f"`land: better` puts there what is better than its baseline, and this is {verdict}: it stays an experiment. "
        f"{quoted(f'/apply {name}')} puts it there anyway."
    )


def undone(author: str, sha: str) -> str:
    """Say who took the result off the branch again, and in which commit."""
    return f"{quoted(author)} took it off the branch again, in {quoted(sha[:7])}."


def push_not_begun(reason: str, state: RunState) -> str:
    """Say that the data was not pushed, since the runner did not get to it."""
    return f"Its runner did not get as far as pushing it ({state}). {reason}".strip()
