"""A check of `.github/studio.yml` at a pull request's head: what would change with the merge, and mistakes with lines.

The file at the head is only checked. The base branch's file holds, so that a pull request cannot change how it is
judged.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

import yaml

from experiments.settings.fields import PATH
from experiments.settings.repo_config import RepoConfig, parse
from experiments.snapshot import Reading, Snapshot
from experiments.wording import meant, quoted

_QUOTED = re.compile(r"`[^`]*`")
_START = f"`{PATH}`: "
_MOST = 20  # mistakes that are shown
_RULES = 5  # rules without a metric that are named


@dataclass(frozen=True)
class Proposal:
    """The file at a pull request's head, where it differs from the one at the merge base."""

    changed: tuple[str, ...] = ()  # names of settings that the merge would change
    problems: tuple[str, ...] = ()  # sentences, with lines where these are known
    gone: bool = False  # the file does not exist at the head
    also_on_base: bool = False  # the base branch changed it, too, so the merge decides


def proposal(before: bytes | None, head: bytes | None, tip: bytes | None) -> Proposal | None:
    """Return what a pull request makes of the file. The arguments are its bytes at the merge base, at the head and at
    the tip of the base branch. None where the pull request does not change it."""
    if before == head:
        return None
    wanted, now = parse(head), parse(tip)
    names = [each.name for each in fields(RepoConfig) if each.name != "problems"]
    changed = tuple(name for name in names if getattr(wanted, name) != getattr(now, name))
    return Proposal(changed, located(head or b"", wanted.problems), head is None, tip not in (before, head))


def located(text: bytes, problems: tuple[str, ...]) -> tuple[str, ...]:
    """Return the sentences with the line that each is about, where the file tells it. At most `_MOST` are returned."""
    # A file that could not be read may hold aliases without end. Its sentence names the line already.
    lines = _lines(text) if any(each.startswith(_START) for each in problems) else {}
    sentences = [_located(problem, lines) for problem in problems[:_MOST]]
    return (*sentences, *([f"`{PATH}`: {len(problems) - _MOST} more mistakes."] if len(problems) > _MOST else []))


def unmatched(config: RepoConfig, head: Snapshot, base: Snapshot | None) -> tuple[str, ...]:
    """Return sentences about rules for metrics that neither side has.

    Empty where a metric file could not be read, which may have them, or where several projects share the rules.
    """
    sides = [each for each in (base, head) if each]
    found = [metric for side in sides for metric in side.metrics if metric.reading is not Reading.ABSENT]
    if not found or any(metric.reading is not Reading.READ for metric in found) or len(config.folders) > 1:
        return ()
    names = {name: None for metric in found for name in metric.values}
    known = {*names, *(f"{metric.path}:{name}" for metric in found for name in metric.values)}
    rules = [rule for rule in config.metrics if rule not in known]
    sentences = [
        f"`{PATH}`: `metrics` has a rule for {quoted(rule)}, and no metric has that name: {meant(rule, names)}"
        for rule in rules[:_RULES]  # each is compared with all names, which takes time
    ]
    return (*sentences, *([f"`{PATH}`: {len(rules) - _RULES} more rules match no metric."] if rules[_RULES:] else []))


def _located(problem: str, lines: Mapping[str, int]) -> str:
    if not problem.startswith(_START):
        return problem  # the file could not be read, and the sentence says where
    sentence = problem.removeprefix(_START)
    line = next((lines[word] for word in _QUOTED.findall(sentence) if word in lines), 0)
    return f"`{PATH}`, line {line}: {sentence}" if line else problem


def _lines(text: bytes) -> dict[str, int]:
    """Return the line of each entry by its name as sentences quote it, `gate[1].metric` say, and of each other
    value."""
    try:
        root = yaml.compose(text.decode(), yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError):
        return {}
    names: dict[str, int] = {}
    values: dict[str, int] = {}
    for name, value, line in _entries(root, ""):
        names.setdefault(quoted(name), line)
        if value:
            values.setdefault(quoted(value), line)
    return {**values, **names}


def _entries(node: yaml.Node | None, name: str) -> Iterator[tuple[str, str, int]]:
    """Yield the name, value and line of each entry. Items of lists have a number, except rules for metrics."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = f"{name}.{key.value}" if name else str(key.value)
            yield inner, "", key.start_mark.line + 1
            yield from _entries(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value, 1):
            inner = name if name.rpartition(".")[2] == "metrics" else f"{name}[{number}]"
            yield inner, "", item.start_mark.line + 1
            yield from _entries(item, inner)
    elif isinstance(node, yaml.ScalarNode):
        yield name, str(node.value), node.start_mark.line + 1
