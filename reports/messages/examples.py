"""Examples of commands with a project's own names in the place of the documentation's."""

import re
import shlex
from collections.abc import Container, Iterator, Sequence

from experiments.judging.metrics import direction
from experiments.params.yaml_literal import flow
from experiments.readiness.foretelling import target_for
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Param, Snapshot
from reports.text.titles import selecting

_SET = re.compile(r"([a-z]+\.[a-z]+)=(\S+)")  # `train.lr=0.1,0.01`
_STAGES = ("train", "evaluate")  # names of stages in the documentation's examples
_METRIC = "accuracy"
_GROUP = "train"  # the group in the example `/params train`


def here(verb: str, examples: Sequence[str], snapshot: Snapshot, config: RepoConfig) -> tuple[str, ...]:
    """Return the examples with names of the project. Those for which it has no parameter, stage or metric are left
    out."""
    params = [each for each in snapshot.settable if _is_number(each) and (each.stages or not snapshot.has_dvc)]
    params = [each for each in params if not target_for(each, snapshot)]
    if snapshot.hydra:
        params = []
    names = list(dict.fromkeys(found[1] for line in examples for found in _SET.finditer(line)))
    known = dict(zip(names, params, strict=False))
    project = selecting(snapshot.project, config) if verb in ("run", "params", "show", "plots") else ""
    lines = (_line(verb, line, known, snapshot, config) for line in examples)
    return tuple(line.replace(f"/{verb}", f"/{verb}{project}", 1) for line in lines if line)


def to_set(snapshot: Snapshot, prefer: Container[tuple[str, str]] = (), shown: Sequence[Param] = ()) -> Param | None:
    """Return the parameter that an instruction sets: a number that a stage reads, of `shown` where that is given, one
    of the preferred (file, key) pairs before others, a fraction before a count. None where there is none."""
    given = [each for each in shown or snapshot.settable if each.file not in snapshot.records]
    known = [each for each in given if _is_number(each) and each.key.isprintable()]
    found = [each for each in known if each.stages or not snapshot.has_dvc]
    found.sort(key=lambda each: ((each.file, each.key) not in prefer, not isinstance(each.value, float)))
    return next(iter(found), None)


def setting(param: Param, snapshot: Snapshot) -> str:
    """Return `-S key=…`, with the file where several have a parameter of that name, and the dvc.yaml of the stages that
    read it where DVC looks at them only when it is named."""
    several = sum(each.key == param.key for each in snapshot.settable) > 1
    word = f"{f'{param.file}:' if several else ''}{param.key}"
    edit = f"-S {word}=…" if shlex.quote(word) == word else f"-S {shlex.quote(f'{word}=…')}"
    place = target_for(param, snapshot)
    return f"{edit} {shlex.quote(place)}" if place else edit


def _line(verb: str, line: str, known: dict[str, Param], snapshot: Snapshot, config: RepoConfig) -> str:
    """Return one example with names of the project. Empty where the project lacks what it is about."""
    words = []
    for word in line.split():
        found = _SET.fullmatch(word)
        if found:
            words.append(_edit(known[found[1]], found[2], snapshot) if found[1] in known else "")
        elif verb == "run" and word in _STAGES:
            words.append(_stage(word, snapshot))
        elif word == _METRIC:
            words.append(next(_metrics(snapshot, config), ""))
        elif verb == "params" and word == _GROUP:
            groups = (each.key.partition(".")[0] for each in snapshot.settable if "." in each.key)
            words.append(next(groups, snapshot.settable[0].key if snapshot.settable else ""))
        else:
            words.append(word)
    shown = " ".join(word if word in line.split() else shlex.quote(word) for word in words)
    return shown if all(words) and shown.isprintable() else ""


def _edit(param: Param, values: str, snapshot: Snapshot) -> str:
    """Return an edit that sets the parameter to another value, or to two where the example has several."""
    several = sum(each.key == param.key for each in snapshot.settable) > 1
    count = 2 if "," in values else 1
    others = [flow(_other(param.value, number)) for number in range(1, count + 1)]
    return f"{f'{param.file}:' if several else ''}{param.key}={','.join(others)}"


def _other(value: float, number: int) -> float:
    if isinstance(value, int):
        return value * 2**number if value else number
    return float(f"{value * 10**-number:.6g}") if value else 10**-number


def _stage(word: str, snapshot: Snapshot) -> str:
    names = [each.name for each in snapshot.stages]
    if word in names or not names:
        return word if names else ""
    return names[0] if word == _STAGES[0] else names[-1]


def _metrics(snapshot: Snapshot, config: RepoConfig) -> Iterator[str]:
    """Yield the metrics by which rows can be sorted: the primary metric, else those whose direction is known."""
    found = [(file.path, name) for file in snapshot.metrics for name in file.values]
    named = [(file, name) for file, name in found if config.primary in (name, f"{file}:{name}")]
    for file, name in named or [each for each in found if config.rule(*each).better or direction(each[1])]:
        yield name if sum(other == name for _, other in found) == 1 else f"{file}:{name}"


def _is_number(param: Param) -> bool:
    return isinstance(param.value, int | float) and not isinstance(param.value, bool)
