"""The changes that keep an experiment's commit off every branch, and what helps: plain sentences, code in
backquotes."""

import posixpath
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.ports.git import UNDECLARED
from experiments.settings.fields import PATH
from experiments.wording import for_shell, quoted, some

DECLARED = "dvc.yaml"
_NAMED = 10  # paths in one sentence
_TYPED = 5  # paths in one command
_MEASURED = (".json", ".yaml", ".yml", ".toml", ".csv", ".tsv", ".png", ".jpg", ".jpeg", ".gif")


@dataclass(frozen=True)
class Barred:
    """What no branch may get from a commit."""

    refused: Sequence[str]  # entries as in Bundle.refused
    rewritten: Mapping[str, str] = field(default_factory=dict)  # path -> a clause: which part of it no branch gets
    created: Collection[str] = ()  # paths that the commit before does not have, so that Git does not track them yet
    inputs: Collection[str] = ()  # `.dvc` files of data that the run did not make


def each(barred: Barred) -> list[str]:
    """Return each refused path, with its reason where there is one."""
    why = ((entry, barred.rewritten.get(_path(entry), "")) for entry in barred.refused)
    return [f"{quoted(_path(entry), 120)} ({clause})" if clause else quoted(entry, 120) for entry, clause in why]


def explained(barred: Barred, has_dvc: bool) -> str:
    """Return the sentences for a report. Empty where nothing is refused."""
    if not barred.refused:
        return ""
    return (
        "It changed files that no branch may get from it, so it stays an experiment: "
        f"{some(each(barred), _NAMED)}. {helps(barred, has_dvc)}"
    )


def helps(barred: Barred, has_dvc: bool) -> str:
    """Return what helps for each kind of file."""
    paths = [_path(entry) for entry in barred.refused]
    undeclared = [_path(entry) for entry in barred.refused if entry.endswith(UNDECLARED)]
    sentences = []
    if inputs := [path for path in undeclared if path in barred.inputs]:
        data, them = ("file", "it") if len(inputs) == 1 else ("files", "them")
        sentences.append(
            f"DVC itself rewrote the {data} {_named(inputs)}, from data that the run did not make: "
            f"{_typed('dvc commit -f', inputs)} where that data is writes the same; then commit {them}."
        )
    undeclared = [path for path in undeclared if path not in inputs]
    sentences += (_with_dvc if has_dvc else _without_dvc)(undeclared, paths, barred.created)
    if never := [path for path in paths if path not in (*undeclared, *inputs)]:
        them = "it" if len(never) == 1 else "them"
        sentences.append(f"The bot never puts {_named(never)} onto a branch: commit {them} yourself.")
    return " ".join(sentences)


def _with_dvc(undeclared: Sequence[str], paths: Sequence[str], created: Collection[str]) -> Iterator[str]:
    """Yield what helps in a project with DVC. Neither a dvc.yaml nor a `.dvc` file can be an output."""
    written = [path for path in undeclared if posixpath.basename(path) == DECLARED]
    tracked = [path for path in undeclared if path.endswith(".dvc")]
    if written:
        them = "it is" if len(written) == 1 else "they are"
        yield f"Let training leave {_named(written)} as {them}: `Live(dvcyaml=False)` of DVCLive does."
    if below := [path for path in written if posixpath.dirname(path) and path not in created]:
        yield (
            f"DVCLive deletes a `dvc.yaml` in its own folder anyway: {_typed('git rm', below)}, and declare what "
            "it held in the project's own `dvc.yaml`."
        )
    if tracked:
        old = [path for path in tracked if path not in created]
        typed = f"type {_typed('dvc remove', old)}, then name" if old else "name"
        yield (
            f"A `.dvc` file can't be an output: {typed} the data in `dvc.yaml`, under `outs:` of the stage that writes "
            "it. The data itself stays out of Git."
        )
    if others := [path for path in undeclared if path not in (*written, *tracked)]:
        it = _it(others, paths)
        yield (
            f"Name {_those(others, paths)} in `dvc.yaml`, under `outs:` of the stage that writes {it}, with "
            f"`cache: false` where Git tracks {it}; or keep {it} out of Git: {_ignored(others, created)}."
        )


def _without_dvc(undeclared: Sequence[str], paths: Sequence[str], created: Collection[str]) -> Iterator[str]:
    """Yield what helps in a project without DVC, where only metrics and plots can be declared."""
    numbers = [path for path in undeclared if path.lower().endswith(_MEASURED)]
    if numbers:
        one = "it is one" if _it(numbers, paths) == "it" else "they are such"
        yield (
            f"Name {_those(numbers, paths)} in {quoted(PATH)}, under `metrics` or `plots`, where {one}; or keep "
            f"{_it(numbers, paths)} out of Git: {_ignored(numbers, created)}."
        )
    if others := [path for path in undeclared if path not in numbers]:
        they = "it" if len(others) == 1 else "they"
        yield (
            "Without DVC only metrics and plots can be declared. Other files are kept out of Git like this: "
            f"{_ignored(others, created)}. What training makes of them is not kept then; with DVC {they} would be "
            f"{'an output' if they == 'it' else 'outputs'}."
        )


def _ignored(paths: Sequence[str], created: Collection[str]) -> str:
    """Return how to keep paths out of Git. Only those that Git tracks have to be removed from it."""
    line = f"a line in `.gitignore`{' for each' * (len(paths) > 1)}"
    old = [path for path in paths if path not in created]
    return f"{_typed('git rm --cached', old)} and {line}" if old else line


def _those(some_of: Sequence[str], paths: Sequence[str]) -> str:
    return "each" if len(some_of) == len(paths) else _named(some_of)


def _it(some_of: Sequence[str], paths: Sequence[str]) -> str:
    return "it" if len(some_of) in (1, len(paths)) else "them"


def _named(paths: Sequence[str]) -> str:
    return some(map(quoted, paths), _TYPED)


def _typed(command: str, paths: Sequence[str]) -> str:
    typed = for_shell(command, paths[:_TYPED])
    return f"{typed[:-1]} …`" if len(paths) > _TYPED else typed


def _path(entry: str) -> str:
    """Return the path in an entry of Bundle.refused: `train.py (not declared as an output)`."""
    return entry.rpartition(" (")[0]
