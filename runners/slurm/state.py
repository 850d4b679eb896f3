"""Reads squeue's lines as machines."""

from itertools import islice

from bot.ports.engines import Condition, Machine

# squeue(1): each column with its width in characters. `RestartCnt` counts how often the job was started again.
_COLUMNS = {"JobID": 20, "State": 20, "RestartCnt": 10, "NodeList": 60, "Name": 70, "Reason": 80}
COLUMNS = ",".join(f"{name}:{width}" for name, width in _COLUMNS.items())
_PENDING = ("PENDING", "CONFIGURING")
_OVER = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "DEADLINE", "OUT_OF_MEMORY", "REVOKED")
_TAKEN = ("NODE_FAIL", "PREEMPTED", "BOOT_FAIL", "REQUEUED", "REQUEUE_HOLD", "SPECIAL_EXIT")


def machine(line: str, prefix: str) -> Machine | None:
    """Read one line of squeue; None where the job is not ours.

    A job that Slurm starts again counts as ended: its second start leaves at once.
    """
    rest = iter(line)
    number, state, restarts, nodes, name, reason = ("".join(islice(rest, width)).strip() for width in _COLUMNS.values())
    if not name.startswith(prefix):
        return None
    run, _, attempt = name.removeprefix(prefix).partition("-")
    if not run or not attempt.isdigit():  # a job of another bot, whose mark begins with ours
        return None
    again = restarts not in ("", "0")
    taken = again or state in _TAKEN
    condition, message = Condition.RUNNING, ""
    if taken or state in _OVER:
        condition = Condition.ENDED
        if state not in ("COMPLETED", "FAILED") or again:  # else the log says why
            message = f"Slurm says {'requeued' if again else state.lower()}"
    elif state in _PENDING:
        condition = Condition.PENDING
        message = f"Slurm has it in its queue{f' ({reason})' if reason != 'None' else ''}"
    return Machine(
        name,
        number,
        run,
        int(attempt),
        condition,
        0.0,  # unknown: a job may wait longer than its limit, at which Slurm ends it
        zone=nodes,
        interrupted=taken,
        message=message,
    )
