"""`make demo ONCE=1` checks its own result: each thing that may be wrong is noticed."""

import os
import subprocess
from pathlib import Path

import pytest

from demo.evidence import check_run_problem, commit_problem, ref_problem, report_problem

PARAMS = "train:\n  lr: 0.1 # learning rate\n  epochs: 30 # passes\n"
PERSON = {"NAME": "Ada", "EMAIL": "ada@example.com"}
ENV = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull} | {
    f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in PERSON.items()
}


class Clone:
    """Hold a repository with one commit that has a result, and its remote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "clone"
        self.folder.mkdir()
        self.git("init", "--quiet", "--bare", str(folder / "remote"))
        self.git("init", "--quiet")
        self.git("remote", "add", "origin", str(folder / "remote"))
        self.baseline = self.commit({"params.yaml": PARAMS, "dvc.lock": "1", "train.py": "1"})

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.folder, env=ENV, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, files: dict[str, str]) -> str:
        for name, text in files.items():
            (self.folder / name).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "A commit")
        return self.git("rev-parse", "HEAD")

    def problem(self, head: str) -> str:
        return commit_problem(self.folder, self.baseline, head, ENV)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_one_commit_with_one_changed_line_and_its_results_passes(clone: Clone) -> None:
    head = clone.commit({"params.yaml": PARAMS.replace("0.1 ", "0.01 "), "dvc.lock": "2"})
    assert clone.problem(head) == ""


def test_a_branch_that_did_not_move_is_noticed(clone: Clone) -> None:
    assert clone.problem(clone.baseline) == "the branch is where it was"


def test_two_commits_are_noticed(clone: Clone) -> None:
    clone.commit({"dvc.lock": "2"})
    head = clone.commit({"params.yaml": PARAMS.replace("0.1 ", "0.01 ")})
    assert "is not one commit on" in clone.problem(head)


def test_a_changed_source_file_is_noticed(clone: Clone) -> None:
    head = clone.commit({"params.yaml": PARAMS.replace("0.1 ", "0.01 "), "dvc.lock": "2", "train.py": "2"})
    assert clone.problem(head) == "it changes dvc.lock, params.yaml, train.py"


@pytest.mark.parametrize(
    "rewritten",
    [
        "train:\n  lr: 0.01 # learning rate\n  epochs: 30\n",
        "train:\n  lr: 0.01\n  epochs: 30 # passes\n",
        PARAMS + "new: 1\n",
    ],
    ids=["another line", "a lost comment", "a new line"],
)
def test_more_than_one_changed_line_is_noticed(clone: Clone, rewritten: str) -> None:
    head = clone.commit({"params.yaml": rewritten, "dvc.lock": "2"})
    assert "more of params.yaml than the one line" in clone.problem(head)


def test_the_experiments_ref_must_point_at_the_commit_on_its_baseline(clone: Clone) -> None:
    head = clone.commit({"dvc.lock": "2"})
    assert "there are: none" in ref_problem(clone.folder, clone.baseline, head, ENV)
    ref = f"refs/exps/{clone.baseline[:2]}/{clone.baseline[2:]}/puffy-daks"
    clone.git("push", "--quiet", "origin", f"{clone.baseline}:{ref}")
    assert "none below" in ref_problem(clone.folder, clone.baseline, head, ENV)
    clone.git("push", "--quiet", "--force", "origin", f"{head}:{ref}")
    assert ref_problem(clone.folder, clone.baseline, head, ENV) == ""


def test_both_commits_need_a_successful_check_run() -> None:
    good, bad = ({"head_sha": sha, "conclusion": end} for sha, end in (("a" * 40, "success"), ("b" * 40, "failure")))
    assert check_run_problem([good, {**bad, "conclusion": "success"}], "a" * 40, "b" * 40) == ""
    assert "landed as, bbbbbbb, has failure" in check_run_problem([good, bad], "a" * 40, "b" * 40)
    assert "has none that is completed" in check_run_problem([], "a" * 40, "b" * 40)


def test_a_report_without_a_metric_or_picture_is_noticed() -> None:
    assert report_problem("train.lr = 0.01") == "it does not mention accuracy"
    assert report_problem("train.lr 0.01 accuracy 0.9") == "it has no picture"
