"""Submodules are fetched for those who may read them, from this host, and everybody is told."""

from dataclasses import replace

import pytest

from tests.world.modules import NETWORK, library, submodule
from tests.world.project import PIPELINE, files, git, write
from tests.world.runner import Machine, training
from tests.world.world import PullRequest, World

LOCK = files()["dvc.lock"].replace(
    "  params:", f"  - path: lib/net.py\n      hash: md5\n      md5: {'b' * 32}\n      size: 3\n    params:", 1
)
READING = {"dvc.yaml": PIPELINE.replace("deps: [train.py]", "deps: [train.py, lib/net.py]"), "dvc.lock": LOCK}
FETCHED = "`lib` is fetched from `grace/lib`, which `ada` may read: what training prints of it can be read by everybody"
READ = ": the stage `train` reads `lib/net.py`. Commit its files to this repository, or install them as a package."
CLOSED = (
    "`lib` is a Git submodule, which is not fetched (the App is not installed on `grace/lib`, or `{0}` may not read it)"
)


def nothing_began(world: World, pull: PullRequest) -> None:
    assert list(world.wired.ports.store.active()) == []
    assert pull.head == pull.head_before and not pull.experiments and pull.checks(pull.head) == []


def role(world: World, name: str, login: str, right: str) -> None:
    """Give somebody this role in a repository from now on."""
    world.sandbox.state.repository(name).collaborators[login] = right  # type: ignore[index]


def test_a_submodule_is_fetched_with_the_right_of_who_asks(world: World) -> None:
    _, sha = library(world)
    pull = submodule(world, "lib", "../lib.git", sha, READING)
    world.work()
    overview = pull.overview
    assert "`lib/net.py` changed" not in overview, "nobody looked into it"
    assert "submodule" not in overview, "who will ask nobody knows yet"
    pull.comment("/run --script -S train.lr=0.01")
    assert FETCHED in pull.reply
    pull.comment("/run -S train.lr=0.01")
    assert FETCHED in pull.reply
    seen: list[tuple[int, bytes]] = []

    def script(machine: Machine) -> None:
        machine.claim()
        (told,) = machine.spec["submodules"]
        assert (told["path"], told["sha"]) == ("lib", sha)
        machine.say("preparing")
        seen.append(machine.submodule(0))
        seen.append(machine.submodule(1))
        assert "ghs_" not in str(told), "no token of that repository leaves the bot"
        training({"accuracy": 0.91})(machine)
        seen.append(machine.submodule(0))

    world.runner.does(script)
    assert "Better" in pull.report
    assert [status for status, _ in seen] == [200, 403, 410] and seen[0][1].startswith(b"PACK")
    assert pull.git("ls-tree", pull.head, "lib").startswith(f"160000 commit {sha}")


@pytest.mark.parametrize("name", ["lib", "nowhere"])
@pytest.mark.parametrize("line", ["/run -S train.lr=0.01", "/run --script -S train.lr=0.01"])
def test_who_may_not_read_it_is_not_told_whether_it_exists(world: World, line: str, name: str) -> None:
    """A writer here would else have training print what is private there."""
    _, sha = library(world, readers=())
    pull = submodule(world, "lib", f"{world.sandbox.url}/grace/{name}", sha, READING)
    pull.comment(line)
    reply = pull.reply
    assert f"{CLOSED.format('ada').replace('grace/lib', f'grace/{name}')}{READ}" in reply
    assert "nothing was started" in reply
    nothing_began(world, pull)
    assert not [each for each in world.requests if "grace/lib.git" in each], "and git asked for nothing"


def test_a_repository_without_the_app_is_left_alone(world: World) -> None:
    _, sha = library(world, "grace/lib", installed=False)
    pull = submodule(world, "lib", "../lib.git", sha, READING)
    pull.comment("/run -S train.lr=0.01")
    assert f"{CLOSED.format('ada')}{READ}" in pull.reply
    nothing_began(world, pull)


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/grace/lib.git",
        "file:///etc",
        "/srv/git/lib.git",
        "ext::sh -c touch% /tmp/x",
        "-u./payload",
        "git@elsewhere.example:grace/lib.git",
        "../../../../etc/passwd",
        "https://ada:ghs_secret@elsewhere.example/grace/lib.git",
    ],
)
def test_other_addresses_are_named_and_asked_for_nothing(world: World, url: str) -> None:
    _, sha = library(world)
    pull = submodule(world, "lib", url, sha, READING)
    before = len(world.requests)
    pull.comment("/run -S train.lr=0.01")
    reply = pull.reply
    shown = url.replace("ada:ghs_secret@", "")
    assert f"`lib` is a Git submodule, which is not fetched (`{shown}` is no repository on `127.0.0.1`){READ}" in reply
    nothing_began(world, pull)
    assert not [each for each in world.requests[before:] if "grace/lib" in each]
    assert f"`{shown}` is no repository on `127.0.0.1`" in pull.overview
    assert "ghs_secret" not in reply + pull.overview


def test_a_commit_that_is_not_there_is_told(world: World) -> None:
    library(world)
    pull = submodule(world, "lib", "../lib.git", "c" * 40, READING)
    pull.comment("/run -S train.lr=0.01")
    assert f"which is not fetched (`grace/lib` has no commit `ccccccc`){READ}" in pull.reply
    nothing_began(world, pull)


def test_a_submodule_that_no_stage_names_is_said(world: World) -> None:
    pull = submodule(world, "lib")
    pull.comment("/run -S train.lr=0.01")
    said = "which is not fetched (`.gitmodules` names no address for it): its files are missing while it trains."
    assert f"- `lib` is a Git submodule, {said}" in pull.reply


def test_what_a_submodule_has_elsewhere_itself_is_not_fetched_and_named(world: World) -> None:
    _, inner = library(world, "grace/inner")
    bare, _ = library(world)
    tree = world.folder / "grace-lib"
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12345\n"
    write(tree, {"weights.bin": pointer})
    git(tree, "add", "--all")
    git(tree, "update-index", "--add", "--cacheinfo", f"160000,{inner},deep/inner")
    git(tree, "commit", "--quiet", "-m", "Deeper")
    git(tree, "push", "--quiet", str(bare.folder), "HEAD:refs/heads/main")
    pull = submodule(world, "lib", "../lib.git", git(tree, "rev-parse", "HEAD"), READING)
    pull.comment("/run -S train.lr=0.01")
    said = "`lib/deep/inner` is a submodule of the submodule `lib`, and not fetched: no more than one level is."
    reply = pull.reply
    assert said in reply
    assert (
        "`lib/weights.bin` is a file of Git LFS in the submodule `lib`, of which only the pointer is fetched." in reply
    )


def test_a_right_that_was_lost_meanwhile_gives_nothing(world: World) -> None:
    """Between asking and beginning, and between beginning and fetching."""
    _, sha = library(world)
    pull = submodule(world, "lib", "../lib.git", sha, READING)
    pull.comment("/run -S train.lr=0.01 --temp -n first")
    pull.comment("/run -S train.lr=0.02 --temp -n second")
    assert FETCHED in "".join(pull.new())
    fetched: list[tuple[int, bytes]] = []

    def loses(machine: Machine) -> None:
        if fetched:
            assert machine.status("claim", {}) == 410
            return
        machine.claim()
        role(world, "grace/lib", "ada", "none")
        fetched.append(machine.submodule(0))
        machine.done(1, "The submodule `lib` was not given.")

    assert world.runner.trains_all(loses) == ["first", "second"]
    assert fetched[0][0] == 403 and NETWORK.encode() not in fetched[0][1]
    first, second = pull.new()
    assert "was not given" in first and f"{CLOSED.format('ada')}{READ}" in second
    pull.comment("/retry second")
    reply = pull.reply
    assert f"{CLOSED.format('ada')}{READ}" in reply and "nothing was started" in reply
    assert list(world.wired.ports.store.active()) == []


def test_retry_asks_for_the_right_of_who_retries(world: World) -> None:
    _, sha = library(world)
    pull = submodule(world, "lib", "../lib.git", sha, READING)
    pull.comment("/run -S train.lr=0.01 --temp -n first")
    assert FETCHED in pull.reply

    def fails(machine: Machine) -> None:
        machine.claim()
        machine.done(1, "No luck.")

    world.runner.does(fails)
    assert "No luck" in pull.report
    world.repository.collaborators["ivan"] = "write"  # type: ignore[index]
    pull.comment("/retry first", by="ivan")
    assert f"{CLOSED.format('ivan')}{READ}" in pull.reply
    assert list(world.wired.ports.store.active()) == []


def test_a_suspended_installation_reads_nothing(world: World) -> None:
    _, sha = library(world, "lab/lib", installed=False)
    state = world.sandbox.state
    (number,), lab = state.installations, state.repository("lab/lib")
    theirs = replace(state.installations[number], id=number + 1, account="lab", repositories=frozenset({lab.id}))
    state.put(replace(theirs, suspended_at=1.0))
    pull = submodule(world, "lib", "../../lab/lib.git", sha, READING)
    pull.comment("/run -S train.lr=0.01")
    assert "(the App is not installed on `lab/lib`, or `ada` may not read it)" in pull.reply


def test_parameters_in_a_submodule_can_not_be_set(world: World) -> None:
    _, sha = library(world)
    reading = PIPELINE.replace("params: [", "params: [lib/params.yaml: [depth], ")
    pull = submodule(world, "lib", "../lib.git", sha, {"dvc.yaml": reading})
    pull.comment("/run -S lib/params.yaml:depth=3")
    said = "`lib/params.yaml` is in the Git submodule `lib`: change it in that repository, and commit here which of its"
    assert said in pull.reply
    nothing_began(world, pull)
