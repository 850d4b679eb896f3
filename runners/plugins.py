"""The requirement files from which the environments for DVC remotes are installed."""

from collections.abc import Mapping
from pathlib import Path

from experiments.data.addresses import PLUGINS

FOLDER = Path(__file__).parent.parent / "requirements" / "remotes"


def plugins() -> Mapping[str, str]:
    """Return the requirements of each scheme: every package with its version and hashes, and no index address."""
    return {scheme: (FOLDER / f"{scheme}.txt").read_text() for scheme in PLUGINS}
