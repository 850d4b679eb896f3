"""Projects that log with DVCLive, trained by the real agent with the real DVCLive, and what the branch gets of them."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from experiments.experiment import Repository
from experiments.settings.declared import Declared
from experiments.snapshot import Param, Snapshot
from handlers.checks.dvclive_entries import Taken, taken
from services.dvc.snapshots import DvcSnapshots
from services.git.repository import Mirrors
from tests.contracts.agent.agent_bench import Bench, Project, project
from tests.world.dvclive import DECLARED

pytestmark = pytest.mark.xdist_group("dvclive")  # one environment for all tests
NUMBER = 61
TRAIN = """
from dvclive import Live
lr = float(open("params.yaml").read().split("lr:")[1].split()[0])
with Live({asked}) as live:
    live.log_params({{"lr": lr, "seed": 8}})
    for step in range(3):
        live.log_metric("loss", lr * step)
        live.next_step()
open("model.txt", "w").write(f"weights {{lr}}")
"""
PIPELINE = """\
# Ours: DVCLive would write it in its own way
stages:
    train:
        cmd: python train.py   # logs
        deps:
            - train.py
        params: [lr]
        outs: [model.txt]
"""
LOGGED = {"dvclive/params.yaml", "dvclive/metrics.json", "dvclive/plots/metrics/loss.tsv"}


@dataclass
class Side:
    """Hold the bot's side of a project: its mirror and its reader."""

    live: Project
    mirrors: Mirrors
    snapshots: DvcSnapshots

    @property
    def repository(self) -> Repository:
        return Repository(NUMBER, "ada/live", 1, f"{self.live.folder.as_uri()}/")

    def snapshot(self, sha: str) -> Snapshot:
        return self.snapshots.take(self.repository, sha, "", Declared())

    def receive(self, machine: Bench, ref: str) -> Taken:
        """Return what the bot makes of a run's bundle, once the run ended well."""
        assert machine.api.done["exit_code"] == 0, (machine.api.done, machine.api.text)
        self.mirrors.fetch(self.repository, [self.live.sha])
        path = self.live.folder.parent / "returned"
        path.write_bytes(machine.api.files["bundle"])
        allowed = [*self.snapshot(self.live.sha).outputs, "params.yaml"]
        bundle = self.mirrors.verify(self.repository, path, ref, self.live.sha, allowed)
        self.live.unpack(machine.api.files["bundle"], ref)
        return taken(self.mirrors, self.repository, "", self.live.sha, bundle)

    def land(self, ref: str, found: Taken) -> str:
        """Put the commit onto the branch, and return the new head."""
        sha = self.live.git("rev-parse", ref)
        made = self.mirrors.recommit(self.repository, sha, "Set lr", "studio[bot]", 1.8e9, found.texts)
        mirror = next(self.live.folder.parent.glob("mirrors/*.git"))
        self.live.git("fetch", "--quiet", str(mirror), made)
        self.live.git("reset", "--quiet", "--hard", "FETCH_HEAD")
        return self.live.sha


@pytest.fixture
def side(tmp_path: Path, mirrors: Mirrors) -> Side:
    live = project(tmp_path, NUMBER)
    live.commit({"dvc.yaml": PIPELINE, "requirements.txt": "dvclive==3.49.1\n", ".gitignore": "/model.txt\n"})
    return Side(live, mirrors, DvcSnapshots(mirrors, tmp_path / "kept", isolate=False))


def train(machine: Bench, side: Side, lr: float, **changes: object) -> tuple[str, Taken]:
    edits = {"params.yaml": f"lr: {lr}  # the rate\n"}
    ref = machine.train(side.live, edits=edits, collect=[], anew=True, **changes)
    return ref, side.receive(machine, ref)


@pytest.mark.parametrize("asked", ["", "dir='logs/run'", "report='html'"])
def test_a_first_run_lands_with_dvclives_declarations_and_so_does_the_next(
    machine: Bench, side: Side, asked: str
) -> None:
    side.live.commit({"train.py": TRAIN.format(asked=asked)})
    folder = "logs/run" if "dir" in asked else "dvclive"
    ref, found = train(machine, side, 0.01)
    assert not found.refused and not found.rewritten
    expected = PIPELINE + DECLARED.replace("dvclive/", f"{folder}/")
    assert found.texts == {"dvc.yaml": expected}, "ours, with DVCLive's entries and no other change"
    logged = {path.replace("dvclive/", f"{folder}/") for path in LOGGED}
    reported = {f"{folder}/report.html"} if "report" in asked else set()
    assert {*found.changed} == logged | reported | {"dvc.yaml", "dvc.lock", "params.yaml"}
    landed = side.snapshot(side.land(ref, found))
    assert (landed.records, landed.param_files) == ((f"{folder}/params.yaml",), ("params.yaml",))
    assert Param(f"{folder}/params.yaml", "seed", 8) in landed.params
    assert [each.path for each in landed.metrics] == [f"{folder}/metrics.json"] and landed.metrics[0].values[
        "step"
    ] == 2
    assert not landed.problems and not landed.stale
    ref, found = train(machine, side, 0.02)
    assert not found.refused and "dvc.yaml" not in found.changed
    assert side.live.git("show", f"{ref}:dvc.yaml") != expected.strip(), "DVCLive wrote it in its own way"
    side.land(ref, found)
    assert (side.live.folder / "dvc.yaml").read_text() == expected


def test_where_training_left_the_file_alone_the_peoples_declarations_land(machine: Bench, side: Side) -> None:
    side.live.commit({"train.py": TRAIN.format(asked="dvcyaml=False"), "dvc.yaml": PIPELINE + DECLARED})
    _, found = train(machine, side, 0.01)
    assert not found.refused and not found.texts
    assert {*found.changed} == LOGGED | {"dvc.lock", "params.yaml"}


def test_a_dvc_yaml_of_dvclives_own_lands_beside_its_files(machine: Bench, side: Side) -> None:
    side.live.commit({"train.py": TRAIN.format(asked="dvcyaml='dvclive/dvc.yaml'")})
    ref, found = train(machine, side, 0.01)
    assert not found.refused
    assert found.texts == {"dvclive/dvc.yaml": DECLARED.replace("dvclive/", "")}
    assert side.snapshot(side.land(ref, found)).records == ("dvclive/params.yaml",)
    _, found = train(machine, side, 0.02)
    assert not found.refused


def test_an_artifact_that_dvclive_declares_does_not_land_with_it(machine: Bench, side: Side) -> None:
    script = TRAIN.format(asked="").replace(
        "    for step", '    live.log_artifact("model.txt", type="model")\n    for step'
    )
    script = script.replace("with Live", 'open("model.txt", "w").write("")\nwith Live', 1)
    side.live.commit({"train.py": script})
    _, found = train(machine, side, 0.01)
    assert found.rewritten == {"dvc.yaml": "`artifacts` of it differs"}
    assert "dvc.yaml (not declared as an output)" in found.refused


def test_a_training_that_writes_more_into_dvc_yaml_lands_nothing_of_it(machine: Bench, side: Side) -> None:
    evil = 'text = open("dvc.yaml").read()\nopen("dvc.yaml", "w").write(text.replace("python train.py", "curl evil"))\n'
    side.live.commit({"train.py": TRAIN.format(asked="") + evil})
    _, found = train(machine, side, 0.01)
    assert found.rewritten == {"dvc.yaml": "`stages` of it differs"} and not found.texts
    assert {path.removesuffix(" (not declared as an output)") for path in found.refused} >= LOGGED
