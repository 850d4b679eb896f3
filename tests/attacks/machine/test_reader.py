"""The process that reads commits, where it can't be isolated, and what it may leave in place of its answer."""

from pathlib import Path
from typing import cast

import pytest

from bot.ports.git import Git
from experiments.projects import ROOT
from services.dvc.reading_process import Unread, answered
from services.dvc.snapshots import DvcSnapshots
from tests.contracts.snapshots.snapshot_projects import NOTHING, REPOSITORY, Workbench

WHY = "Commits of it are not read. Type `sysctl -w kernel.unprivileged_userns_clone=1` as root."


def test_a_reader_that_cannot_be_isolated_reads_only_trusted_repositories(tmp_path: Path) -> None:
    bench = Workbench(tmp_path)
    sha = bench.commit({".dvc/config": "", "params.yaml": "lr: 1\n"})

    def snapshots(trusted: str) -> DvcSnapshots:
        said = lambda name: "" if name == trusted else WHY  # noqa: E731
        return DvcSnapshots(cast(Git, bench.mirror), tmp_path / "kept", isolate=False, refused=said)

    for_nobody = snapshots("")
    assert for_nobody.take(REPOSITORY, sha, ROOT, NOTHING).problems == (WHY,)
    assert for_nobody.take_all(REPOSITORY, [sha], ROOT, NOTHING)[sha].problems == (WHY,)
    assert for_nobody.compose(REPOSITORY, sha, ROOT, [["lr=2"]])[0].problem == WHY
    assert bench.mirror.checkouts == 0, "it was not even laid out"
    assert snapshots(REPOSITORY.full_name).take(REPOSITORY, sha, ROOT, NOTHING).problems == ()


@pytest.mark.parametrize("what", ["answer", "folder"])
def test_a_link_in_place_of_an_answer_is_no_answer(tmp_path: Path, what: str) -> None:
    private, elsewhere = tmp_path / "workspace" / "private", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "answer.json").write_text("{}")
    if what == "folder":
        private.parent.mkdir()
        private.symlink_to(elsewhere)
    else:
        private.mkdir(parents=True)
        (private / "answer.json").symlink_to(elsewhere / "answer.json")
    assert isinstance(answered(private / "answer.json"), Unread)
