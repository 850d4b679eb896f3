"""Checkpoints of runs: kept while a run trains, named by refs, and deleted."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

import yaml

from bot.errors import Forbidden, NotFound, Rejected
from bot.ports import Ports
from bot.ports.keys import CHECKPOINT
from experiments.projects import rooted
from experiments.run import Checkpoint, Run
from experiments.run_state import RunState

NEWEST = 2  # checkpoints of a run
AT_WORK = (RunState.PREPARING, RunState.TRAINING, RunState.UPLOADING)
FILE = ".studio-checkpoint.yaml"  # file in the commit that names a checkpoint


def too_soon(run: Run, now: float) -> bool:
    """Return whether it is too early for another checkpoint.

    Two may come in a row: an answer may have been lost, and a run that is stopped sends a last one.
    """
    before = [each.at for each in run.checkpoints][-NEWEST:]
    return len(before) == NEWEST and now - before[0] < run.experiment.execution.checkpoint_every / 2


def kept(ports: Ports, run: Run, chunks: Iterable[bytes], size: int, now: float) -> Run:
    """Store another checkpoint of `size` bytes, and delete the older ones but one. Return the run."""
    with ports.files.receive(run, chunks, size) as part:

        def with_it(seen: Run) -> Run:
            # The upload takes time: the attempt may be over by now, or another one may train.
            if seen.attempt.token_hash != run.attempt.token_hash or seen.state not in AT_WORK:
                return seen
            number = max((each.number for each in seen.checkpoints), default=0) + 1
            part.become(number)
            made = Checkpoint(number, now, part.size, part.sha256)
            newest = (*seen.checkpoints, made)[-NEWEST:]
            return replace(seen, checkpoints=newest, attempt=replace(seen.attempt, heartbeat=now))

        updated = ports.store.update(run.id, with_it)
    known = [each.number for each in updated.checkpoints]
    if part.number and part.number not in known:  # the run ended at this moment
        ports.files.drop_checkpoint(run, part.number)
    if known:
        ports.files.drop_checkpoints(run, min(known))  # also those that came and went while this one was on its way
    return updated


def tell(ports: Ports, run_id: str) -> None:
    """Push the ref of a run's newest checkpoint, by one process at a time, so that no forgotten one is pushed.

    Raise TryLater while another process works on it.
    """
    with ports.store.alone(CHECKPOINT.of(run_id)):
        _tell(ports, run_id)


def _tell(ports: Ports, run_id: str) -> None:
    """Push the ref of the newest checkpoint.

    It names a commit with the parameters and a small file, on the baseline or on the checkpoint before.
    """
    run = ports.store.get(run_id)
    if run is None or not run.checkpoints or run.state in (RunState.FINISHING, RunState.SUCCEEDED, RunState.REUSED):
        return
    experiment, newest = run.experiment, run.checkpoints[-1]
    repository, ref = experiment.repository, ref_of(run)
    before = ports.git.remote_refs(repository, ref).get(ref, "")
    parent = before or experiment.baseline
    ports.git.fetch(repository, [parent])
    document = {
        "experiment": experiment.name,
        "run": run.id,
        "checkpoint": newest.number,
        "of": list(experiment.execution.checkpointed),
        "bytes": newest.size,
        "sha256": newest.sha256,
        "kept": "in the data folder of the bot",
        "resume": f"/run --resume {experiment.name}",
    }
    parameters = {rooted(experiment.project, path): text for path, text in experiment.change.edits.items()}
    words = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    if ports.git.read(repository, parent, FILE) == words.encode():
        return  # an earlier job pushed it
    texts = {**parameters, FILE: words}
    title = f"Checkpoint {newest.number} of {experiment.name} [skip studio]"
    made = ports.git.commit(repository, parent, title, ports.host.bot_login, newest.at, texts)
    ports.git.push(repository, made, ref, before)


def ref_of(run: Run) -> str:
    """Return the ref that names a run's newest checkpoint."""
    return f"refs/studio/checkpoints/{run.experiment.name}"


def forget(ports: Ports, run: Run) -> None:
    """Delete a run's checkpoints and their ref; doing it again does nothing.

    Raise TryLater while another process works on them; then all of them are still there.
    """
    if not run.checkpoints:
        return
    repository, ref = run.experiment.repository, ref_of(run)
    with ports.store.alone(CHECKPOINT.of(run.id)):
        with suppress(Rejected, Forbidden, NotFound):  # a ref without its data is harmless
            there = ports.git.remote_refs(repository, ref)
            if ref in there:
                ports.git.remove(repository, {ref: there[ref]})
        _drop(ports, run)


def drop(ports: Ports, run: Run) -> None:
    """Delete a run's checkpoints, and leave their ref. Raise TryLater as `forget` does."""
    if run.checkpoints:
        with ports.store.alone(CHECKPOINT.of(run.id)):
            _drop(ports, run)


def _drop(ports: Ports, run: Run) -> None:
    before: list[Checkpoint] = []

    def without(seen: Run) -> Run:
        before[:] = seen.checkpoints
        return replace(seen, checkpoints=())

    ports.store.update(run.id, without)
    if before:
        ports.files.drop_checkpoints(run, before[-1].number + 1)


def forget_all(ports: Ports, run: Run) -> None:
    """Delete the checkpoints of a run, and those of the runs from which it went on."""
    seen: set[str] = set()
    found: Run | None = run
    while found and found.id not in seen:
        seen.add(found.id)
        forget(ports, found)
        found = ports.store.get(found.experiment.execution.resumes) if found.experiment.execution.resumes else None
