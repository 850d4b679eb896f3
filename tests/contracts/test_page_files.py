"""Published pages: their addresses cannot be guessed, and only pages are served."""

from pathlib import Path

import pytest

from experiments.experiment import Repository
from services.files.pages import PageFiles

REPOSITORY = Repository(7, "octo/iris", 1)


def test_a_kept_page_is_found_by_its_address_and_kept_once(tmp_path: Path) -> None:
    pages = PageFiles(tmp_path / "pages", b"secret", "https://bot.test/")
    address = pages.keep("<p>größe \ud800", REPOSITORY)
    assert address == pages.keep("<p>größe \ud800", REPOSITORY)
    assert address.startswith("https://bot.test/pages/")
    path = pages.path(address.rpartition("/")[2].removesuffix(".html"))
    assert path
    assert path.read_text().startswith("<p>größe")
    assert len(list((tmp_path / "pages").glob("*.html"))) == 1
    assert PageFiles(tmp_path, b"other", "https://bot.test/").keep("<p>größe \ud800", REPOSITORY) != address


@pytest.mark.parametrize("name", ["", "a" * 39, "A" * 40, "../secret", "a" * 40 + "\n", "a" * 40])
def test_other_names_lead_nowhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.html").write_text("hush")
    assert PageFiles(tmp_path / "pages", b"secret", "https://bot.test").path(name) is None
