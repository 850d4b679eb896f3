"""`-S model=resnet`: choices of an option of a Hydra group."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.composition import Chosen, Composition
from experiments.nearest import nearest
from experiments.overrides.grammar import MAX_OVERRIDES, Element, ParsedToken, RefusedToken, Several, parse, split
from experiments.overrides.problem import EditProblem, problem
from experiments.params import flatten, read
from experiments.parts.change import Override
from experiments.snapshot import COMPOSED, Value
from experiments.wording import did_you_mean, quoted

HYDRA = "hydra"  # the group of Hydra's own settings: where it writes, what it starts


@dataclass(frozen=True)
class Choices:
    """Choices of groups by the index of their edit, and problems with edits that were meant as such."""

    overrides: Mapping[int, Override]
    problems: tuple[EditProblem, ...]

    @property
    def settled(self) -> frozenset[int]:
        """Indexes of the edits that need no check as values."""
        return frozenset((*self.overrides, *(each.token for each in self.problems)))


def choices(tokens: Sequence[str], base: Composition) -> Choices:
    """Return the edits that choose an option of a group, checked against the configuration composed without edits.
    Never raises.

    That there are too many edits is a problem that `plan` reports.
    """
    found: dict[int, Override] = {}
    problems: list[EditProblem] = []
    keys = list(flatten(read(COMPOSED, base.text)))
    for index, token in enumerate(tokens[:MAX_OVERRIDES]):
        try:
            words = split(token)
            if words.file in ("", COMPOSED) and (one := _choice(words, keys, base)):
                if any(other.key == one.key for other in found.values()):
                    raise _at_key(words, f"{quoted(one.key)} is chosen twice. Keep one.")
                found[index] = one
        except RefusedToken as refused:
            refused.fix = _accepted(refused.fix, keys, base)
            problems.append(problem(index, token, refused))
    return Choices(found, tuple(problems))


def _accepted(fix: str, keys: Sequence[str], base: Composition) -> str:
    """Return a corrected edit that is accepted: the given one, or the correction of it. Empty where neither is."""
    for _ in range(2):
        try:
            if fix:
                _choice(split(fix), keys, base)
            return fix
        except RefusedToken as refused:
            fix = refused.fix
    return ""


def _choice(words: ParsedToken, keys: Sequence[str], base: Composition) -> Override | None:
    group = words.key.partition("@")[0]
    if re.split("[./]", group)[0] == HYDRA:
        raise _no_setting(words)
    if group not in base.groups:
        if words.key not in keys and not words.prefix:
            _near(words, keys, base)
        return None
    listed, now = words.key in base.choices, base.choices.get(words.key)
    plain = f"{words.key}={words.value}"
    if words.prefix == "~" and isinstance(now, tuple):
        without = quoted(f"{words.key}=[]")
        message = f"{quoted(words.key)} is a list, and Hydra can't take an option out of it: {without} chooses none."
        raise _at_key(words, message, f"{words.key}=[]")
    if words.prefix == "~":
        if not now:
            raise _at_key(words, f"Nothing of {quoted(words.key)} is chosen, so nothing can be removed.")
        return Override(COMPOSED, words.key, None, now, words.without_file())
    if words.prefix and listed and not (words.prefix == "+" and isinstance(now, tuple)):
        there = (
            f"of {quoted(words.key)}, {_named(now)} is chosen already"
            if now
            else f"{quoted(words.key)} is in the defaults list"
        )
        message = f"`{words.prefix}` is not needed: {there}."
        raise RefusedToken(0, words.key_start + len(words.key), message, plain)
    if words.prefix != "+" and not listed:
        message = f"Nothing of the group {quoted(words.key)} is in the defaults list"
        try:
            _option(split(f"+{plain}"), group, base)
        except RefusedToken as wrong:
            raise RefusedToken(words.value_start, len(words.token), f"{message}. {wrong.message}", wrong.fix) from wrong
        raise _at_key(words, f"{message}: {quoted('+' + plain)} adds it.", f"+{plain}")
    before = None if words.prefix else list(now) if isinstance(now, tuple) else now
    return Override(COMPOSED, words.key, _option(words, group, base), before or None, words.without_file())


def _option(words: ParsedToken, group: str, base: Composition) -> Value:
    """Return what is chosen: an option or a list of them. Raises RefusedToken where the group has no such option."""
    options, value = base.options(group), parse(words.value)
    start, end = words.value_start, len(words.token)
    if isinstance(value, Several):
        raise RefusedToken(start, end, f"{quoted(words.key)} takes one option here, not several.")
    several = isinstance(value, Element) and isinstance(value.value, list)
    wanted = value.value if isinstance(value, Element) and several else [_text(value, words.value)]
    for each in wanted:
        if each not in options:
            hint, near = did_you_mean(str(each), options)
            fix = words.with_value(near) if near and not several else ""
            raise RefusedToken(start, end, f"The group {quoted(group)} has no option {quoted(each)}: {hint}", fix)
    if isinstance(value, Element) and not several and not isinstance(value.value, str):
        message = f"The option {quoted(wanted[0])} has to be in quotes, or Hydra takes it for something else."
        raise RefusedToken(start, end, message, words.with_value(f"'{wanted[0]}'"))
    return value.value if isinstance(value, Element) and several else wanted[0]


def _text(value: object, typed: str) -> str:
    return value.value if isinstance(value, Element) and isinstance(value.value, str) else typed.strip()


def _near(words: ParsedToken, keys: Sequence[str], base: Composition) -> None:
    """Raise RefusedToken where the nearest of all known names is that of a group."""
    near = nearest(words.key, dict.fromkeys([*base.choices, *base.groups, *keys]), 1)
    if near and near[0] not in keys:
        now = base.choices.get(near[0])
        is_now = f"(now {_named(now)})" if now else "(nothing chosen)"
        message = f"There is no parameter or group {quoted(words.key)}. Nearest: the group {quoted(near[0])} {is_now}."
        raise _at_key(words, message, f"{'' if near[0] in base.choices else '+'}{near[0]}={words.value}")


def _named(chosen: Chosen) -> str:
    return quoted(chosen if isinstance(chosen, str) else ", ".join(chosen or ()))


def _no_setting(words: ParsedToken) -> RefusedToken:
    message = (
        f"{quoted(words.key)} is a setting of Hydra itself, and no parameter: set it in the configuration folder and "
        "commit that."
    )
    return _at_key(words, message)


def _at_key(words: ParsedToken, message: str, fix: str = "") -> RefusedToken:
    return RefusedToken(words.key_start, words.key_start + len(words.key), message, fix)
