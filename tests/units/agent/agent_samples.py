"""Build the run specification that tests of the agent begin with."""

from dataclasses import asdict, replace

from experiments import limits as bot
from runners.agent.limits import AttemptLimits, read_limits
from runners.agent.specification import Specification

LIMITS = read_limits(asdict(bot.LIMITS))


def limited(**changes: int) -> AttemptLimits:
    """Return the specification with other limits."""
    return replace(LIMITS, **changes)


SPECIFICATION = Specification(
    repository=1,
    clone_url="https://github.example/octo/iris.git",
    clone_login="x-access-token",
    clone_token="ghs_clone",
    sha="a" * 40,
    ref=f"refs/exps/aa/{'a' * 38}/puffy-daks",
    message="Set lr=0.01",
    author="studio[bot]",
    email="1+studio[bot]@users.noreply.github.com",
    project="",
    edits={},
    script=("dvc", "exp", "run"),
    requirement="dvc==3.67.1",
    minimum="3.0",
    push=True,
    results=(),
    collect=(),
    baseline_files=(),
    data_first=None,
    checkpoints=None,
    environment={},
    remote=None,
    requirements=(),
    branch="tune",
    full=False,
    timeout=60,
    limits=LIMITS,
    push_only=False,
)
