"""Names of repositories, also in nested groups, and what a repository stores of its host."""

import dataclasses
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from experiments.experiment import Repository
from experiments.fleet.folders import folders_of, mistakes
from experiments.hosts import GITHUB, is_full_name
from reports.run.recipes import retrain
from services.git.mirror import mirror_in
from tests.units.sample_run import EXPERIMENT, RUN, report

DEEP = "lab/vision/digits"


@pytest.mark.parametrize("name", ["ada/digits", DEEP, "a/b/c/d", "lab/.github", "lab_x/y-z", "0/1"])
def test_these_names_of_repositories_are_accepted(name: str) -> None:
    assert is_full_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "digits", "/digits", "lab/", "lab//digits", "../digits", "lab/..", "lab/../x", "lab/./x", "lab/vision/..",
     "-u/x", ".git/x", "lab/x y", "lab/x\n", "lab\\x/y", "lab/x?y", "/".join("a" * 30), f"lab/{'x' * 101}"],
)  # fmt: skip
def test_these_names_of_repositories_are_refused(name: str) -> None:
    assert not is_full_name(name)


def test_the_owner_is_everything_before_the_last_slash() -> None:
    deep = Repository(1, DEEP, 7, f"https://elsewhere.example/{DEEP}")
    assert (deep.owner, deep.name) == ("lab/vision", "digits")
    moved = deep.renamed("lab/sound/old/digits")
    assert (moved.owner, moved.url) == ("lab/sound/old", "https://elsewhere.example/lab/sound/old/digits")


def test_no_folder_is_named_by_the_full_name(tmp_path: Path) -> None:
    """Check that mirrors and snapshots lie by the repository's number, and a clone by the last part of its name."""
    mirror_in(tmp_path, 1)
    assert {each.name for each in tmp_path.iterdir()} == {"1.git", "1.lock"}
    there = dataclasses.replace(EXPERIMENT, repository=dataclasses.replace(EXPERIMENT.repository, full_name=DEEP))
    assert " digits-puffy-daks\ncd digits-puffy-daks\n" in retrain(report(dataclasses.replace(RUN, experiment=there)))


def test_an_operators_setting_reaches_a_repository_in_groups() -> None:
    owned = [(DEEP, "/srv/deep"), ("lab/digits", "/srv/flat")]
    assert not mistakes(owned) and folders_of("Lab/Vision/Digits", owned) == ("/srv/deep",)
    assert mistakes([("lab/../digits", "/srv/x")])


def test_a_stored_repository_names_its_host_and_is_readable_without_it() -> None:
    kept = TypeAdapter(Repository)
    stored = kept.dump_python(EXPERIMENT.repository)
    assert stored["host"] == "github" and kept.validate_python(stored) == EXPERIMENT.repository
    del stored["host"]  # as v0.1.0 stored it
    assert kept.validate_python(stored).host == GITHUB
    with pytest.raises(ValidationError, match="no Git host is called 'nowhere'"):
        kept.validate_python(stored | {"host": "nowhere"})
