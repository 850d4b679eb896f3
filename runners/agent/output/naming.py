"""How a reader knows the paths of this machine: as the project has them."""

from collections.abc import Mapping
from pathlib import Path

from ..agent_folder import Home
from ..specification import Specification


def names(home: Home, specification: Specification, place: Path, environment: Path | None = None) -> Mapping[str, str]:
    """What to write in the place of the beginning of a path, of one attempt that works in `place`. `environment`: the
    kept one, once it is there; of it only what tells a package is shown: `…/site-packages/sklearn/base.py`."""
    tree, envs = place / "tree", home.envs(str(specification.repository))
    project = tree / specification.project
    above = "../" * len(Path(specification.project).parts)
    found = {
        f"{project}/": "",
        f"{tree}/": above,
        f"{place / 'cache'}/": ".dvc/cache/",
        f"{place / 'home'}/": "~/",
        f"{envs}/": "…/",
        str(project): ".",
        str(tree): above.removesuffix("/") or ".",
    }
    if environment:
        found |= {f"{folder}/": "…/" for folder in (environment, *environment.glob("lib*/python*"))}
    # DVC and Python tell paths without symlinks.
    real = {start.replace(str(path), str(path.resolve())): found[start] for path in (place, envs) for start in found}
    return found | real
