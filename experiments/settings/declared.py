"""The files that a project without DVC declares in `.github/studio.yml`: parameters, metrics and plots."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from experiments.settings.fields import PATH, kind, string, unknown
from experiments.wording import quoted

LONGEST = 500  # characters of a path
OURS = (".git", ".github", ".dvc")  # folders in which no experiment reads or changes anything
PROPERTIES = ("x", "y", "title", "x_label", "y_label", "template")  # properties of a plot, with DVC's meanings


@dataclass(frozen=True)
class DeclaredPlot:
    """A declared plot, which is a file or a folder of files, with its properties."""

    path: str
    properties: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Declared:
    """The declared files of a project. Paths are from its folder and inside it."""

    params: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    plots: tuple[DeclaredPlot, ...] = ()

    @property
    def results(self) -> tuple[str, ...]:
        """The paths that a run makes: metrics and plots."""
        return tuple(dict.fromkeys([*self.metrics, *(plot.path for plot in self.plots)]))


def apart(found: Declared, problems: list[str]) -> Declared:
    """Return the files without results that hold a parameter file, since results are removed before a run begins."""

    def fit(result: str) -> bool:
        held = next((each for each in found.params if f"{each}/".startswith(f"{result}/")), "")
        if held:
            problems.append(
                f"`{PATH}`: {quoted(result)} is declared as a result and {quoted(held)}, which it holds, as a "
                "parameter file. Results are removed before a run begins: name the files that a run makes."
            )
        return not held

    plots = tuple(plot for plot in found.plots if fit(plot.path))
    return Declared(found.params, tuple(path for path in found.metrics if fit(path)), plots)


def paths(name: str, value: Any, problems: list[str]) -> tuple[str, ...]:
    """Return the paths in a list, or the single path that stands in its place."""
    if value == "":
        return ()
    items = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(filter(None, (path(name, item, problems) for item in items))))


def path(name: str, value: Any, problems: list[str]) -> str:
    """Return a path from the project's folder. Empty, with a sentence in `problems`, where it leads out of the folder
    or to what no experiment may change."""
    if not isinstance(value, str):
        problems.append(f"`{PATH}`: {quoted(name)} lists paths of files, and one entry is a {kind(value)}.")
        return ""
    found = posixpath.normpath(value.strip()) if value.strip() else ""
    parts = found.casefold().split("/")
    wrong = ""
    if not found or found == "." or found.startswith("/") or parts[0] == "..":
        wrong = "is not inside the project: write it from the project's folder, for example `results/metrics.json`"
    elif parts[0] in OURS or ".git" in parts:
        wrong = f"is below {quoted(parts[0] if parts[0] in OURS else '.git')}, which no experiment may change"
    elif found.startswith("-"):
        wrong = "begins with a dash, as options of programs do: call the file otherwise"
    elif len(found) > LONGEST or not found.isprintable() or "\\" in found:
        wrong = f"has characters that no path here may have, or more than {LONGEST} of them"
    if wrong:
        problems.append(f"`{PATH}`: {quoted(value[:80])} under {quoted(name)} {wrong}.")
        return ""
    return found


def plots(name: str, value: Any, problems: list[str]) -> tuple[DeclaredPlot, ...]:
    """Return the plots in a list of paths and of mappings with a path and properties. Of a path listed twice, the first
    holds."""
    if value == "":
        return ()
    found: dict[str, DeclaredPlot] = {}
    for item in value if isinstance(value, list) else [value]:
        plot = _plot(name, item, problems) if isinstance(item, dict) else DeclaredPlot(path(name, item, problems))
        if plot.path:
            found.setdefault(plot.path, plot)
    return tuple(found.values())


def _plot(plots: str, item: Mapping[str, Any], problems: list[str]) -> DeclaredPlot:
    known = ["path", *PROPERTIES]
    problems += [unknown(f"{plots}.", name, known) for name in item if name not in known]
    properties: dict[str, str | tuple[str, ...]] = {}
    for name in PROPERTIES:
        value = item.get(name, "")
        if name == "y" and isinstance(value, list) and all(isinstance(column, str) for column in value):
            properties[name] = tuple(value)
        elif text := string(item, name, problems, f"{plots}."):
            properties[name] = text
    return DeclaredPlot(path(plots, item.get("path", ""), problems), properties)
