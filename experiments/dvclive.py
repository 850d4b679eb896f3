"""What DVCLive adds to dvc.yaml while it trains: entries for its own results, which are taken over one by one.

`Live()` rewrites dvc.yaml. So that no text that training wrote reaches a branch, the bot puts these entries into the
text that was there before.
"""

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments import params
from experiments.params import ParamsError
from experiments.params.yaml_lists import Item, appended
from experiments.settings.declared import LONGEST, OURS, PROPERTIES
from experiments.wording import quoted

LISTS = ("params", "metrics", "plots")
MOST = 200  # entries that one run may add
DEEPEST = 12  # folders in one path
TEMPLATES = frozenset(  # DVC's own; any other name is a file
    {"simple", "linear", "smooth", "scatter", "scatter_jitter", "confusion", "confusion_normalized"}
    | {"bar_horizontal", "bar_horizontal_sorted"}
)
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".bmp", ".tif", ".tiff", ".webp")
_TABLES = (".tsv", ".csv", ".json")  # DVCLive's own, and those of people whose folders are called so
# DVCLive's layout: which paths below its folder belong to which key, and the endings of their files.
_LAYOUT: Mapping[str, tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]] = {
    "params": ((re.compile(r"(?:.+/)?params\.yaml"), ()),),
    "metrics": ((re.compile(r"(?:.+/)?metrics\.json"), ()),),
    "plots": (
        (re.compile(r"(?:.+/)?plots/metrics"), (".tsv",)),
        (re.compile(r"(?:.+/)?plots/images"), _PICTURES),
        (re.compile(r"(?:.+/)?plots/(?:sklearn|custom)/.+\.json"), ()),
    ),
}
_OWN = re.compile(r"(?:(?P<folder>.+)/)?(?:params\.yaml|metrics\.json|plots(?:/.+)?)")  # of current and older versions


class NotTaken(Exception):
    """The changes to a dvc.yaml can't be taken onto a branch. The message is a clause, with code in backquotes."""


@dataclass(frozen=True)
class DvcliveEntry:
    """One result that DVCLive declares in dvc.yaml."""

    key: str  # one of LISTS
    path: str  # from the folder of the dvc.yaml
    properties: Mapping[str, Any] | None = None  # properties of a plot; None: the entry is the path alone

    @property
    def item(self) -> Item:
        """The entry as dvc.yaml lists it: the path, or a mapping of the path to its properties."""
        return self.path if self.properties is None else {self.path: self.properties}

    @property
    def folder(self) -> str:
        """DVCLive's own folder, `dvclive`. Empty where there is none."""
        found = _OWN.fullmatch(self.path)
        return (found and found["folder"]) or ""

    def covers(self, path: str) -> bool:
        """Return whether DVCLive writes this file for the entry. `path` is from the folder of the dvc.yaml."""
        if path in reports(self.folder):
            return True
        if not path.startswith(self.path):
            return False
        endings = next(endings for place, endings in _LAYOUT[self.key] if place.fullmatch(self.path))
        if not endings:
            return path == self.path
        return path.startswith(f"{self.path}/") and path.lower().endswith(endings)


def holds(declared: str, path: str) -> bool:
    """Return whether a new file at or below a declared path counts as a result.

    Where DVCLive may have declared the path, only data and pictures do. Otherwise one run could declare a folder, and
    the next one could put code into it.
    """
    places = (pair for pairs in _LAYOUT.values() for pair in pairs)
    endings = next((endings for place, endings in places if place.fullmatch(declared)), None)
    return path == declared or endings is None or (endings != () and path.lower().endswith((*_PICTURES, *_TABLES)))


def reports(folder: str) -> tuple[str, ...]:
    """Return the paths of the reports that `Live(report=…)` writes into its folder."""
    return posixpath.join(folder, "report.html"), posixpath.join(folder, "report.md")


def added(path: str, before: str, after: str, alone: bool = False) -> tuple[DvcliveEntry, ...]:
    """Return DVCLive's entries that are in `after` and not in `before`, both of them texts of one dvc.yaml.

    Entries of its own that DVCLive removed or changed are left as they were. `alone`: dvc.yaml is not in the project's
    folder, so that it may be in DVCLive's own where it has no stages. Raises NotTaken where anything else differs.
    """
    old, new = _read(path, before), _read(path, after)
    alone = alone and not old.get("stages")
    for name in dict.fromkeys([*old, *new]):
        if name not in LISTS and (old.get(name) or None) != (new.get(name) or None):
            raise NotTaken(f"{quoted(name)} of it differs")
    found: list[DvcliveEntry] = []
    for key in LISTS:
        had, has = _entries(old, key), _entries(new, key)
        names = _names(had)
        found += [_checked(key, name, properties, alone) for name, properties in has.items() if name not in names]
        for name, properties in had.items():
            if (name not in has or has[name] != properties) and not _OWN.fullmatch(name):
                raise NotTaken(f"{quoted(name)} under {quoted(key)} is no longer as it was")
    if len(found) > MOST:
        raise NotTaken(f"it has {len(found):,} more entries, and {MOST} are the most that are taken")
    return tuple(found)


def with_entries(path: str, text: str, entries: Sequence[DvcliveEntry]) -> str:
    """Return the text of a dvc.yaml with those of the entries that it lacks. Every other character stays.

    Raises NotTaken where that is not possible.
    """
    there = _read(path, text)
    result, expected = text, dict(there)
    for key in LISTS:
        names = _names(_entries(there, key))
        lacking = [each.item for each in entries if each.key == key and each.path not in names]
        if not lacking:
            continue
        try:
            result = appended(path, result, key, lacking)
        except ParamsError as error:
            raise NotTaken(error.message.rstrip(".")) from error
        expected[key] = [*(there.get(key) or ()), *lacking]
    if result != text and not params.same(_read(path, result), expected):
        raise NotTaken(f"{quoted(path)} is written so that nothing can be put into it without changing more")
    return result


def _read(path: str, text: str) -> dict[str, Any]:
    try:
        return params.read(path, text)
    except ParamsError as error:
        raise NotTaken(error.message.rstrip(".")) from error


def _entries(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return the entries of one list: path -> properties. DVCLive repeats entries where dvc.yaml is in its own
    folder."""
    listed = document.get(key) or []
    if not isinstance(listed, list):
        raise NotTaken(f"{quoted(key)} of it is no list")
    found: dict[str, Any] = {}
    for each in listed:
        pairs = each.items() if isinstance(each, dict) else [(each, None)]
        for name, properties in pairs:
            if not isinstance(name, str) or found.get(name, properties) != properties:
                raise NotTaken(f"{quoted(name)} under {quoted(key)} is there twice, or is no path")
            found[name] = properties
    return found


def _names(entries: Mapping[str, Any]) -> set[str]:
    """Return the paths of these entries in every spelling: `./dvclive/metrics.json` is `dvclive/metrics.json`, too."""
    return {*entries, *map(posixpath.normpath, entries)}


def _checked(key: str, path: str, properties: Any, alone: bool) -> DvcliveEntry:
    entry = DvcliveEntry(key, path, properties)
    parts = path.casefold().split("/")
    plain = posixpath.normpath(path) == path and not path.startswith(("/", "-")) and _is_plain(path)
    if not plain or "\\" in path or {"..", *OURS} & set(parts) or len(parts) > DEEPEST:
        raise NotTaken(f"{quoted(path)} under {quoted(key)} is not a plain path below its folder")
    if not any(place.fullmatch(path) for place, _ in _LAYOUT[key]) or not (entry.folder or alone):
        raise NotTaken(f"{quoted(path)} under {quoted(key)} is not in a folder of DVCLive's own")
    if properties is None:
        return entry
    if key != "plots" or not isinstance(properties, dict) or not properties:
        raise NotTaken(f"{quoted(path)} under {quoted(key)} is more than a path")
    for name, value in properties.items():
        listed = name == "y" and isinstance(value, list) and value
        fits = all(isinstance(each, str) and _is_plain(each) for each in (value if listed else [value]))
        if name not in PROPERTIES or not fits or (name == "template" and value not in TEMPLATES):
            raise NotTaken(f"{quoted(name)} of the plot {quoted(path)} is none that DVCLive writes")
    return entry


def _is_plain(text: str) -> bool:
    """Return whether a text is short and printable, and holds no template that DVC would resolve."""
    return text.isprintable() and len(text) <= LONGEST and "${" not in text
