"""What the operator lets an agent do, and where it works."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """How the operator lets this machine train."""

    home: Path
    isolated: bool
    remotes: tuple[Path, ...]  # folders of the machine that are the repository's DVC remotes
    outer: Mapping[str, str]  # our own environment
