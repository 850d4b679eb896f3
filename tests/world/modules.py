"""Other repositories beside the one of the world, and commits that have them as submodules."""

from collections.abc import Mapping

from sandbox import installations
from sandbox.records import HostedRepository
from tests.world.project import git, write
from tests.world.world import PullRequest, World

NETWORK = "RATE = 0.25  # known to few\n"


def library(
    world: World, name: str = "grace/lib", readers: tuple[str, ...] = ("ada",), installed: bool = True
) -> tuple[HostedRepository, str]:
    """Return a private repository of the same host, and its only commit."""
    bare = world.sandbox.add_repository(name, private=True, collaborators=dict.fromkeys(readers, "read"))
    tree = world.folder / name.replace("/", "-")
    tree.mkdir()
    git(tree, "init", "--quiet", "--initial-branch=main")
    write(tree, {"net.py": NETWORK})
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "-m", "Build")
    git(tree, "push", "--quiet", str(bare.repository.folder), "HEAD:refs/heads/main")
    if installed:
        (number,) = world.sandbox.state.installations
        installations.choose(world.sandbox.state, number, bare.repository, True)
    return bare.repository, git(tree, "rev-parse", "HEAD")


def submodule(
    world: World, path: str, url: str = "", sha: str = "c" * 40, contents: Mapping[str, str] | None = None
) -> PullRequest:
    """Return a pull request with a submodule at this path; `.gitmodules` names its address, if there is one."""
    pull = world.pull_request()
    named = {".gitmodules": f'[submodule "{path}"]\n\tpath = {path}\n\turl = "{url}"\n'} if url else {}
    pull.push({**(contents or {}), **named, f"{path}/x": ""})
    git(pull.tree, "rm", "-r", "--quiet", "--cached", path)
    git(pull.tree, "update-index", "--add", "--cacheinfo", f"160000,{sha},{path}")
    git(pull.tree, "commit", "--quiet", "--amend", "--no-edit")
    git(pull.tree, "push", "--quiet", "--force", str(world.repository.folder), "HEAD:refs/heads/tune")
    (pull.tree / path / "x").unlink()
    with world.ago(60):
        pull.push({"README.md": "Go on\n"})
    pull.head_before = pull.head
    return pull
