"""The specification, which tells an agent what to do: docs/runs-api.md, "The specification"."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bot.remotes import fetched_first, kept
from experiments.experiment import Experiment
from experiments.fleet.runners import Shared
from experiments.limits import LIMITS
from experiments.pipeline import unpulled
from experiments.readiness.foretelling import remakes
from experiments.readiness.outside import large_files
from experiments.run import Checkpoint, Run
from experiments.snapshot import Snapshot

DVC_MINIMUM = "3.0"  # `exp run --allow-missing` and experiments without checkpoints


def specification(
    run: Run,
    snapshot: Snapshot,
    clone_token: str,
    dvc_version: str,
    login: str,
    now: float,
    newest: Checkpoint | None = None,
    secrets: Mapping[str, str] | None = None,
    remote: Mapping[str, Any] | None = None,
    submodules: Sequence[Mapping[str, Any]] = (),
    index: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """Return the specification of a run whose baseline has this snapshot.

    `newest`: the checkpoint from which it goes on. `secrets`: variables for training. `remote`: see
    `bot.remotes.remote_for`. `submodules`: those that it may have.
    `index`: see `experiments.fleet.indexes.index_for`.
    """
    experiment = run.experiment
    with_dvc = experiment.execution.has_dvc
    name, mail = experiment.repository.host.identity(login)
    collected = [metric.path for metric in snapshot.metrics] + [file for plot in snapshot.plots for file in plot.files]
    return {
        "repository": experiment.repository.id,
        "clone_url": f"{experiment.repository.url}.git",
        "clone_login": experiment.repository.host.git_login,
        "clone_token": clone_token,
        "sha": experiment.baseline,
        "name": experiment.name,
        "ref": experiment.ref,
        "message": experiment.change.message,
        "author": {"name": name, "email": mail},
        "project": experiment.project,
        "edits": dict(experiment.change.edits),
        "script": [] if run.fetch else experiment.execution.script or script(experiment, snapshot),
        "dvc": {"requirement": f"dvc=={dvc_version}", "minimum": DVC_MINIMUM, "push": True} if with_dvc else None,
        "results": [] if with_dvc else list(experiment.execution.declared.results),
        "collect": list(dict.fromkeys(collected)) if with_dvc and not run.fetch else [],
        "baseline_files": [] if run.pushes else list(snapshot.unfetched),
        "push_only": bool(run.pushes),
        "data_first": _data_first(experiment, snapshot) if with_dvc and not run.fetch else None,
        "pull_first": _pull_first(experiment, snapshot) if with_dvc and not run.fetch else [],
        "anew": experiment.execution.anew and not run.fetch,
        "checkpoints": _checkpoints(experiment, newest)
        if experiment.execution.checkpointed and not run.fetch
        else None,
        "timeout": run.time_left(now),
        "requirements": list(experiment.execution.requirements),
        "branch": experiment.landing.branch,
        "history": experiment.execution.history or "shallow",
        "limits": asdict(LIMITS),
        "environment": dict(secrets or {}),
        "remote": remote if with_dvc else None,
        "index": index,
        "submodules": [] if run.fetch else list(submodules),
        "lfs": [] if run.fetch else _large_files(experiment, snapshot),
    }


def secrets_of(runner: Shared | None, values: Mapping[str, str]) -> Mapping[str, str]:
    """Return the variables that training gets on a runner."""
    return {name: values[name] for name in (runner.secrets if runner else ()) if name in values}


def _large_files(experiment: Experiment, snapshot: Snapshot) -> list[Mapping[str, Any]]:
    found = large_files(snapshot, experiment.project, bool(experiment.execution.script))
    return [{"path": each.place, "oid": each.oid, "size": each.size, "needed": each.needed} for each in found]


def _checkpoints(experiment: Experiment, newest: Checkpoint | None) -> Mapping[str, Any]:
    return {
        "paths": list(experiment.execution.checkpointed),
        "every": experiment.execution.checkpoint_every,
        "limit": LIMITS.checkpoint,
        "resume": {"size": newest.size, "sha256": newest.sha256} if newest else None,
    }


def _data_first(experiment: Experiment, snapshot: Snapshot) -> list[str] | None:
    """Return the DVC-tracked paths to fetch before training, for repeats and `--force`; else None.

    With `--force`, DVC does not check whether they are there. `--pull` would also ask the remote's run cache, which
    must not answer for a repeat.
    """
    if not (experiment.sweep.repeats or experiment.execution.force):
        return None
    return fetched_first(experiment, snapshot)


def _pull_first(experiment: Experiment, snapshot: Snapshot) -> list[str]:
    """Return the paths that `--pull` does not fetch, and versions of data that were asked for.

    DVC does not tell which of them its remote lacks. Where the command has no `--pull`, return all DVC-tracked paths.
    """
    chosen = [each.path for each in experiment.change.inputs]
    return list(dict.fromkeys([*chosen, *(kept(snapshot) if remakes(snapshot, experiment) else unpulled(snapshot))]))


def script(experiment: Experiment, snapshot: Snapshot) -> list[str]:
    """Return the `dvc exp run` command of an experiment, as arguments. `snapshot`: of the baseline."""
    pull = [] if experiment.sweep.repeats else ["--pull"]
    words = ["dvc", "exp", "run", *([] if remakes(snapshot, experiment) else [*pull, "--allow-missing"])]
    words += ["--name", experiment.name, f"--message={experiment.change.message}"]  # it may begin with a dash
    words += ["--force"] if experiment.execution.force else []
    words += experiment.execution.flags
    words += [part for word in experiment.change.words for part in ("-S", word)]
    return [*words, "--", *experiment.execution.targets] if experiment.execution.targets else words
