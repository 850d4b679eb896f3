"""Composes a commit's configuration with Hydra, as DVC would for training; no code of the project runs."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path as Folder
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import DictConfig, ListConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from experiments import params
from experiments.composition import Chosen, Composition
from experiments.params import document
from experiments.params.document import Path
from experiments.snapshot import COMPOSED
from services.dvc.extract.chosen import several
from services.dvc.extract.documents import Unreadable, admit, reason
from services.dvc.extract.dvc_file import PARAMS_LIMIT
from services.dvc.extract.presence import is_file
from services.dvc.extract.problems import ProblemList
from services.dvc.extract.project import configuration

FILES = 2_000  # that a configuration folder may hold
HYDRA = "hydra"


class Uncomposed(Exception):
    """There is no configuration to compose. Holds the reason, a sentence."""


def composed(tree: Folder, project: str, trials: Sequence[Sequence[str]]) -> tuple[Composition, ...]:
    """Return the composition of a project's configuration with each list of overrides. Never raises.

    `project` is its folder in the tree. A composition that failed holds the problem.
    """
    root = tree / project
    problems = ProblemList(root, tree)
    try:
        folder, name = _source(root, configuration(root, problems).get(HYDRA, {}))
        for sentence in _set_aside(root, folder):
            problems.add(sentence)
        _stay_inside(root / folder / f"{name}.yaml")
        with _opened(root / folder):
            groups = dict(_groups(""))
            found = [_one(name, words, folder, groups) for words in trials]
    except Uncomposed as why:
        problems.add(str(why))
    except Exception as error:  # a tree may make Hydra's start raise anything
        problems.add(f"Hydra could not open the configuration folder: {reason(error)}.")
    else:
        return tuple(replace(one, problem=_problem(one.problem, root, tree, problems)) for one in found)
    return tuple(Composition(problem=" ".join(problems.told)) for _ in trials)


def _problem(problem: str, root: Folder, tree: Folder, others: ProblemList) -> str:
    """Return the problem as a sentence, followed by what was left out, which is most often its cause.

    Empty where there is no problem.
    """
    if not problem:
        return ""
    first = ProblemList(root, tree)
    first.add(f"{problem.strip().rstrip('.')}.")
    return " ".join((*first.told, *others.told))


def _source(root: Folder, settings: Mapping[str, str]) -> tuple[str, str]:
    """Return the configuration folder, from the root, and the primary configuration's name without its ending."""
    if settings.get("config_module"):
        raise Uncomposed(
            "The configuration is a Python module (`hydra.config_module` in `.dvc/config`), which only training may "
            "import. Make it a folder: `hydra.config_dir`."
        )
    folder = posixpath.normpath(str(settings.get("config_dir", "conf")))
    name = str(settings.get("config_name", "config")).removesuffix(".yaml")
    primary = posixpath.normpath(f"{folder}/{name}.yaml")
    if any(path.startswith(("/", "../")) or path == ".." for path in (folder, primary)):
        raise Uncomposed(f"The configuration {primary} that `.dvc/config` names is outside the repository.")
    if not is_file(root / primary):
        raise Uncomposed(f"There is no {primary}, which `.dvc/config` names as the configuration.")
    return folder, name


def _set_aside(root: Folder, folder: str) -> Iterator[str]:
    """Remove files that no reader may be given, and yield why. Raises Uncomposed where there are too many files."""
    for count, file in enumerate(sorted((root / folder).rglob("*.yaml"))):
        if count == FILES:
            raise Uncomposed(f"{folder} has more than {FILES:,} files.")
        if not file.is_file():
            continue
        try:
            admit(file, PARAMS_LIMIT)
        except Unreadable as why:
            file.unlink()
            yield f"{file} was left out: {why}."


def _stay_inside(primary: Folder) -> None:
    """Raise Uncomposed where `hydra.searchpath` is set: it may name any folder, and packages to import."""
    read = OmegaConf.to_container(OmegaConf.load(primary)) if primary.is_file() else {}
    own = read.get(HYDRA) if isinstance(read, dict) else None
    if own is not None and not (isinstance(own, dict) and "searchpath" not in own):
        raise Uncomposed(
            f"{primary} sets `hydra.searchpath`, which is not followed here. Put all of it below the one folder."
        )


@contextmanager
def _opened(folder: Folder) -> Iterator[None]:
    with initialize_config_dir(str(folder), version_base=None):
        OmegaConf.clear_resolvers()  # Hydra's own resolvers tell time and machine; those of OmegaConf stay
        OmegaConf.clear_resolver("oc.env")
        yield


def _groups(parent: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the groups below `parent` with their options."""
    loader = GlobalHydra.instance().config_loader()
    for name in loader.list_groups(parent):
        group = f"{parent}/{name}" if parent else name
        if group != HYDRA:
            yield group, tuple(loader.get_group_options(group))
            yield from _groups(group)


def _one(name: str, words: Sequence[str], folder: str, groups: Mapping[str, tuple[str, ...]]) -> Composition:
    try:
        cfg = compose(name, list(words), return_hydra_config=True)
        choices = {} if words else _choices(name, cfg.hydra.runtime.choices, groups)
        with open_dict(cfg):
            del cfg[HYDRA]  # as DVC does; `${hydra.…}` then leads nowhere
        values = _Values()
        text = OmegaConf.to_yaml(OmegaConf.create(values.of(cfg, ())))
        if len(text) > PARAMS_LIMIT:
            raise Uncomposed(f"The composed configuration has more than {PARAMS_LIMIT:,} characters.")
        read = params.read(COMPOSED, text)  # whoever gets the text will read it so
    except (Uncomposed, params.ParamsError) as why:
        return Composition(problem=str(why))
    except HydraException as error:
        return Composition(problem=f"Hydra says: {str(error).partition('Config search path')[0]}")
    except Exception as error:  # OmegaConf and the YAML readers raise their own errors, and a tree may provoke others
        refused = error.__context__  # the fence refused a file, and Hydra reports it otherwise
        problem = reason(refused if isinstance(refused, PermissionError) else error)
        return Composition(problem=f"Hydra could not compose it: {problem}")
    unknown = tuple(key for key, at, _ in document.walk(read) if at in values.unknown)
    return Composition(text, folder, choices, groups, unknown)


def _choices(name: str, known: Mapping[str, Any], groups: Mapping[str, tuple[str, ...]]) -> dict[str, Chosen]:
    """Return the options that the defaults list chooses, for each group in it."""
    one: dict[str, Chosen] = {group: chosen if chosen is None else str(chosen) for group, chosen in known.items()}
    return {
        group: chosen
        for group, chosen in (one | several(name, groups, one)).items()
        if group.partition("/")[0] != HYDRA
    }


class _Values:
    """A configuration as plain values. What cannot be resolved stays as it was written, and is noted in `unknown`."""

    def __init__(self) -> None:
        self.unknown: set[Path] = set()
        self._count = 0

    def of(self, node: Any, at: Path) -> Any:
        """Return the value of a node with everything in it. Raises Uncomposed where it is too large or too deep."""
        self._count += 1
        if self._count > document.MAX_VALUES or len(at) > document.MAX_DEPTH:
            raise Uncomposed("The composed configuration holds too much, interpolations followed.")
        if isinstance(node, DictConfig):
            return {key: self._child(node, key, at) for key in node}
        if isinstance(node, ListConfig):
            return [self._child(node, index, at) for index in range(len(node))]
        return node

    def _child(self, node: DictConfig | ListConfig, key: Any, at: Path) -> Any:
        if not OmegaConf.is_missing(node, key):
            try:
                return self.of(node[key], (*at, key))
            except (OmegaConfBaseException, RecursionError):
                self.unknown.add((*at, key))
        return OmegaConf.to_container(node, resolve=False)[key]
