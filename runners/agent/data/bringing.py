"""Puts what a commit names and Git keeps elsewhere into the tree, before anything of the project runs."""

from collections.abc import Mapping
from pathlib import Path

from ..agent_folder import Home
from ..client import Client
from ..isolation.command_runner import CommandRunner
from ..output.log import Journal
from ..specification import Specification
from . import lfs, submodules


def bring(
    specification: Specification,
    outer: Mapping[str, str],
    commands: CommandRunner,
    client: Client,
    home: Home,
    tree: Path,
    place: Path,
    journal: Journal,
) -> Mapping[str, str]:
    """Put submodules and Git LFS files into the tree.

    Return the paths of the LFS files with the SHA-1 of their content, as git computes it.
    """
    for each in specification.submodules:
        journal.say(f"Fetching the submodule {each.path} at {each.sha[:7]}.")
    submodules.SubmoduleFetcher(commands, client, tree, place, outer).bring(specification.submodules)
    kept = home.lfs(specification.repository)
    return lfs.LfsFetcher(specification, kept, tree, journal, commands.why_stop).bring()
