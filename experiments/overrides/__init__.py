"""`-S` edits: what was typed is checked against the parameter files, and every problem is found at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from experiments import params
from experiments.overrides.choices import Choices, choices
from experiments.overrides.grammar import (
    MAX_OVERRIDES,
    Element,
    ParsedToken,
    RefusedToken,
    meant,
    parse,
    readable,
    spelled,
    split,
)
from experiments.overrides.problem import EditProblem, problem
from experiments.overrides.recorded import check_read
from experiments.overrides.targets import ParamFile, Target, opened, target
from experiments.overrides.typed import WrongType, described, fit
from experiments.parts.change import Override
from experiments.snapshot import COMPOSED, Snapshot, Value
from experiments.wording import quoted

__all__ = ["MAX_OVERRIDES", "Choices", "Plan", "EditProblem", "choices", "meant", "plan", "spelled"]


@dataclass(frozen=True)
class Plan:
    """The outcome of checking the edits. Where there is a problem there are no edits."""

    overrides: tuple[Override, ...] = ()
    edits: Mapping[str, str] = field(default_factory=dict)  # path -> whole new text, of the files that change
    problems: tuple[EditProblem, ...] = ()


@dataclass(frozen=True)
class _Asked:
    """One edit that is correct by itself."""

    token: int
    words: ParsedToken
    target: Target
    value: Value  # in the file's own type
    word: str  # the edit as messages show it, and as DVC gets it where the file is composed


def plan(
    tokens: Sequence[str], snapshot: Snapshot, texts: Mapping[str, str], chosen: Collection[int] | None = None
) -> Plan:
    """Check the words after each `-S` against the declared parameter files, and make the new texts of these. Never
    raises.

    `texts`: the text of each file of `snapshot.param_files`. An edit that sets the present value is accepted.
    `chosen`: None unless Hydra composes params.yaml. Its text is then the composed one and gets no edit, and the tokens
    at these indexes are choices of groups, which `choices` has checked.
    """
    composed = {COMPOSED} if chosen is not None else set()
    files = {path: opened(path, texts.get(path), path in composed) for path in snapshot.param_files} if tokens else {}
    asked: list[_Asked] = []
    problems: list[EditProblem] = []
    for index, token in enumerate(tokens[:MAX_OVERRIDES]):
        if index in (chosen or ()):
            continue
        try:
            one = _asked(index, token, files, snapshot)
            _set_once(one, asked)
        except RefusedToken as refused:
            problems.append(problem(index, token, refused))
        else:
            asked.append(one)
    if len(tokens) > MAX_OVERRIDES:
        message = f"These are {len(tokens)} edits; at most {MAX_OVERRIDES} are allowed."
        problems.append(EditProblem(MAX_OVERRIDES, 0, len(tokens[MAX_OVERRIDES]), message))
    edits: dict[str, str] = {}
    for path in dict.fromkeys(one.target.file.path for one in asked if not one.target.file.composed):
        try:
            edits[path] = _edited(files[path], [one for one in asked if one.target.file.path == path])
        except _Unwritable as error:
            problems.append(error.problem)
    if problems:
        return Plan(problems=tuple(sorted(problems, key=lambda each: each.token)))
    changed = {path: text for path, text in edits.items() if text != files[path].text}
    return Plan(tuple(_override(one) for one in asked), changed)


class _Unwritable(Exception):
    def __init__(self, problem: EditProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _asked(index: int, token: str, files: Mapping[str, ParamFile], snapshot: Snapshot) -> _Asked:
    words = split(token)
    check_read(words, files, snapshot)
    found = target(words, files, [each.path for each in snapshot.prerequisites.submodules])
    if words.prefix == "~":
        return _Asked(index, words, found, None, _word(words, found, None))
    try:
        value = fit(found.before, words.value, parse(words.value))
    except WrongType as unfit:
        known = found.key in found.file.values
        now = f" In {quoted(found.file.path)} it is now {described(found.before)}." if known else ""
        fix = words.with_value(unfit.instead) if unfit.instead else ""
        raise RefusedToken(words.value_start, len(token), f"{quoted(found.key)} {unfit.message}.{now}", fix) from unfit
    return _Asked(index, words, found, value, _word(words, found, value))


def _word(words: ParsedToken, found: Target, value: Value) -> str:
    """Return the edit as it was typed. For a composed file, return it as DVC gets it, so that Hydra reads the value
    that was understood here.

    Raises RefusedToken where it can't be written in Hydra's grammar.
    """
    if not found.file.composed:
        return words.token
    word, read = words.without_file(), parse(words.value)
    if words.prefix != "~" and not (isinstance(read, Element) and params.same(read.value, params.plain(value))):
        word = f"{words.prefix}{words.key}={spelled(value)}"
    if not readable(word):
        message = f"{quoted(word)} is not in Hydra's grammar: set it in the configuration folder and commit that."
        raise RefusedToken(0, len(words.token), message)
    return word


def _set_once(one: _Asked, asked: Sequence[_Asked]) -> None:
    path = one.target.path
    for other in asked:
        there = other.target.path
        shared = min(len(path), len(there))
        if other.target.file is one.target.file and path[:shared] == there[:shared]:
            end = one.words.key_start + len(one.words.key)
            message = f"{quoted(one.target.key)} is set twice: {quoted(other.words.token)} sets it already. Keep one."
            raise RefusedToken(one.words.key_start, end, message)


def _edited(file: ParamFile, asked: Sequence[_Asked]) -> str:
    try:
        return params.edit(file.path, file.text, {one.target.key: one.value for one in asked})
    except params.ParamsError as together:
        for one in asked:
            try:
                params.edit(file.path, file.text, {one.target.key: one.value})
            except params.ParamsError as error:
                raise _unwritable(one, error) from error
        raise _unwritable(asked[0], together) from together


def _unwritable(one: _Asked, error: params.ParamsError) -> _Unwritable:
    return _Unwritable(EditProblem(one.token, one.words.value_start, len(one.words.token), error.message))


def _override(one: _Asked) -> Override:
    value, before = params.plain(one.value), params.plain(one.target.before)
    return Override(one.target.file.path, one.target.key, value, before, one.word)
