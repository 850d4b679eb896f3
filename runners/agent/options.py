"""What the operator allows the agent to do, and where it works."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """The operator's choices for training on this machine."""

    home: Path
    isolated: bool
    remotes: tuple[Path, ...]  # folders of the machine that are the repository's DVC remotes
    outer: Mapping[str, str]  # the environment variables of the agent itself
