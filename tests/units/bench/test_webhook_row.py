"""What the bench says about deliveries, and what it installs to compare with."""

import json
import os
from pathlib import Path

import pytest

from bench.deliveries import COMMENT, SIZE, Answers, payload
from bench.webhook import PROBOT, Doors, Turn, install
from bot.events import CommentCreated, parse


def turn(rate: float = 100.0, accepted: int = 10, once: int = 10) -> Turn:
    return Turn(rate, 1.0, 2.0, 1.0, 2.0, 0.5, 10, accepted, once)


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    ours, theirs = [turn(50.0), turn(80.0), turn(10.0)], [turn(100.0)] * 3
    assert Doors(ours, theirs).ratio == 0.5
    assert Doors(ours, [], "no npm").ratio == 0.0


@pytest.mark.parametrize("other", [turn(accepted=9), turn(once=9)])
def test_what_was_refused_lost_or_doubled_is_not_sound(other: Turn) -> None:
    assert Doors([turn()], [turn()]).sound
    assert not Doors([turn(), other], [turn()]).sound
    assert not Doors([turn()], [other]).sound


def test_percentiles_and_the_rate_are_of_all_deliveries() -> None:
    answers = Answers(2.0, [number / 1000 for number in range(100, 0, -1)], frozenset("abcd"))
    assert (answers.percentile(0.5), answers.percentile(0.99), answers.percentile(1.0)) == (51.0, 100.0, 100.0)
    assert answers.rate == 2.0


def test_the_payload_is_a_comment_that_the_bot_takes() -> None:
    body = payload()
    assert len(body) == SIZE
    event = parse("issue_comment", json.loads(body), "https://github.com", "1")
    assert isinstance(event, CommentCreated) and event.body == COMMENT


def test_each_package_of_the_counterpart_is_held_by_its_hash_and_comes_from_anybodys_registry() -> None:
    packages = json.loads((PROBOT / "package-lock.json").read_text())["packages"]
    assert len(packages) > 100
    for name, package in packages.items():
        assert not name or package["integrity"].startswith("sha512-")
        assert "resolved" not in package


def test_where_it_can_not_be_installed_the_row_says_why(tmp_path: Path) -> None:
    assert "npm is not installed" in install(tmp_path / "none", {"PATH": str(tmp_path)})
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'no such package' >&2\nexit 1\n")
    npm.chmod(0o755)
    env = {"PATH": f"{tmp_path}{os.pathsep}/usr/bin:/bin"}
    assert install(tmp_path / "broken", env) == "no such package"
    npm.write_text("#!/bin/sh\n")
    assert install(tmp_path / "broken", env) == ""
    npm.unlink()
    assert install(tmp_path / "broken", {"PATH": str(tmp_path)}) == "", "it is kept while the lock stays the same"
