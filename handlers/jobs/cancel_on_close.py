"""Cancel runs of a closed pull request, and runs of a merged one that have not started."""

from collections.abc import Sequence

from bot.ports import Ports
from bot.ports.git_host import PullRequest
from experiments.run import Ended, Run, observe
from experiments.run_state import BEFORE, RunState
from reports.messages import run_reasons

GRACE = 60  # seconds; people close and reopen pull requests to trigger CI, or by mistake
LOOK = GRACE + 15  # seconds after the event until the check: the host's clock may be ahead of ours


def stop(ports: Ports, pull: PullRequest, runs: Sequence[Run], now: float) -> None:
    """Cancel the runs that have no use any more. After a merge, runs that already train may finish as experiments."""
    if pull.state == "open" or (pull.state == "closed" and now - pull.closed < GRACE):
        return
    useless = [run for run in runs if _useless(run, pull)]
    ref = f"refs/heads/{pull.branch}"
    gone = bool(useless) and ref not in ports.git.remote_refs(pull.repository, ref)
    for run in useless:
        _cancel(ports, run, pull, gone, now)


def _useless(run: Run, pull: PullRequest) -> bool:
    if run.state.ended or run.state is RunState.FINISHING:
        return False
    return pull.state == "closed" or run.state in BEFORE


def _cancel(ports: Ports, run: Run, pull: PullRequest, gone: bool, now: float) -> None:
    def cancelled(seen: Run) -> Run:
        if not _useless(seen, pull):
            return seen
        why = run_reasons.pull_over(pull.repository.host, pull.state, seen.state, pull.branch, gone)
        return observe(seen, Ended(RunState.CANCELLED, why), now)

    if ports.store.update(run.id, cancelled).state is RunState.CANCELLED:
        ports.queue.finish(run)
