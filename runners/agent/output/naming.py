"""Names for the paths of this machine that a reader knows: paths in the project."""

from collections.abc import Mapping
from pathlib import Path

from ..agent_folder import Home
from ..specification import Specification


def names(home: Home, specification: Specification, place: Path, environment: Path | None = None) -> Mapping[str, str]:
    """Return what to show in place of the beginning of a path, for the attempt that works in `place`.

    `environment` is the kept one, once it is made. Of its paths only the part that tells the package is shown:
    `…/site-packages/sklearn/base.py`.
    """
    tree, owners = place / "tree", [home.envs(str(specification.repository)), home.envs("agent")]
    project = tree / specification.project
    above = "../" * len(Path(specification.project).parts)
    found = {
        f"{project}/": "",
        f"{tree}/": above,
        f"{place / 'cache'}/": ".dvc/cache/",
        f"{place / 'home'}/": "~/",
        **{f"{envs}/": "…/" for envs in owners},
        str(project): ".",
        str(tree): above.removesuffix("/") or ".",
    }
    if environment:
        found |= {f"{folder}/": "…/" for folder in (environment, *environment.glob("lib*/python*"))}
    # DVC and Python print paths with symlinks resolved.
    paths = (place, *owners)
    real = {start.replace(str(path), str(path.resolve())): found[start] for path in paths for start in found}
    return found | real
