"""Where the demo trains: beside the bot, on a box of its own, or on the runners of a person's own file."""

import sys
from collections.abc import Mapping
from pathlib import Path

from demo.folder import Folder
from demo.processes import Processes
from demo.stage import ROOT, RunningDemo
from demo.trouble import DemoTrouble
from experiments.fleet.reading import FleetError, read_fleet
from experiments.placement import EngineKind

OWN = ROOT / "demo/runners.yml"
TOLD = ("REDIS_URL", "PUBLIC_URL", "LOCAL_REMOTES", "TRUSTED_REPOSITORIES")  # all that a box is told about the bot


def declared(environ: Mapping[str, str]) -> dict[str, str]:
    """Return settings of the bot: the demo's own runners, unless RUNNERS names a file."""
    path = Path(environ.get("RUNNERS") or OWN).absolute()
    return {"RUNNERS": str(path), "OPERATOR_PASSWORD": environ.get("OPERATOR_PASSWORD") or "demo-demo-demo-demo-demo"}


def start_boxes(stage: RunningDemo, folder: Folder, processes: Processes) -> None:
    """Start a process for each runner of the type `rq`, as on another machine.

    Raises DemoTrouble where the file is wrong.
    """
    path = Path(stage.of_bot["RUNNERS"])
    try:
        fleet = read_fleet(path.read_text())
    except (OSError, FleetError) as error:
        raise DemoTrouble(f"{path}: {error}") from None
    for name in (name for name, runner in fleet.runners.items() if runner.type is EngineKind.RQ):
        told = {key: stage.of_bot[key] for key in TOLD} | {"DATA_DIR": str(folder.box(name))}
        command = [sys.executable, "-m", "trainer", name]
        processes.start(f"box-{name}", command, env={**stage.env, **told}, folder=ROOT)
