"""In a real browser, with the real processes: what people type, see and press in a pull request."""

import pytest

from tests.browser.conftest import Place
from tests.browser.person import BROKEN, OVERHANG, PHONE, WIDE, Person

# One installation for all of them: with --dist loadgroup they share a test process.
pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]

CHECKS = "#checks .check"
REPORT = ".of-bot .markdown"


def test_a_command_is_typed_trained_landed_and_reported(person: Person, place: Place) -> None:
    pull = place.open_pull("faster")
    person.open(pull)
    person.comment("/run -S train.lr=0.4")
    person.waits("eyes below the comment", lambda: any("👀" in line for line in person.sees(".thanks li")))
    person.waits("a check run", lambda: any(line.startswith("studio: ") for line in person.sees(CHECKS)))
    person.waits("a landed commit", lambda: any("Set train.lr=0.4" in line for line in person.sees(".commit-row")))
    person.waits("a report", lambda: any("became the new head of" in text for text in person.sees(REPORT)))
    report = next(text for text in person.sees(REPORT) if "became the new head of" in text)
    assert "Better: accuracy" in report
    assert "0.1\t0.4" in report, "a table of parameters"
    person.waits("checks passed", lambda: "All checks have passed" in person.sees("#checks header")[0])
    person.waits("a picture", lambda: person.asks("return document.querySelectorAll('.of-bot img').length"))
    person.waits("all pictures loaded", lambda: person.asks(BROKEN) == [])
    for tab in ("", "/checks", "/commits", "/files"):
        for width in (WIDE, PHONE):
            for scheme in ("light", "dark"):
                looks_right(person, pull + tab, width, scheme)
    assert person.complaints() == []


def test_retry_repeats_a_failed_training(person: Person, place: Place) -> None:
    place.away.touch()
    person.open(place.open_pull("again"))
    person.comment("/run -S train.lr=0.5")
    person.waits("Retry", lambda: "Retry" in person.sees("#checks button"))
    assert "Some checks were not successful" in person.sees("#checks header")[0]
    place.away.unlink()
    person.press("Retry")
    person.waits("a landed commit", lambda: any("Set train.lr=0.5" in line for line in person.sees(".commit-row")))
    person.waits("checks passed", lambda: "All checks have passed" in person.sees("#checks header")[0])
    assert person.complaints() == []


def looks_right(person: Person, path: str, width: int, scheme: str) -> None:
    """Check that it fits with everything opened, and that its colours are those of the requested scheme."""
    person.open(path, width, scheme)
    person.asks("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert person.asks("return document.documentElement.scrollWidth") <= width, (path, width)
    assert person.asks(OVERHANG) == [], (path, width)
    back, text = person.asks("const s = getComputedStyle(document.body); return [s.backgroundColor, s.color]")
    assert (brightness(back) > brightness(text)) == (scheme == "light"), (back, text)


def brightness(colour: str) -> int:
    """Return the brightness of `rgb(12, 34, 56)`."""
    return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))
