"""Programs that the demo and the benchmark start."""

from pathlib import Path
from time import monotonic

import pytest

from demo.seed import StepFailed, run
from runners.agent.isolation.process import end_within

ENV = {"PATH": "/usr/bin:/bin"}


def test_it_returns_the_output_and_says_what_went_wrong(tmp_path: Path) -> None:
    assert run(["sh", "-c", "echo said; echo warned >&2"], tmp_path, ENV) == "said\n"
    with pytest.raises(StepFailed, match=r"exit code 3:\nsaid\nwarned"):
        run(["sh", "-c", "echo said; echo warned >&2; exit 3"], tmp_path, ENV)


def test_it_does_not_wait_for_background_processes(tmp_path: Path) -> None:
    begin = monotonic()
    assert run(["sh", "-c", "sleep 100 & echo said"], tmp_path, ENV) == "said\n"
    end_within(tmp_path)
    assert monotonic() - begin < 50
