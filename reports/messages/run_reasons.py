"""Why a result was not taken or did not land: plain sentences, code in backquotes, which the report escapes."""

from collections.abc import Sequence

from experiments.durations import spell
from experiments.experiment import Input, Override
from experiments.hosts import Host
from experiments.params.yaml_literal import flow
from experiments.run import BEFORE, State
from experiments.snapshot import Value
from experiments.wording import quoted

_NAMED = 10


def refused_paths(paths: Sequence[str]) -> str:
    """Dangerous changes."""
    return f"It changed what no training may change, so nothing of it was taken: {', '.join(map(quoted, paths))}."


def not_as_asked(different: Sequence[tuple[str, Value, Value]]) -> str:
    """What was asked is what must have been trained."""
    both = "; ".join(
        f"{quoted(name)} was asked as {quoted(flow(asked))} and trained as {quoted(flow(trained))}"
        for name, asked, trained in different[:_NAMED]
    )
    more = f"; and {len(different) - _NAMED} more" if len(different) > _NAMED else ""
    return f"It trained with other parameters than were asked for, so nothing of it was taken: {both}{more}."


def unread(problems: Sequence[str]) -> str:
    """The result is too much to look into."""
    return f"It trained, and what it made could not be looked into, so nothing of it was taken. {' '.join(problems)}"


def edited_otherwise(path: str) -> str:
    """More than the asked parameters changed in a parameter file."""
    return (
        f"Training changed more in {quoted(path)} than was asked for, so nothing of it was taken. Something in the "
        "project writes the file anew."
    )


def stale(paths: Sequence[str], everywhere: bool) -> str:
    """Its numbers belong to other parameters or code than its files. `everywhere`: DVC has to be asked for every
    dvc.yaml."""
    shown, them = ", ".join(map(quoted, paths[:10])), "it" if len(paths) == 1 else "them"
    return (
        f"Its commit is stale: {shown} changed, and not all stages that read {them} were trained again, so it stayed "
        f"an experiment. {_whole(everywhere)} trains all that changed."
    )


def _whole(everywhere: bool) -> str:
    """The command that leaves no stage out."""
    return "`/run -P`, which looks at every `dvc.yaml`," if everywhere else "`/run` without names of stages"


def nothing_ran(asked: Sequence[Override], unheard: Sequence[Override]) -> str:
    """DVC skipped every stage, though parameters were set; empty where none was. `unheard`: those that none of the
    stages reads at which it looked."""
    if not asked:
        return ""
    names = ", ".join(quoted(each.key) for each in (unheard or asked)[:_NAMED])
    if not unheard:
        return f"Every stage that reads {names} has the results of this value in `dvc.lock` already."
    return (
        f"No stage that DVC looked at lists {names}. Where another one does, name it, or add `-P`; else list it in "
        "dvc.yaml, under `params:` of the stage that reads it, or train all the same with `-f`."
    )


def unmade(paths: Sequence[str]) -> str:
    """Say which declared files the run left as they were though it restored a stage, so that their numbers may be those
    of other parameters."""
    return (
        f"Nothing of this run made {', '.join(map(quoted, paths[:_NAMED]))}, and a restored stage may have written it "
        "in an earlier run: on the branch another run's numbers would stand beside these parameters. List it in "
        "dvc.yaml, under `metrics:` or `plots:` of the stage that writes it."
    )


def never_run(stages: Sequence[str], everywhere: bool) -> str:
    """Say which stages its numbers come from and never ran, in this run or before. `everywhere`: as above."""
    shown = ", ".join(map(quoted, stages[:10]))
    return (
        f"`dvc.lock` records no run of {shown}, which its numbers come from, so it stayed an experiment. "
        f"{_whole(everywhere)} trains all of them."
    )


def other_data(asked: Input) -> str:
    """What it was trained with is not what was asked for."""
    return (
        f"It was not trained with {quoted(asked.text)}: the result's {quoted(asked.source)} tells of another version. "
        "Nothing was kept."
    )


def ref_rejected(host: Host, ref: str, reason: str) -> str:
    """The host would not have the experiment."""
    return f"{host.title} would not take {quoted(ref)}: {reason}"


def head_moved(branch: str, tip: str, left: bool) -> str:
    """The branch went on meanwhile. `left`: it does not hold the baseline any more."""
    if not tip:
        return f"The branch {quoted(branch)} was deleted while it trained."
    moved = f"The branch {quoted(branch)} moved to {quoted(tip[:7])} while it trained"
    return f"{moved}, by a forced push that left out the commit it was trained on." if left else f"{moved}."


def closed_meanwhile(host: Host, state: str, branch: str, gone: bool) -> str:
    """What was trained for a pull request that is over stays an experiment. `gone`: its branch."""
    if gone and state == "closed":
        return f"The branch {quoted(branch)} was deleted while it trained, which closed the {host.request}."
    return f"The {host.request} was {state} while it trained, so {quoted(branch)} was left alone."


def pull_over(host: Host, pull: str, state: State, branch: str, gone: bool) -> str:
    """Why a run was cancelled by nobody's comment. `gone`: the branch."""
    began = "before it began" if state in BEFORE else f"while it was {state}"
    if gone and pull == "closed":
        return f"The branch {quoted(branch)} was deleted {began}, which closed the {host.request}."
    return f"The {host.request} was {pull} {began}."


def branch_rejected(host: Host, branch: str, reason: str) -> str:
    """Protected, most often."""
    return f"{host.title} would not take the commit on {quoted(branch)}: {reason}"


def shut_out(what: str, state: State) -> str:
    """The App's installation changed. `what`: suspend, deleted or removed, as the host calls it."""
    words = {"suspend": "was suspended", "deleted": "was removed", "removed": "lost this repository"}
    began = "before it began" if state in BEFORE else f"while it was {state}"
    return f"The App {words[what]} {began}."


def may_not_write(host: Host, name: str) -> str:
    """`contents: write` was taken from the App: the result cannot be kept."""
    return (
        f"{host.title} does not let this bot write to the repository: the permission `contents: write` was taken from "
        f"it, or the repository was archived. When an administrator has given it back, `/retry {name}` trains it again."
    )


def may_not_land(host: Host, name: str) -> str:
    """The same, after the experiment was kept."""
    return (
        f"{host.title} does not let this bot write to the branch: the permission `contents: write` was taken from it. "
        f"When an administrator has given it back, `/apply {name}` puts it there."
    )


def not_let_in(host: Host) -> str:
    """Nothing of a run could be read or written when it ended."""
    return f"{host.title} did not let this bot in when it was through, so its result was not taken."


def trouble(reference: str) -> str:
    """Ours, not theirs."""
    return f"Its result was not taken in, which is this bot's fault; its operator knows it as {quoted(reference)}."


def kept(run_id: str, attempt: int) -> str:
    """Where its operator finds what was not taken in."""
    return f"What training returned is kept for a week: `runs/{run_id}/{attempt}/bundle` below the bot's `DATA_DIR`."


def not_read_yet() -> str:
    """It is there, and safe."""
    return "What it returned could not be read yet, for want of room on the bot's machine; that is tried again."


def cancelled(author: str, state: State) -> str:
    """Who did it, and what had come of it."""
    began = "before it began" if state in BEFORE else f"while it was {state}"
    return f"{quoted(author)} cancelled it {began}."


def runner_gone(runner: str) -> str:
    """The operator changed the file meanwhile."""
    return f"The operator of this bot has no runner {quoted(runner)} any more. `/runners` shows what there is."


def no_machine(runner: str, why: str) -> str:
    """The engine refuses, and waiting changes nothing."""
    return f"{quoted(runner)} would not launch a machine: {why}"


def paused(why: str) -> str:
    """By the operator."""
    return f"The operator lets nothing begin now ({why}); it goes on by itself."


def all_taken(runner: str, most: int) -> str:
    """Its turn comes."""
    return f"Waiting for {f'one of the {most} machines of ' if most > 1 else ''}{quoted(runner)}"


def machine_gone(runner: str, said: str) -> str:
    """Taken away, or it ended without a word."""
    return f"Its machine on {quoted(runner)} is gone{f': {said}' if said else ''}."


def no_word(runner: str, said: str) -> str:
    """It began, and its agent never asked for the run."""
    more = f": {said}" if said else ""
    return f"Its machine on {quoted(runner)} ended before the agent on it asked for the run{more}."


def past_limit(runner: str) -> str:
    """Its agent was there, long after its training should have ended."""
    return f"An hour after its time limit it was not through, so its machine on {quoted(runner)} was ended."


def time_used(limit: int, attempts: int) -> str:
    """Machines that were taken away have had all the time that was asked for."""
    machines = "one machine" if attempts == 1 else f"{attempts} machines"
    return f"Its limit of {spell(limit)} is used up by {machines} that went away: a longer `--timeout` allows more."


def lands_when_asked(name: str) -> str:
    """Say that the repository wants every result asked for."""
    return f"`land: ask` leaves every result an experiment: {quoted(f'/apply {name}')} puts this one there."


def lands_when_better(name: str, verdict: str) -> str:
    """Say that the repository takes by itself what is better, and how it takes the rest."""
    return (
        f"`land: better` puts there what is better than its baseline, and this is {verdict}: it stays an experiment. "
        f"{quoted(f'/apply {name}')} puts it there all the same."
    )


def undone(author: str, sha: str) -> str:
    """Say who took a result off the branch again, and in which commit."""
    return f"{quoted(author)} took it off the branch again, in {quoted(sha[:7])}."


def push_not_begun(reason: str, state: State) -> str:
    """Data was not pushed, since its runner did not come so far."""
    return f"Its runner did not come to pushing it ({state}). {reason}".strip()
