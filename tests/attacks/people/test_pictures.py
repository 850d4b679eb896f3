"""Picture files from anybody's branch: the process that holds the App's key never decodes one."""

import base64
import re
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageFile

from experiments.snapshot import Plot, Reading, Snapshot
from reports.plots import figures
from tests.contracts.snapshots.snapshot_projects import PNG, Workbench
from tests.units.services.test_pictures import bomb

ROOT = Path(__file__).parents[3]
ROOMS = ("bot", "experiments", "handlers", "reports", "services", "web")


@pytest.fixture
def _no_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat this process as the bot's: it has no decoder."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a foreign picture is decoded in the bot's process")

    monkeypatch.setattr(Image, "open", refuse)
    monkeypatch.setattr(ImageFile.ImageFile, "load", refuse)
    monkeypatch.setattr(ImageFile.Parser, "feed", refuse)


@pytest.mark.usefixtures("_no_decoder")
def test_pictures_of_a_commit_are_decoded_by_the_process_that_reads_it(tmp_path: Path) -> None:
    files = {"good.png": PNG, "large.png": bomb(60_000, 60_000), "cut.png": PNG[:-30], "fake.png": b"<svg/>"}
    declared = "plots:\n" + "".join(f"  - {name}\n" for name in files)
    snapshot = Workbench(tmp_path).take({"dvc.yaml": declared, **files})
    found = {plot.path: (plot.reading, plot.detail) for plot in snapshot.plots}
    assert found == {
        "good.png": (Reading.READ, ""),
        "large.png": (Reading.UNREADABLE, "it is larger than 4,000 pixels on a side"),
        "cut.png": (Reading.UNREADABLE, "it is damaged: it could not be decoded"),
        "fake.png": (Reading.UNREADABLE, "its bytes are no png picture"),
    }
    (drawn,) = figures(None, snapshot)
    assert "good.png" in drawn.alt


@pytest.mark.usefixtures("_no_decoder")
@pytest.mark.parametrize(
    "image",
    [base64.b64encode(PNG).decode(), f"1x1:{base64.b64encode(zlib.compress(bytes(10**8))).decode()}"],
    ids=["a file, as older versions kept it", "a hundred million pixels in a small text"],
)
def test_no_answer_of_a_reading_process_is_decoded(image: str) -> None:
    plot = Plot("i.png", "i.png", Reading.READ, kind="image", image=image)
    assert figures(None, Snapshot("0" * 40, plots=(plot,))) == ()


def test_only_the_reading_process_can_open_a_picture() -> None:
    opens = re.compile(r"Image\.open|imread|ImageFile")
    found = {
        str(file.relative_to(ROOT))
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        if opens.search(file.read_text())
    }
    assert found == {"services/dvc/extract/results/pictures.py"}
