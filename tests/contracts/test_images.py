"""Published pictures: their addresses cannot be guessed, and only pictures are served."""

from pathlib import Path

import pytest

from experiments.experiment import Repository
from services.files.images import PlotFiles

REPOSITORY = Repository(7, "octo/iris", 1)
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"


def name_of(address: str) -> str:
    return address.rpartition("/")[2].removesuffix(".png")


def test_a_kept_picture_is_found_by_its_address(tmp_path: Path) -> None:
    plots = PlotFiles(tmp_path / "plots", b"secret", "https://bot.test/")
    address = plots.keep(PNG, REPOSITORY)
    assert address.startswith("https://bot.test/plots/")
    path = plots.path(name_of(address))
    assert path is not None
    assert path.read_bytes() == PNG


def test_the_same_picture_has_one_address_and_with_another_secret_another(tmp_path: Path) -> None:
    plots = PlotFiles(tmp_path / "one", b"secret", "https://bot.test")
    assert plots.keep(PNG, REPOSITORY) == plots.keep(PNG, REPOSITORY) != plots.keep(PNG + b"more", REPOSITORY)
    assert PlotFiles(tmp_path / "two", b"other", "https://bot.test").keep(PNG, REPOSITORY) != plots.keep(
        PNG, REPOSITORY
    )
    assert len(list((tmp_path / "one").glob("*.png"))) == 2


@pytest.mark.parametrize("name", ["", "a" * 39, "A" * 40, "../secret", "a" * 40 + "\n", "a" * 40 + ".png", "a" * 40])
def test_other_names_lead_nowhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.png").write_bytes(PNG)
    assert PlotFiles(tmp_path / "plots", b"secret", "https://bot.test").path(name) is None


@pytest.mark.parametrize("picture", [b"", b"<svg/>", PNG + b"x" * 5_000_000])
def test_a_file_that_is_no_png_or_too_large_is_not_kept(tmp_path: Path, picture: bytes) -> None:
    with pytest.raises(ValueError, match=r"PNG|5,000,000"):
        PlotFiles(tmp_path / "plots", b"secret", "https://bot.test").keep(picture, REPOSITORY)
    assert not (tmp_path / "plots").exists()


def test_a_secret_is_required(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="secret"):
        PlotFiles(tmp_path, b"", "https://bot.test")
