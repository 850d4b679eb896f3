"""The parameter that a `-S` edit means, and the file it is in."""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from experiments import params
from experiments.judging.evaluation import is_inside
from experiments.nearest import nearest
from experiments.overrides.grammar import Element, ParsedToken, RefusedToken, Several, parse
from experiments.overrides.typed import WrongType, described, fit
from experiments.params.document import Path, spelled
from experiments.snapshot import Value
from experiments.wording import quoted, some

DEFAULT = "params.yaml"  # the file of an edit that names none, as in DVC
MANDATORY = "???"


@dataclass(frozen=True)
class ParamFile:
    """A declared parameter file with everything in it, or the reason why it cannot be read."""

    path: str
    text: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)  # value of each dotted key, of groups too
    paths: Mapping[str, Path] = field(default_factory=dict)
    unquoted: Mapping[str, str] = field(default_factory=dict)  # `a.b.c` -> `a."b.c"`, where only one key is spelled so
    problem: str = ""
    composed: bool = False  # Hydra composes it for each training, so keys can be added and removed

    @property
    def settable(self) -> list[str]:
        """The dotted keys of its values, without groups."""
        return [key for key, value in self.values.items() if not params.is_group(value)]

    def find(self, key: str) -> str:
        """Return the dotted key that is meant. Empty where there is none."""
        return key if key in self.values else self.unquoted.get(key, "")


@dataclass(frozen=True)
class Target:
    """A parameter that can be set; in a composed file, one that can be added or removed, too."""

    file: ParamFile
    key: str

    @property
    def before(self) -> Value:
        """The present value. None where the parameter is new, or mandatory (Hydra's `???`)."""
        value = self.file.values.get(self.key)
        return None if self.file.composed and value == MANDATORY else value

    @property
    def path(self) -> Path:
        return self.file.paths.get(self.key) or tuple(self.key.split("."))


@lru_cache(maxsize=8)  # the members of a sweep look into the same files
def opened(path: str, text: str | None, composed: bool = False) -> ParamFile:
    """Read a declared file. What is wrong with it is kept in `problem`, for an edit that names it."""
    if text is None:
        return ParamFile(path, problem=f"{quoted(path)} is declared as a parameter file and is not in this commit.")
    try:
        found = list(params.walk(params.read(path, text)))
    except params.ParamsError as error:
        return ParamFile(path, text, problem=error.message)
    unquoted: dict[str, str] = {}
    for key, at, _ in found:
        unquoted[spelled(at)] = "" if spelled(at) in unquoted else key
    values, paths = {k: v for k, _, v in found}, {k: at for k, at, _ in found}
    return ParamFile(path, text, values, paths, unquoted, composed=composed)


def target(words: ParsedToken, files: Mapping[str, ParamFile], submodules: Sequence[str] = ()) -> Target:
    """Find the parameter that an edit means.

    Raises RefusedToken, with the nearest names, where there is none or several, for a group, and for a file in one of
    `submodules`.
    """
    file = _named(words, files, submodules) if words.file else _meant(words, files)
    key_end = words.key_start + len(words.key)
    if file.problem:
        raise RefusedToken(0, key_end, file.problem)
    key = file.find(words.key)
    if file.composed and ((words.prefix == "~" and key) or (words.prefix.startswith("+") and not key)):
        return Target(file, key or words.key)
    settled = file.composed and (words.prefix in ("~", "++") or params.is_group(file.values.get(key)))
    if words.prefix and not settled:
        raise _no_prefix(words, file, key)
    if not key:
        raise _unknown(words, [file] if words.file or words.prefix else list(files.values()))
    value = file.values[key]
    if isinstance(value, Mapping) and (value or words.value.strip() != "{}"):
        inner = [name for name in file.settable if name.startswith(f"{key}.")]
        choice = f"set one of {_listed(inner)}" if inner else "write its parameters into the file"
        message = f"{quoted(key)} is a group of parameters in {quoted(file.path)}: {choice}."
        alone = len(inner) == 1 and not words.value.strip().startswith("{")
        raise RefusedToken(words.key_start, key_end, message, words.with_key(inner[0]) if alone else "")
    return Target(file, key)


def _named(words: ParsedToken, files: Mapping[str, ParamFile], submodules: Sequence[str]) -> ParamFile:
    path = posixpath.normpath(words.file)
    start = words.token.find(words.file)
    end = start + len(words.file)
    outside = path.startswith(("/", "../")) or path == ".." or "\\" in path
    if not outside and path in files:
        return files[path]
    for each in (each for each in submodules if is_inside(path, [each])):
        location = (
            f"{quoted(words.file)} is in the Git submodule {quoted(each)}: change it in that repository, and commit"
        )
        raise RefusedToken(start, end, f"{location} here which of its commits is used.")
    near = nearest(path, files, limit=1) or tuple(one for one in files if posixpath.basename(one) in path)[:1]
    declared = f" Declared: {_listed(list(files))}." if files else " This project declares none."
    wrong = "is not a path inside the repository" if outside else "is not a parameter file this project declares"
    fix = words.with_key(words.key, near[0]) if near else ""
    raise RefusedToken(start, end, f"{quoted(words.file)} {wrong}.{declared}", fix)


def _meant(words: ParsedToken, files: Mapping[str, ParamFile]) -> ParamFile:
    """Return the file of an edit that names none: params.yaml where it has the key, else the only file that has it."""
    if not files:
        raise RefusedToken(
            0,
            len(words.token),
            "This project declares no parameter file: add `params.yaml`, and `params:` to `dvc.yaml` (without DVC: to "
            "`.github/studio.yml`).",
        )
    default = files.get(DEFAULT)
    if default and (default.problem or default.find(words.key) or (default.composed and words.prefix)):
        return default
    having = [file for file in files.values() if file.find(words.key)]
    end = words.key_start + len(words.key)
    if len(having) > 1:
        choices = " or ".join(quoted(f"{file.path}:{words.key}") for file in having[:5])
        fix = words.with_key(words.key, having[0].path)
        raise RefusedToken(words.key_start, end, f"Several files have {quoted(words.key)}: write {choices}.", fix)
    if having:
        return having[0]
    broken = [file for file in files.values() if file.problem]
    if len(broken) == len(files):
        return broken[0]
    return default or next(file for file in files.values() if not file.problem)


def _unknown(words: ParsedToken, files: Sequence[ParamFile]) -> RefusedToken:
    start, end = words.key_start, words.key_start + len(words.key)
    # The file that the edit would go to comes first, so that of equally near names its own is offered.
    homes = {f"{file.path}:{key}": (file, key) for file in files for key in file.settable}
    keys = list(dict.fromkeys(key for _, key in homes.values()))
    where = f"in {quoted(files[0].path)}" if len(files) == 1 else "in any declared file"
    missing = f"There is no parameter {quoted(words.key)} {where}"
    near = _near(words.key, keys)
    adds = files[0].composed and not words.prefix
    added = f" {quoted('+' + words.without_file())} adds it." if adds else ""
    if not near:
        whole = [key for key in keys if key.rpartition(".")[0] not in keys]  # a list, not each of its items
        there = f"{missing}. It has {_listed(whole)}." if len(files) == 1 else f"{missing}."
        return RefusedToken(start, end, there + added, f"+{words.without_file()}" if adds else "")
    file = next(file for file, key in homes.values() if key == near[0])
    alone = sum(key == near[0] for _, key in homes.values()) == 1 or file.path == DEFAULT
    others = f" Also near: {_listed(near[1:])}." if near[1:] else ""
    home = "" if len(files) == 1 else f" in {quoted(file.path)}"
    message = f"{missing}. Nearest: {quoted(near[0])}{home} (now {described(file.values[near[0]])}).{others}{added}"
    fix = words.token[:start] + near[0] + words.token[end:]
    fix = fix if alone or words.file else words.with_key(near[0], file.path)
    suits = words.prefix == "~" or _suits(file.values[near[0]], words)
    return RefusedToken(start, end, message, fix if suits and _alike(words.key, near[0], keys) else "")


def _near(key: str, keys: Sequence[str]) -> tuple[str, ...]:
    """Return the nearest keys. Those in the group that was typed come first, unless the nearest has the same last
    part."""
    near = nearest(key, keys)
    if not near or near[0].rpartition(".")[2] == key.rpartition(".")[2]:
        return near
    return tuple(dict.fromkeys((*nearest(key, _beside(key, keys)), *near)))[:3]


def _alike(key: str, near: str, keys: Sequence[str]) -> bool:
    """Return whether one key may be meant by the other, rather than that only their groups have similar names."""
    return near.rpartition(".")[2] == key.rpartition(".")[2] or not (there := _beside(key, keys)) or near in there


def _beside(key: str, keys: Sequence[str]) -> list[str]:
    group = key.rpartition(".")[0]
    return [each for each in keys if group and each.startswith(f"{group}.")]


def _suits(current: Value, words: ParsedToken) -> bool:
    """Return whether the value that was typed may be meant for a parameter with this present value."""
    read = parse(words.value)
    if isinstance(read, Several):
        return True  # each value is checked by itself
    try:
        fit(current, words.value, read)
    except WrongType:
        return False
    return not (isinstance(current, str) and isinstance(read, Element) and not isinstance(read.value, str))


def _no_prefix(words: ParsedToken, file: ParamFile, key: str) -> RefusedToken:
    end = words.key_start + len(words.key)
    if words.prefix == "~":
        message = (
            f"`~` removes a parameter, which `-S` cannot do here: remove {quoted(words.key)} from {quoted(file.path)} "
            "and commit that."
        )
        return RefusedToken(0, end, message)
    if key and not params.is_group(file.values[key]):
        message = f"`{words.prefix}` is not needed: {quoted(key)} is in the file (now {described(file.values[key])})."
        return RefusedToken(0, end, message, words.with_key(key))
    message = (
        f"`{words.prefix}` adds a parameter, and only what is in the file can be set, so that the pull request "
        f"shows it: add {quoted(words.key)} with the value {quoted(words.value.strip())} to {quoted(file.path)}."
    )
    return RefusedToken(0, end, message)


def _listed(names: Sequence[str]) -> str:
    return some(map(quoted, names), 8) or "no parameters"
