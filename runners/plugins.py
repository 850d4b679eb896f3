"""What the environments for DVC remotes are installed from, in files of ours."""

from collections.abc import Mapping
from pathlib import Path

from experiments.data.addresses import PLUGINS

FOLDER = Path(__file__).parent.parent / "requirements" / "remotes"


def plugins() -> Mapping[str, str]:
    """By scheme, the text of its requirements: every package with its version and hashes, no index address."""
    return {scheme: (FOLDER / f"{scheme}.txt").read_text() for scheme in PLUGINS}
