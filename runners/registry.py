"""Makes the engine of each runner in runners.yml."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import import_module

from bot.ports.engines import Engine, EngineError
from experiments.fleet.runners import Runner
from experiments.placement import EngineKind

_ENGINES = {
    EngineKind.SLURM: ("runners.slurm.engine", "SlurmEngine", ""),
    EngineKind.AWS: ("runners.aws.engine", "AwsEngine", "boto3"),
    EngineKind.KUBERNETES: ("runners.kubernetes.engine", "KubernetesEngine", "kubernetes"),
}


def engine(name: str, runner: Runner, owner: str) -> Engine:
    """Make the engine of a runner that launches machines.

    Raises EngineError where the Python package that the engine needs is not installed.
    """
    module, made, needs = _ENGINES[runner.type]
    try:
        kind: Callable[[Runner, str], Engine] = getattr(import_module(module), made)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != needs:
            raise
        raise EngineError(
            f"The runner `{name}` needs the Python package `{needs}`, which is not installed where the bot runs. Its "
            f"operator can: pip install --no-deps --require-hashes -r requirements/{runner.type}.txt"
        ) from error
    return kind(runner, owner)


def engines(runners: Mapping[str, Runner], owner: str) -> dict[str, Callable[[], Engine]]:
    """Return, for each runner that launches machines, a function that makes its engine once, on the first call."""
    return {
        name: cache(partial(engine, name, runner, owner)) for name, runner in runners.items() if not runner.type.queued
    }
