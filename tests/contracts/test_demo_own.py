"""`make demo PROJECT=…` publishes a person's own repository to the local GitHub and leaves it as it was."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from demo.environment import clean_environment
from demo.hub import Hub
from demo.own import TRY, Own, asked_for, publish
from demo.trouble import DemoTrouble
from sandbox import gitfolder
from sandbox.seeding import read, seed
from sandbox.server import Sandbox
from tests.world.project import git, write

PARAMS = "name: mine\ntrain:\n  lr: 0.1  # rate\n"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return clean_environment(os.environ, tmp_path / "home", Path("/usr/bin"))


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Return a repository whose default branch is `master`, with a tag and an experiment of DVC's."""
    folder = tmp_path / "My project"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=master")
    write(folder, {"params.yaml": PARAMS})
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "Begin")
    git(folder, "tag", "v1.0")
    git(folder, "update-ref", f"refs/exps/aa/{'b' * 38}/puffy", "HEAD")
    return folder


@contextmanager
def github(place: Path, expected: str) -> Iterator[tuple[Hub, Sandbox]]:
    """Return a local GitHub that expects this repository."""
    sandbox = Sandbox(place / "github")
    sandbox.start()
    try:
        hub = Hub(sandbox.url, place / "app.pem", expected)
        hub.write_config(place / "config.json", webhook="http://127.0.0.1:9/webhook")
        seed(sandbox, read(place / "config.json"))
        yield hub, sandbox
    finally:
        sandbox.stop()


@pytest.fixture
def published(tmp_path: Path) -> Iterator[tuple[Hub, Sandbox]]:
    with github(tmp_path, "lab/My-project") as both:
        yield both


def own(folder: Path, env: dict[str, str], branch: str = "") -> Own:
    found = asked_for({"PROJECT": str(folder), "BRANCH": branch}, env)
    assert found is not None
    return found


def test_without_another_branch_a_parameter_is_changed(
    mine: Path, env: dict[str, str], published: tuple[Hub, Sandbox]
) -> None:
    hub, sandbox = published
    before = git(mine, "for-each-ref")
    number = publish(own(mine, env), hub, env)
    repository = sandbox.state.repository("lab/My-project")
    (pull,) = sandbox.state.pulls_of(repository)
    assert (pull.number, pull.title, pull.head_ref, pull.base_ref) == (number, "Try train.lr = 0.2", TRY, "main")
    shown = gitfolder.git(repository.folder, "show", f"{TRY}:params.yaml")
    assert shown.strip() == PARAMS.replace("0.1", "0.2").strip()
    assert {"refs/tags/v1.0", f"refs/exps/aa/{'b' * 38}/puffy"} <= set(gitfolder.refs(repository))
    assert git(mine, "for-each-ref") == before
    assert git(mine, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("before", "after", "title"),
    [
        ("debug: false\nname: 0\n", "debug: false\nname: 1\n", "Try name = 1"),
        ("dropout: 0.0\n", "dropout: 0.1\n", "Try dropout = 0.1"),
        ("seed: 1000000\n", "seed: 1000001\n", "Try seed = 1000001"),
        ("name: mine\n", "name: mine\n", "Try the bot"),
    ],
    ids=["none", "no fraction", "a long one", "no number"],
)
def test_the_first_number_becomes_another_one(
    mine: Path, env: dict[str, str], published: tuple[Hub, Sandbox], before: str, after: str, title: str
) -> None:
    hub, sandbox = published
    write(mine, {"params.yaml": before})
    git(mine, "commit", "--quiet", "--all", "-m", "Other parameters")
    publish(own(mine, env), hub, env)
    repository = sandbox.state.repository("lab/My-project")
    (pull,) = sandbox.state.pulls_of(repository)
    assert pull.title == title
    assert gitfolder.git(repository.folder, "show", f"{TRY}:params.yaml").strip() == after.strip()


def test_the_newest_branch_that_differs_is_the_pull_request(
    mine: Path, env: dict[str, str], published: tuple[Hub, Sandbox]
) -> None:
    hub, sandbox = published
    git(mine, "branch", "same")
    git(mine, "switch", "--quiet", "--create", "wider")
    git(mine, "commit", "--quiet", "--allow-empty", "-m", "Widen it")
    publish(own(mine, env), hub, env)
    (pull,) = sandbox.state.pulls_of(sandbox.state.repository("lab/My-project"))
    assert (pull.head_ref, pull.title, pull.user) == ("wider", "Widen it", "ada")


@pytest.mark.parametrize("name", ["digits", "Digits", "stored"])
def test_a_repository_with_a_name_of_the_demos_gets_a_folder_and_fork_of_its_own(
    mine: Path, env: dict[str, str], tmp_path: Path, name: str
) -> None:
    asked = own(mine.rename(tmp_path / name), env)
    with github(tmp_path, asked.repository) as (hub, sandbox):
        publish(asked, hub, env)
        assert asked.repository == f"lab/{name}-own"
        assert len(set(hub.repositories)) == len(hub.repositories)
        assert hub.forks == {"lab/digits": "otto/digits", asked.repository: f"otto/{name}-own"}
        for parent, fork in hub.forks.items():
            assert sandbox.state.repository(fork).parent == sandbox.state.repository(parent).id
        assert not sandbox.state.pulls_of(sandbox.state.repository("lab/digits"))
        assert len(sandbox.state.pulls_of(sandbox.state.repository(asked.repository))) == 1


def test_a_repository_that_cannot_be_shown_is_answered_with_what_to_type(
    mine: Path, env: dict[str, str], tmp_path: Path
) -> None:
    assert asked_for({}, env) is None
    with pytest.raises(DemoTrouble, match="is no Git repository"):
        own(tmp_path, env)
    with pytest.raises(DemoTrouble, match="has no branch wide: there are master"):
        own(mine, env, "wide")
    git(mine, "branch", "same")
    with pytest.raises(DemoTrouble, match="same has no commit that master has not"):
        own(mine, env, "same")


def test_a_remote_that_is_a_folder_can_be_used_by_runs(mine: Path, env: dict[str, str], tmp_path: Path) -> None:
    assert own(mine, env).remote is None
    (tmp_path / "storage").mkdir()
    write(mine, {".dvc/config": "[core]\n    remote = s\n['remote \"s\"']\n    url = ../../storage\n"})
    assert own(mine, env).remote == tmp_path / "storage"
    (mine / ".dvc" / "config").rename(mine / "config")
    assert own(mine, env).remote is None
    (mine / "train" / ".dvc").mkdir(parents=True)
    (mine / "config").rename(mine / "train" / ".dvc" / "config")
    (mine / "storage").mkdir()
    assert own(mine, env).remote == mine / "storage", "of a project in a folder of the repository"


def test_a_repository_that_lacks_objects_is_reported_in_a_sentence(
    mine: Path, env: dict[str, str], published: tuple[Hub, Sandbox]
) -> None:
    blob = git(mine, "rev-parse", "HEAD:params.yaml")
    (mine / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    hub, _ = published
    with pytest.raises(DemoTrouble, match=r"lacks objects of its own history.*Clone it anew"):
        publish(own(mine, env), hub, env)
