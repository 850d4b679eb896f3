"""Looking up when the results of stages were made takes a bounded number of processes, however large they are."""

from collections.abc import Callable
from time import monotonic
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.ports import Ports
from experiments.judging.evaluation import UNKNOWN
from experiments.judging.older import older
from experiments.judging.older import unseen as told
from experiments.snapshot import MetricFile, Reading, Snapshot, Stage
from handlers.lookup import unlisted
from handlers.lookup.unlisted import OUTS, unseen
from services.git import mirror as services_mirrors
from services.git import trees
from services.git.repository import Mirrors
from tests.contracts.git.workbench import Files, Workbench, text
from tests.units.sample_run import EXPERIMENT

STAGES, COMMITS = 3, 12


def written(outs: int, number: int) -> Files:
    """Return the files that stages of so many outputs write; the last ones differ from one commit to the next."""
    names = [f"o/{stage}/{out}" for stage in range(STAGES) for out in range(outs)]
    return {name: text(f"{number % 2}" if name.endswith(f"/{outs - 1}") else "x") for name in names}


def snapshot(sha: str, outs: tuple[str, ...] | int) -> Snapshot:
    """Return the snapshot of a commit whose stages name a script that they don't list."""
    made = [
        outs if isinstance(outs, tuple) else tuple(f"o/{stage}/{out}" for out in range(outs)) for stage in range(STAGES)
    ]
    stages = tuple(
        Stage(f"s{number}", "python train.py", outs=(*each, f"m{number}.json"), unlisted=("train.py",))
        for number, each in enumerate(made)
    )
    return Snapshot(sha, stages=stages, metrics=tuple(MetricFile(f"m{n}.json", Reading.READ) for n in range(STAGES)))


@pytest.fixture
def ports(mirrors: Mirrors) -> Ports:
    return cast(Ports, SimpleNamespace(git=mirrors, monotonic=monotonic))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list to which each command of git is added."""
    began: list[str] = []

    def counting(real: Callable[..., bytes]) -> Callable[..., bytes]:
        def git(folder: Any, *words: str, **options: Any) -> bytes:
            began.append(words[0])
            return real(folder, *words, **options)

        return git

    for module in (trees, services_mirrors):
        monkeypatch.setattr(module, "git", counting(module.git))
    return began


def history(bench: Workbench, mirrors: Mirrors, outs: int) -> str:
    """Return the head of a branch whose results changed often, and then the script."""
    sha = bench.commit({"train.py": text("1"), **written(outs, 0)})
    for number in range(1, COMMITS):
        sha = bench.commit(written(outs, number), sha)
    sha = bench.publish(bench.commit({"train.py": text("2")}, sha))
    mirrors.fetch(bench.repository, [sha])
    return sha


def test_many_outputs_and_commits_take_a_handful_of_processes(
    bench: Workbench, mirrors: Mirrors, ports: Ports, counted: list[str]
) -> None:
    sha = history(bench, mirrors, 40)
    counted.clear()
    assert unseen(ports, bench.repository, snapshot(sha, 40), ()) == ("train.py",)
    assert len(counted) <= 4 * STAGES, counted


@pytest.mark.parametrize("outs", [OUTS + 1, 1])
def test_a_search_that_is_too_large_is_reported_as_unknown(
    bench: Workbench, mirrors: Mirrors, ports: Ports, outs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = history(bench, mirrors, 1)
    monkeypatch.setattr(unlisted, "SECONDS", 10.0 if outs > OUTS else -1.0)
    at = snapshot(sha, outs)
    found = unseen(ports, bench.repository, at, ())
    assert found == UNKNOWN
    dated = Snapshot(sha, stages=at.stages, metrics=at.metrics, changed_since=found)
    assert "Whether the numbers of the head are those of an older `train.py` is more than can be looked" in older(
        dated, "the head"
    )
    (obstacle,) = told(dated, EXPERIMENT)
    assert obstacle.sentence.startswith("Whether `train.py` changed is more than can be looked through")


def test_names_that_are_together_longer_than_a_command_line_may_be_fail_nothing(
    bench: Workbench, mirrors: Mirrors, ports: Ports
) -> None:
    sha = history(bench, mirrors, 1)
    long = tuple(f"{'d' * 200}/" * 19 + str(number) for number in range(700))
    assert mirrors.changes(bench.repository, sha, [*long, "train.py", "--all", ":(top)", "a\nb"], 1) == [sha]
    assert unseen(ports, bench.repository, snapshot(sha, ("o/0/0", "o/1/0", "o/2/0", *long)), ()) == UNKNOWN


def test_a_name_longer_than_an_argument_may_be_is_of_no_file(bench: Workbench, mirrors: Mirrors) -> None:
    sha = history(bench, mirrors, 1)
    for name in ("x" * 200_000, "d/" * 100_000):
        assert mirrors.read(bench.repository, sha, name) is None
        assert not mirrors.holds(bench.repository, sha, name)
        names = [name, "../x", "/etc/passwd", "a\nb", "a\0b", ""]
        assert mirrors.objects(bench.repository, [sha], names) == {sha: ("",) * 6}


def test_files_of_a_commit_are_found_by_names_that_look_like_patterns(bench: Workbench, mirrors: Mirrors) -> None:
    names = ["a b", "-x", ":(top)", "*", "x:y", "x^{tree}", "x@{1}", "é", "folder"]
    sha = bench.publish(bench.commit({**{name: text(name) for name in names[:-1]}, "folder/a": text("a")}))
    mirrors.fetch(bench.repository, [sha])
    found = mirrors.objects(bench.repository, [sha], [*names, "nothing"])[sha]
    assert found == (*(bench.git("rev-parse", f"{sha}:{name}") for name in names), "")
