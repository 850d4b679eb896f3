"""`-S` edits with several values, and the experiments of the sweep that they ask for."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from hydra.core.override_parser.types import ChoiceSweep, RangeSweep
from hydra.grammar.gen.OverrideLexer import CommonTokenStream, InputStream, OverrideLexer
from hydra.grammar.gen.OverrideParser import OverrideParser

from experiments.overrides import MAX_OVERRIDES, EditProblem, Plan
from experiments.overrides.grammar import ParsedToken, RefusedToken, Several, parse, split, typed
from experiments.overrides.problem import problem
from experiments.overrides.targets import ParamFile, opened, target
from experiments.overrides.typed import WrongType, sweepable
from experiments.params import plain_text
from experiments.settings.repo_config import MOST
from experiments.snapshot import Snapshot
from experiments.wording import quoted

MOST_TEXT = 20_000_000  # characters of edited parameter files, over all experiments of a sweep

_CALL = re.compile(r"\s*(\w+)\s*\(")
_INSTEAD = {
    "interval": "values drawn at random can't be asked for again; write them, or `range(start,stop,step)`",
    "glob": "write the names, with commas between",
    "tag": "leave it out, because tags mean nothing here",
    "sort": "leave it out, because a sweep is sorted by what it measured",
    "shuffle": "leave it out, because a sweep is trained as it is written",
}


@dataclass(frozen=True)
class Alternative:
    """One value of an edit, which has several in a sweep."""

    words: ParsedToken  # the edit as it was typed
    text: str  # the value as it would be typed by itself
    start: int  # its characters in the edit: `token[start:end]`
    end: int

    @property
    def token(self) -> str:
        """The edit with this value only."""
        return self.words.with_value(self.text)


@dataclass(frozen=True)
class Plans:
    """A plan for each experiment, or one plan where no edit has several values. Where there is a problem there are no
    plans."""

    members: tuple[Plan, ...] = ()
    problems: tuple[EditProblem, ...] = ()
    sweep: bool = False


def plans(
    tokens: Sequence[str],
    snapshot: Snapshot,
    texts: Mapping[str, str],
    planned: Callable[[Sequence[Sequence[str]]], Sequence[Plan]],
) -> Plans:
    """Plan the Cartesian product of the values after each `-S`, where the last edit varies fastest.

    `texts`: the text of each file of `snapshot.param_files`. `planned`: returns a plan for each list of edits, all of
    which have single values.
    """
    if len(tokens) > MAX_OVERRIDES:
        return Plans(problems=planned([tokens])[0].problems)
    files = {path: opened(path, texts.get(path)) for path in snapshot.param_files} if tokens else {}
    columns: list[tuple[int, tuple[Alternative, ...]]] = []  # with the index of each edit
    problems: list[EditProblem] = []
    sweep = False
    for index, token in enumerate(tokens):
        try:
            words = split(token)
            read = parse(words.value)
            alone = (Alternative(words, words.value, words.value_start, len(token)),)
            columns.append((index, _several(words, read, files) if isinstance(read, Several) else alone))
            sweep = sweep or isinstance(read, Several)
        except RefusedToken as refused:
            problems.append(problem(index, token, refused))
    rows, excess = _rows(columns, sum(map(len, texts.values())))
    problems += excess
    members = planned([[one.token for one in row] for row in rows])
    for row, member in zip(rows, members, strict=True):
        problems += [_located(one, row[one.token], columns[one.token][0]) for one in member.problems]
    problems = problems or _same(rows, members, columns)
    if problems:
        return Plans(problems=tuple(sorted(dict.fromkeys(problems), key=lambda each: each.token)))
    return Plans(tuple(members), sweep=sweep)


def _rows(
    columns: Sequence[tuple[int, Sequence[Alternative]]], size: int
) -> tuple[Sequence[Sequence[Alternative]], list[EditProblem]]:
    """Return every combination. Where they are too many, return the first one and the problem. `size`: characters of
    all files."""
    count = math.prod(len(column) for _, column in columns)
    most = min(MOST, max(1, MOST_TEXT // max(1, size)))
    if count <= most:
        return list(product(*(column for _, column in columns))), []
    index, largest = max(columns, key=lambda each: len(each[1]))
    why = "at most" if most == MOST else "at most where parameter files are as long as these"
    message = f"These are {count:,} experiments; a sweep has {most} {why}."
    return [[column[0] for _, column in columns]], [EditProblem(index, largest[0].start, largest[-1].end, message)]


def _same(
    rows: Sequence[Sequence[Alternative]], members: Sequence[Plan], columns: Sequence[tuple[int, object]]
) -> list[EditProblem]:
    """Return the problem of two combinations with the same values, `0.1` and `1e-1` say: they would be one
    experiment."""
    known: dict[str, Sequence[Alternative]] = {}
    for row, member in zip(rows, members, strict=True):
        value = repr([(each.file, each.key, each.value) for each in member.overrides])
        if value in known:
            pairs = zip(columns, known[value], row, strict=True)
            index, other, one = next((index, other, one) for (index, _), other, one in pairs if other != one)
            message = f"{quoted(one.text)} is the same as {quoted(other.text)}. Keep one."
            return [EditProblem(index, one.start, one.end, message)]
        known[value] = row
    return []


def _located(problem: EditProblem, one: Alternative, index: int) -> EditProblem:
    """Return a problem of one member at its place in the edit as it was typed, with the fix among the edit's other
    values."""
    words, at = one.words, one.words.value_start
    typed_so = words.token[one.start : one.end] == one.text  # a number of a range stands nowhere in the edit
    before, after, fix = words.token[: one.start], words.token[one.end :], problem.fix
    if problem.start >= at:
        fix = f"{before}{fix[at:]}{after}" if typed_so and fix.startswith(words.token[:at]) else ""
        return EditProblem(index, one.start, one.end, problem.message, fix)
    fix = f"{fix.removesuffix(one.text)}{words.value}" if fix.endswith(one.text) else ""
    return EditProblem(index, problem.start, min(problem.end, at), problem.message, fix)


def _several(words: ParsedToken, several: Several, files: Mapping[str, ParamFile]) -> tuple[Alternative, ...]:
    """Return all values of a sweep, in their order. Raises RefusedToken where it is no list of values, or has too many,
    none, or one value twice."""
    start, end = words.value_start, len(words.token)
    called = _CALL.match(words.value)
    name = called[1] if called else ""
    try:
        with suppress(RefusedToken):  # `plan` reports what is wrong with the key
            sweepable(target(words, files).before, words.value)
    except WrongType as unfit:
        message = f"{quoted(words.key)} {unfit.message}."
        raise RefusedToken(start, end, message, words.with_value(unfit.instead)) from unfit
    match several.sweep:
        case ChoiceSweep(tags=tags, shuffle=False) if not tags and name in ("", "choice"):
            return _elements(words)
        case RangeSweep(tags=tags, shuffle=False) if not tags and name == "range":
            return tuple(Alternative(words, text, start, end) for text in _steps(words, several.sweep))
    plain = typed(several.sweep)
    instead = _INSTEAD.get(name, "write the values themselves, with commas between")
    message = f"{quoted(name or words.value)} cannot be swept: {instead}. Text is put in quotes."
    raise RefusedToken(start, end, message, words.with_value(plain) if plain else "")


def _elements(words: ParsedToken) -> tuple[Alternative, ...]:
    """Return the values of a list. Hydra's parser tells where each begins and ends. Raises RefusedToken where one is
    given twice."""
    lexer = OverrideLexer(InputStream(words.value))
    lexer.removeErrorListeners()
    lexer.mode(OverrideLexer.VALUE_MODE)
    parser = OverrideParser(CommonTokenStream(lexer))
    parser.removeErrorListeners()
    tree = parser.value()
    found: dict[str, Alternative] = {}
    for element in (tree.simpleChoiceSweep() or tree.element().function()).element():
        written = words.value[element.start.start : element.stop.stop + 1]
        text = written.strip()
        start = words.value_start + element.start.start + len(written) - len(written.lstrip())
        if text in found:
            raise RefusedToken(start, start + len(text), f"{quoted(text)} is given twice. Keep one.")
        found[text] = Alternative(words, text, start, start + len(text))
    return tuple(found.values())


def _steps(words: ParsedToken, sweep: RangeSweep) -> list[str]:
    """Return the numbers of a range as they would be typed. They are counted before any is made. Raises RefusedToken
    where they are too many or none."""
    numbers, start, end = (sweep.start, sweep.stop, sweep.step), words.value_start, len(words.token)
    try:
        first, last, by = (Decimal(repr(each)) for each in numbers)
        count = max(0, math.ceil((last - first) / by))
    except (ArithmeticError, ValueError):  # a step of 0; infinities and NaN
        message = f"{quoted(words.value)} has no end: write `range(start,stop,step)` with finite numbers and a step."
        raise RefusedToken(start, end, message) from None
    if not count:
        raise RefusedToken(
            start, end, f"{quoted(words.value)} holds no number: its end can't be reached from its start."
        )
    if count > MOST:
        shown = f"{count:,}" if count < 10**12 else "far too many"
        raise RefusedToken(start, end, f"These are {shown} values; a sweep has {MOST} experiments at most.")
    whole = all(isinstance(each, int) for each in numbers)
    return [plain_text(int(value) if whole else float(value)) for value in (first + by * n for n in range(count))]
