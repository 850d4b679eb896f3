"""Delete the experiments of a pull request that is over, where the repository's configuration asks for that."""

from collections.abc import Sequence
from dataclasses import replace

from bot.errors import Forbidden, Rejected
from bot.ports import Ports
from bot.ports.git_host import PullRequest
from experiments.refs import PATTERN
from experiments.run import Run
from experiments.settings.repo_config import RepoConfig
from handlers.jobs.cancel_on_close import GRACE
from handlers.jobs.checkpoints import forget


def clear(ports: Ports, pull: PullRequest, runs: Sequence[Run], config: RepoConfig, now: float) -> str:
    """Delete the refs of experiments that ran here, none that people pushed. Return why the host refused; else empty.

    Doing it again changes nothing. A run that still trains causes a refresh when it ends, and is deleted then.
    """
    if config.closed != "remove" or pull.state == "open" or now - pull.closed < GRACE:
        return ""
    for run in runs:
        if run.state.ended:
            forget(ports, run)
    ended = [run for run in runs if run.result.commit and run.state.ended and not run.result.removed]
    if not ended:
        return ""
    there = ports.git.remote_refs(pull.repository, PATTERN)
    made = {run.experiment.ref: run.result.commit for run in ended}
    gone = {ref: commit for ref, commit in made.items() if there.get(ref) == commit}
    try:
        if gone:
            ports.git.remove(pull.repository, gone)
    except Forbidden:
        return "the App has no permission `contents: write` here"
    except Rejected as refused:
        return str(refused)
    for run in ended:
        if run.experiment.ref in gone or run.experiment.ref not in there:
            ports.store.update(run.id, lambda seen: replace(seen, result=replace(seen.result, removed=True)))
    return ""
