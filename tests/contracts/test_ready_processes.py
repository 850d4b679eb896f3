"""The bench starts each line of the Procfile, and takes its time and memory when it has done its work once."""

import os
from pathlib import Path

from bench.processes import GOALS, WEB_PROCESSES, starts


def test_each_process_does_its_work_once_and_is_measured(redis_url: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    found = starts(redis_url, tmp_path, os.environ)
    assert [each.name for each in found] == list(GOALS)
    assert all(each.cpu > 0.1 and each.memory > 10 for each in found)
    assert found[0].processes == WEB_PROCESSES
