"""Folders that are DVC remotes, and the repository that each belongs to by the operator's settings."""

from pathlib import Path

import pytest

from bot.settings import SettingsError, read_settings
from experiments.fleet.folders import folders_of
from experiments.fleet.reach import unreadable
from experiments.fleet.reading import FleetError, read_fleet
from experiments.fleet.runners import Slurm
from runners.local import LocalRunner
from tests.units.bot.test_settings import ENVIRON, settings

SLURM = "runners: {cluster: {type: slurm, home: /shared/studio, remotes: %s}}"


def refused(value: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings(ENVIRON | {"LOCAL_REMOTES": value})
    return str(caught.value).splitlines()[0]


def wrong(remotes: str) -> list[str]:
    with pytest.raises(FleetError) as caught:
        read_fleet(SLURM % remotes)
    return str(caught.value).splitlines()


def test_a_folder_belongs_to_its_own_repository_only() -> None:
    owned = settings(LOCAL_REMOTES="lab/digits=/srv/a:lab/words=/srv/b:lab/digits=/srv/c").local_remotes
    assert folders_of("Lab/Digits", owned) == ("/srv/a", "/srv/c")
    assert folders_of("lab/digits-2", owned) == ()


def test_folders_without_a_repository_are_refused_with_the_line_to_type() -> None:
    assert refused("/srv/a:lab/words=/srv/b") == (
        "LOCAL_REMOTES: a folder belongs to one repository. Write it in the place of owner/name: "
        "owner/name=/srv/a:lab/words=/srv/b"
    )


@pytest.mark.parametrize("name", ["lab/*", "lab", "*", "lab//b", ""])
def test_an_invalid_name_of_a_repository_is_refused(name: str) -> None:
    assert "is no repository: a folder belongs to one, by its whole name `owner/name`." in refused(f"{name}=/srv/a")


@pytest.mark.parametrize(
    ("first", "second", "where"),
    [
        ("/srv/a", "/srv/a", "are one folder"),
        ("/srv", "/srv/a", "lie in each other, `/srv/a` in `/srv`"),
        ("/srv/a/b", "/srv/b/../a/", "lie in each other, `/srv/a/b` in `/srv/a`"),
    ],
)
def test_a_folder_that_two_repositories_would_see_is_refused(first: str, second: str, where: str) -> None:
    message = refused(f"lab/digits={first}:lab/words={second}")
    assert where in message and "`lab/digits`" in message and "`lab/words`" in message
    assert settings(LOCAL_REMOTES=f"lab/digits={first}:LAB/digits={second}"), "one repository may"
    assert settings(LOCAL_REMOTES="lab/digits=/srv/a:lab/words=/srv/ab"), "a name that begins alike is no parent"


def test_a_cluster_maps_repositories_to_folders_of_its_nodes() -> None:
    cluster = read_fleet(SLURM % "{lab/digits: /shared/a/, lab/words: /shared/b}").runners["cluster"]
    assert isinstance(cluster, Slurm)
    assert cluster.owned == (("lab/digits", "/shared/a"), ("lab/words", "/shared/b"))
    assert wrong("[/shared/a]") == [
        "`runners.cluster.remotes`: a folder belongs to one repository, which alone reads it and adds to it: "
        "`remotes: {owner/name: /folder}`."
    ]
    assert wrong("{lab/digits: /shared, lab/words: /shared/b}")[0].startswith(
        "`runners.cluster.remotes`: The DVC remotes of `lab/digits` and `lab/words` lie in each other"
    )


def test_an_unreadable_folder_is_reported_with_what_the_operator_adds() -> None:
    cluster = read_fleet(SLURM % "{lab/digits: /shared/a}").runners["cluster"]
    local = read_fleet("").runners["local"]
    assert unreadable("/shared/a/x", "", "lab/digits", cluster, None) == ""
    for address, repository in (("/shared/a", "lab/words"), ("/shared/a/../b", "lab/digits")):
        message = unreadable(address, "", repository, cluster, None)
        assert message.endswith(f"the bot's operator can add `{repository}: {address}` to `remotes:` of that runner")
    assert unreadable("/srv/a/x", "", "lab/digits", local, ["/srv/a"]) == ""
    message = unreadable("/srv/b", "", "lab/digits", local, ["/srv/a"])
    assert message.endswith("the bot's operator can add `lab/digits=/srv/b` to `LOCAL_REMOTES`")


def test_without_isolation_training_reads_all_folders_and_with_it_its_own(tmp_path: Path) -> None:
    owned = (("lab/digits", "/srv/a"), ("lab/words", "/srv/b"))
    shut_in, free = (LocalRunner(tmp_path, "http://x", owned, frozenset(), each) for each in (True, False))
    assert shut_in.folders("lab/words") == ("/srv/b",)
    assert free.folders("lab/words") is None
