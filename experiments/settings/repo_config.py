"""`.github/studio.yml` of a repository's base branch: how its experiments run and how its metrics are judged."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import yaml

from experiments.durations import parse_duration
from experiments.placement import Wish
from experiments.projects import ROOT, folder
from experiments.settings import declared, gates
from experiments.settings.declared import Declared
from experiments.settings.fields import PATH, kind, string, unknown
from experiments.settings.gates import Gate, read_gates
from experiments.settings.runner import read_wish
from experiments.snapshot import Snapshot
from experiments.wording import quoted

LARGEST = 64 * 1024  # bytes
DEEPEST = 12  # levels of nesting; the schema has five
PROJECTS = 100
MOST = 500  # most experiments of one sweep
ALWAYS, BETTER, ASK = "always", "better", "ask"
LAND = (ALWAYS, BETTER, ASK)  # all results, as DVC does; what is better than its baseline; none


@dataclass(frozen=True)
class MetricRule:
    """How one metric is judged."""

    better: str = ""  # higher | lower | "": as its name tells
    noise: float = 0.0  # differences up to this, in the metric's own unit, mean nothing


@dataclass(frozen=True)
class RepoConfig:
    """The settings of a repository. Every field has a default, so that a repository needs no file."""

    primary: str = ""  # `name` or `file:name` of the primary metric; empty: the metrics with a known direction decide
    metrics: Mapping[str, MetricRule] = field(default_factory=dict)  # by `name` or `file:name`
    script: str = ""  # command that trains; empty: dvc exp run
    timeout: int = 0  # seconds that a run may train; 0: not set
    runner: Wish = field(default_factory=Wish)  # where runs should train
    jobs: int = 4  # most runs of one pull request that train at once
    confirm_above: int = 20  # experiments of one sweep; larger ones need `--yes`
    seed: str = ""  # parameter that `--repeat` varies, `key` or `file:key`
    checkpoint_minutes: int = 10  # least minutes between two checkpoints of a run
    commit: str = ""  # first: the parameter commit comes before training; empty: parameters land with the results
    land: str = ALWAYS  # which results land by themselves: one of LAND
    closed: str = ""  # remove: a closed pull request's experiments are deleted; empty: they are kept
    requirements: tuple[str, ...] = ()  # files of what is installed; empty: requirements.txt, else pyproject.toml
    history: str = ""  # full: the clone has all commits and tags; empty: the baseline alone
    declared: Declared = field(default_factory=Declared)  # files that a project without DVC declares
    gate: tuple[Gate, ...] = ()  # what a metric has to hold for a check to pass
    projects: Mapping[str, "RepoConfig"] = field(default_factory=dict)  # by folder; empty: one project, at the root
    problems: tuple[str, ...] = ()  # sentences about mistakes in the file

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders of the repository's projects."""
        return tuple(self.projects) or (ROOT,)

    @property
    def gated(self) -> bool:
        """Whether any project has a gate."""
        return any(self.of(project).gate for project in self.folders)

    def of(self, project: str) -> "RepoConfig":
        """Return the settings of one project, where its own come before the file's."""
        return replace(self.projects.get(project, self), projects=self.projects, problems=self.problems)

    def trains(self, snapshot: Snapshot) -> bool:
        """Return whether a commit has something to train: stages of DVC, or without DVC a script and metrics that it
        makes."""
        return bool(snapshot.stages if snapshot.has_dvc else self.script and self.declared.metrics)

    def rule(self, file: str, name: str) -> MetricRule:
        """Return how the metric `name` of a metric file is judged."""
        return self.metrics.get(f"{file}:{name}") or self.metrics.get(name) or MetricRule()


def parse(text: bytes | None) -> RepoConfig:
    """Return the settings in the file's bytes; None: there is no file. Mistakes are in `problems`, and the rest
    holds."""
    if not text:
        return RepoConfig()
    try:
        document = _load(text)
    except ValueError as error:
        return unreadable(f"`{PATH}` {error}; the defaults are in effect, and no gate passes until it is fixed.")
    return _read(document)


def unreadable(problem: str) -> RepoConfig:
    """Return the settings for a file that can't be read. It may hold gates, and no check may pass by a slip of the
    pen."""
    return RepoConfig(gate=gates.unreadable(), problems=(problem,))


def _load(text: bytes) -> Any:
    """Return the file as mappings, lists and strings.

    Raises ValueError with the end of a sentence that begins with the file's name.
    """
    if len(text) > LARGEST:
        raise ValueError(f"has {len(text):,} bytes and {LARGEST:,} are allowed")
    try:
        decoded = text.decode()
        depth = 0
        # Events are checked before nodes are made: they need no recursion and expand nothing.
        for event in yaml.parse(decoded, yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise ValueError(f"uses an alias in line {_line(event)}: write the value out")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise ValueError(f"is nested deeper than {DEEPEST} levels in line {_line(event)}")
        # BaseLoader makes only strings, lists and mappings, so `2024-99-99`, `1:30` and `on` stay as they were written.
        return yaml.load(decoded, yaml.BaseLoader)  # noqa: S506  # nosec B506 # less than SafeLoader makes
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 (byte {error.start})") from error
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ValueError(f"is not YAML: {error.problem or 'syntax error'}{line}") from error
    except yaml.YAMLError as error:  # characters that YAML does not allow
        raise ValueError(f"is not YAML: {str(error).splitlines()[0]}") from error


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _read(document: Any) -> RepoConfig:
    if document in ("", None):  # the file has only comments
        return RepoConfig()
    if not isinstance(document, dict):
        return unreadable(
            f"`{PATH}` should hold `name: value` lines; the defaults are in effect, and no gate passes until it does."
        )
    problems: list[str] = []
    whole = _settings(document, RepoConfig(), problems)
    projects = _projects(document.get("projects", ""), whole, problems)
    return replace(whole, projects=projects, problems=tuple(problems))


def _settings(document: Mapping[str, Any], outer: RepoConfig, problems: list[str], where: str = "") -> RepoConfig:
    """Return the settings of the file, or those of a project in front of the file's."""
    known = [each.name for each in fields(RepoConfig) if each.name not in ("declared", "problems")]
    known += ["params", "plots"]
    if where:  # these belong to the pull request, whatever projects it touches
        known = [name for name in known if name not in ("projects", "jobs", "closed")]
    problems += [unknown(where, name, known) for name in document if name not in known]
    timeout = outer.timeout
    if given := string(document, "timeout", problems, where):
        try:
            timeout = parse_duration(given)
        except ValueError as error:
            problems.append(f"`{PATH}`: {quoted(where + 'timeout')}: {error}")
    rules, files = _metrics(document.get("metrics", ""), problems, where)
    params = declared.paths(f"{where}params", document.get("params", ""), problems)
    plots = declared.plots(f"{where}plots", document.get("plots", ""), problems)
    general = outer.declared
    own = Declared(params or general.params, files or general.metrics, plots or general.plots)
    return RepoConfig(
        primary=string(document, "primary", problems, where) or outer.primary,
        metrics={**outer.metrics, **rules},
        script=string(document, "script", problems, where) or outer.script,
        timeout=timeout,
        runner=read_wish(document["runner"], problems, f"{where}runner") if "runner" in document else outer.runner,
        seed=string(document, "seed", problems, where) or outer.seed,
        checkpoint_minutes=_count(document, "checkpoint_minutes", outer.checkpoint_minutes, problems, where),
        commit=_word(document, "commit", "first", problems, where) or outer.commit,
        requirements=declared.paths(f"{where}requirements", document.get("requirements", ""), problems)
        or outer.requirements,
        history=_word(document, "history", "full", problems, where) or outer.history,
        jobs=_count(document, "jobs", outer.jobs, problems, where),
        confirm_above=_count(document, "confirm_above", outer.confirm_above, problems, where),
        land=_choice(document, "land", LAND, outer.land, problems, where),
        closed=_word(document, "closed", "remove", problems, where) or outer.closed,
        declared=declared.apart(own, problems),
        gate=read_gates(document.get("gate", ""), problems, f"{where}gate") or outer.gate,
    )


def _word(document: Mapping[str, Any], name: str, word: str, problems: list[str], where: str) -> str:
    """Return the only value that a setting can have. Empty where it is left out or wrong."""
    given = string(document, name, problems, where)
    if given in ("", word):
        return given
    problems.append(f"`{PATH}`: {quoted(where + name)} is `{word}` or is left out, and not {quoted(given)}.")
    return ""


def _choice(
    document: Mapping[str, Any], name: str, words: Sequence[str], outer: str, problems: list[str], where: str
) -> str:
    """Return one of the words that a setting can have; `outer` where it is left out or is another one."""
    given = string(document, name, problems, where)
    if not given or given in words:
        return given or outer
    known = ", ".join(f"`{word}`" for word in words[:-1])
    problems.append(f"`{PATH}`: {quoted(where + name)} is {known} or `{words[-1]}`, and not {quoted(given)}.")
    return outer


def _count(document: Mapping[str, Any], name: str, outer: int, problems: list[str], where: str) -> int:
    given = string(document, name, problems, where)
    if not given:
        return outer
    if given.isascii() and given.isdecimal() and 1 <= int(given[:9]) <= MOST:
        return int(given)
    problems.append(f"`{PATH}`: {quoted(where + name)} is a number from 1 to {MOST}, and not {quoted(given)}.")
    return outer


def _projects(value: Any, outer: RepoConfig, problems: list[str]) -> dict[str, RepoConfig]:
    if value == "":
        return {}
    entries = _by_folder(value, problems)
    if len(entries) > PROJECTS:
        problems.append(f"`{PATH}`: `projects` names {len(entries)} folders; the first {PROJECTS} are looked at.")
    found: dict[str, RepoConfig] = {}
    for name, settings in entries[:PROJECTS]:
        where = f"projects.{name}"
        try:
            path = folder(name)
        except ValueError as error:
            problems.append(f"`{PATH}`: {quoted(where)} {error}.")
            continue
        if path in found:
            problems.append(f"`{PATH}`: {quoted(where)} is the same folder as another of `projects`.")
            continue
        if settings != "" and not isinstance(settings, dict):
            problems.append(f"`{PATH}`: {quoted(where)} should hold settings, or `{{}}`, and is a {kind(settings)}.")
        of_its_own = settings if isinstance(settings, dict) else {}
        found[path] = _settings(of_its_own, outer, problems, f"{where}.")
    return found


def _by_folder(value: Any, problems: list[str]) -> list[tuple[str, Any]]:
    """Return folders with their settings. An entry of a list may be a folder alone, and so may the whole."""
    entries: list[tuple[str, Any]] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            entries += item.items()
        elif isinstance(item, str):
            entries.append((item, ""))
        else:
            problems.append(f"`{PATH}`: `projects` lists folders, as in `[vision]`, and one entry is a {kind(item)}.")
    return entries


def _metrics(value: Any, problems: list[str], where: str) -> tuple[dict[str, MetricRule], tuple[str, ...]]:
    """Return the rules by metric, and the paths of metric files. A mapping holds rules only, a list may hold both."""
    if value == "":
        return {}, ()
    name = f"{where}metrics"
    if not isinstance(value, dict | list):
        problems.append(
            f"`{PATH}`: {quoted(name)} should be a mapping of names or a list of files and is a {kind(value)}."
        )
        return {}, ()
    items = value if isinstance(value, list) else [value]
    rules = {str(metric): rule for item in items if isinstance(item, dict) for metric, rule in item.items()}
    files = [item for item in items if not isinstance(item, dict)]
    return (
        {metric: _rule(f"{name}.{metric}", rule, problems) for metric, rule in rules.items()},
        declared.paths(name, files, problems),
    )


def _rule(where: str, rule: Any, problems: list[str]) -> MetricRule:
    if rule == "":
        return MetricRule()
    if not isinstance(rule, dict):
        problems.append(f"`{PATH}`: {quoted(where)} should hold `better` and `noise`, and is a {kind(rule)}.")
        return MetricRule()
    known = [each.name for each in fields(MetricRule)]
    problems += [unknown(f"{where}.", name, known) for name in rule if name not in known]
    better, noise = string(rule, "better", problems), 0.0
    if better not in ("", "higher", "lower"):
        problems.append(f"`{PATH}`: {quoted(where + '.better')} is `higher` or `lower`, and not {quoted(better)}.")
        better = ""
    if given := string(rule, "noise", problems):
        try:
            noise = float(given)
        except ValueError:
            noise = math.nan
        if not 0 <= noise < math.inf:
            problems.append(
                f"`{PATH}`: {quoted(where + '.noise')} is a number from 0, as in `0.005`, and not {quoted(given)}."
            )
            noise = 0.0
    return MetricRule(better, noise)
