"""Where a run is, from its request to its end."""

from enum import StrEnum


class RunState(StrEnum):
    """The state of a run. From QUEUED on it moves forward in this order, and from any state it may move to an end."""

    ASKING = "waiting for approval"  # for the operator's approvers, since it may cost more than is allowed without
    HELD = "in the queue"  # held in its pull request's queue until `/start`
    WAITING = "waiting"  # started, but as many of its pull request train as may at once
    QUEUED = "queued"  # waiting for a runner
    PREPARING = "preparing"  # claimed by an agent: clone, environment, data
    TRAINING = "training"
    UPLOADING = "uploading"  # the script succeeded: outputs and bundle are uploaded
    FINISHING = "finishing"  # the agent is done: the bot verifies, pushes and reports
    SUCCEEDED = "succeeded"
    REUSED = "reused"  # DVC found nothing to do
    FAILED = "failed"  # the script failed, or something before it did
    REFUSED = "refused"  # it trained, but the result can't be taken: other parameters, undeclared paths
    TIMED_OUT = "timed out"
    VANISHED = "vanished"  # its runner or agent was lost, and there are no attempts left
    INTERRUPTED = "interrupted"  # its machine was taken away, and there are no attempts left
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self not in ACTIVE


RETRYABLE = (
    RunState.FAILED,
    RunState.REFUSED,
    RunState.TIMED_OUT,
    RunState.VANISHED,
    RunState.INTERRUPTED,
    RunState.CANCELLED,
)
BEFORE = (RunState.ASKING, RunState.HELD, RunState.WAITING, RunState.QUEUED)  # states in which no runner has it
ACTIVE = (*BEFORE, RunState.PREPARING, RunState.TRAINING, RunState.UPLOADING, RunState.FINISHING)
