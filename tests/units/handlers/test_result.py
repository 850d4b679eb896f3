"""Why a result is refused, or stays off the branch: each check returns a reason, or nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest

from bot.ports.git_host import PullRequest
from bot.ports.reading import ReadingPorts
from experiments.parts.change import Input
from experiments.provenance import Provenance
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import TOO_MUCH, DataFile, Made, Stage
from handlers.checks import landing, result
from handlers.checks.dvclive_entries import Taken
from handlers.checks.result import Result
from tests.units.sample_run import AFTER, BEFORE, RUN, changed


class _Git:
    """Serve params.yaml as the experiment edits it, and no branch."""

    def read(self, repository: object, sha: str, path: str) -> bytes | None:
        return b"train: {lr: 0.01}\n" if path == "params.yaml" else None

    def remote_refs(self, repository: object, pattern: str) -> dict[str, str]:
        return {}


class _Ports:
    git = _Git()


PORTS = cast(ReadingPorts, _Ports())
EDITED = changed(RUN.experiment, edits={"params.yaml": "train: {lr: 0.01}\n"})
GOOD = Result(replace(RUN, experiment=EDITED), BEFORE, "e" * 40, AFTER, Taken(("params.yaml",), ()), None)
DATA = Input("data.csv", "main", "data.csv.dvc", "a" * 32, "b" * 32)
PULL = PullRequest(3, "open", "h" * 40, "try-less", "b" * 40, "main", False, "main", RUN.experiment.repository)


def with_experiment(**changes: object) -> Result:
    return replace(GOOD, run=replace(GOOD.run, experiment=changed(EDITED, **changes)))


def with_after(**changes: object) -> Result:
    return replace(GOOD, after=replace(AFTER, **changes))  # type: ignore[arg-type]


def refusals(found: Result) -> dict[str, str]:
    """Return the reasons, by the name of the check."""
    return {check.__name__: why for check in result.CHECKS if (why := check(PORTS, found))}


def test_a_result_of_what_was_asked_for_passes_every_check() -> None:
    assert refusals(GOOD) == {}
    trained = with_after(data=(DataFile("data.csv", DATA.md5),))
    asked = replace(GOOD.run, experiment=changed(EDITED, inputs=(DATA,)))
    assert refusals(replace(trained, run=asked)) == {}


@pytest.mark.parametrize(
    ("check", "found", "sentence"),
    [
        (result.unreadable, with_after(unread=TOO_MUCH, problems=("It has too many files.",)), "too many files"),
        (result.other_parameters, replace(GOOD, after=BEFORE), "0.1"),
        (result.other_data, with_experiment(inputs=(DATA,)), "data.csv"),
        (result.edited_otherwise, with_experiment(edits={"params.yaml": "train: {lr: 1}\n"}), "params.yaml"),
    ],
    ids=["unreadable", "parameters", "data", "edits"],
)
def test_a_result_of_something_else_is_refused_by_one_check(
    check: Callable[[ReadingPorts, Result], str], found: Result, sentence: str
) -> None:
    refused = refusals(found)
    assert [*refused] == [check.__name__]
    assert sentence in next(iter(refused.values()))


def stays_off(found: Result, pull: PullRequest = PULL) -> list[str]:
    """Return the names of the checks that keep it off the branch, of those that look at nothing but the result."""
    own = (landing.stale, landing.never_run, landing.unmade, landing.over)
    return [check.__name__ for check in own if check(PORTS, found, pull, RepoConfig)]


def test_a_complete_result_lands_while_the_pull_request_is_open() -> None:
    assert stays_off(GOOD) == []
    assert stays_off(GOOD, replace(PULL, state="merged")) == ["over"]
    assert stays_off(with_after(stages=(Stage("train", "python train.py", stale=("train.py",)),))) == ["stale"]
    run = changed(GOOD.run, provenance=Provenance(known=True, restored=("train",)))
    assert stays_off(replace(with_after(origins={"model.pkl": Made.NOTHING}), run=run)) == ["unmade"]
