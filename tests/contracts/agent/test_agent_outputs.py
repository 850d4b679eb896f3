"""Outputs that neither Git nor DVC keeps: the real DVC makes them again where a stage reads them, as was foretold."""

from pathlib import Path

from bot.remotes import kept
from bot.specification import script
from experiments.experiment import Experiment, Repository
from experiments.parts.change import Change, Override
from experiments.parts.landing_plan import LandingPlan
from experiments.snapshot import Snapshot
from tests.contracts.agent.agent_bench import Bench, Project
from tests.contracts.snapshots.snapshot_projects import Workbench
from tests.units.sample_run import changed

LINE = """\
stages:
  collect:
    cmd: python -c "open('raw.csv', 'w').write('rows')"
    outs:
      - raw.csv: {cache: false}
  train:
    cmd: python -c "open('model.txt', 'w').write(open('raw.csv').read() + open('params.yaml').read())"
    deps: [raw.csv]
    params: [lr]
    outs:
      - model.txt: {cache: false}
"""


def test_a_lost_output_that_a_stage_reads_is_made_again(machine: Bench, tmp_path: Path) -> None:
    asked = Project(tmp_path / "project", 91)
    asked.folder.mkdir()
    asked.git("init", "--quiet")
    own = {".dvc/config": "", ".dvc/.gitignore": "/tmp\n/cache\n", ".gitignore": "/raw.csv\n", "requirements.txt": ""}
    asked.commit({**own, "dvc.yaml": LINE, "params.yaml": "lr: 0.1\n"})
    bench, new = Workbench(tmp_path), {"dvc.yaml": LINE, "params.yaml": "lr: 0.1\n"}
    experiment = Experiment(
        Repository(1, "ada/models", 7),
        1,
        asked.sha,
        "puffy-daks",
        LandingPlan("tune", "main"),
        change=Change(message="Set it"),
    )
    machine.train(asked, edits={}, collect=[])
    assert "'collect' didn't change" in machine.api.text, (
        "though it never ran: it reads nothing, and may lack its output"
    )
    ref = machine.train(asked, edits={}, collect=[], script=script(experiment, bench.take(new)))
    assert machine.api.done["exit_code"] == 0, machine.api.text
    asked.git("merge", "--quiet", "--ff-only", asked.unpack(machine.api.files["bundle"], ref))

    files = {name: (asked.folder / name).read_text() for name in ("dvc.yaml", "dvc.lock", "params.yaml", "model.txt")}
    snapshot: Snapshot = bench.take(files)
    assert snapshot.lost == ("raw.csv",)
    experiment = changed(experiment, overrides=(Override("params.yaml", "lr", 0.01, 0.1),))
    edits = {"params.yaml": "lr: 0.01\n"}
    machine.train(asked, edits=edits, collect=[])
    assert machine.api.done["exit_code"] != 0 and "'collect' didn't change" in machine.api.text
    words = script(experiment, snapshot)
    ref = machine.train(asked, edits=edits, collect=[], script=words, pull_first=kept(snapshot))
    assert machine.api.done["exit_code"] == 0, machine.api.text
    commit = asked.unpack(machine.api.files["bundle"], ref)
    assert asked.git("show", f"{commit}:model.txt") == "rowslr: 0.01"
