"""The `dvc` that the agent puts on training's PATH says and does what DVC's own does: both are real."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runners.agent.files import Below
from runners.agent.tracing import Tracer
from tests.contracts.agent.agent_bench import TRAIN, Project, project

FAILING = TRAIN + "\nraise SystemExit('no more')\n"
RUN = ("exp", "run", "--name", "puffy-daks", "--message", "Set lr")


def said(program: Path, asked: Project, folder: Path, argv: tuple[str, ...]) -> tuple[int, str, str, str]:
    """Return exit code, both outputs and the experiments' trees, of DVC in a copy of the project."""
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(asked.folder, folder)
    env = {"PATH": f"{Path(sys.prefix, 'bin')}:/usr/bin:/bin", "HOME": str(folder.parent), "DVC_NO_ANALYTICS": "1"}
    env["PYTHONHASHSEED"] = "0"  # DVC warns in the order of a set
    done = subprocess.run([program, *argv], cwd=folder, env=env, capture_output=True, text=True, check=False)
    copy = Project(folder, asked.number)
    found = copy.git("for-each-ref", "--format=%(refname) %(tree)", "refs/exps")
    return done.returncode, done.stdout, done.stderr, found


@pytest.mark.parametrize(
    ("train", "argv", "code"),
    [(TRAIN, RUN, 0), (FAILING, RUN, 255), (TRAIN, ("exp", "run", "--no-such"), 254), (TRAIN, ("status",), 0)],
    ids=["trained", "failed", "misspelt", "another command"],
)
def test_it_answers_as_dvc_itself_does(tmp_path: Path, train: str, argv: tuple[str, ...], code: int) -> None:
    asked, place = project(tmp_path, 1, train=train), tmp_path / "place"
    place.mkdir()
    tracer = Tracer(place, Below(tmp_path / "copy"), ("metrics.json", "loss.csv"), False)
    tracer.begin(Path(sys.prefix))
    ours = said(tracer.tools / "dvc", asked, tmp_path / "copy", argv)
    assert ours == said(Path(sys.prefix, "bin", "dvc"), asked, tmp_path / "copy", argv)
    assert ours[0] == code and ("puffy-daks" in ours[3]) == (code == 0 and argv == RUN)
    assert tracer.end().known, "and every event was written"
