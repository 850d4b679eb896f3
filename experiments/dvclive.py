"""What DVCLive adds to dvc.yaml while it trains: its own results, taken over entry by entry, and nothing else.

`Live()` writes dvc.yaml anew. No text of training's reaches a branch for that: these entries are put into the text that
was there, by us.
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
MOST = 200  # entries that one training adds
DEEPEST = 12  # folders of one
TEMPLATES = frozenset(  # of DVC itself; others are files
    {"simple", "linear", "smooth", "scatter", "scatter_jitter", "confusion", "confusion_normalized"}
    | {"bar_horizontal", "bar_horizontal_sorted"}
)
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".bmp", ".tif", ".tiff", ".webp")
_TABLES = (".tsv", ".csv", ".json")  # DVCLive's own, and those of people whose folders are called so
# DVCLive's layout: what stands in its folder, under which key, and how the names of files end.
_LAYOUT: Mapping[str, tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]] = {
    "params": ((re.compile(r"(?:.+/)?params\.yaml"), ()),),
    "metrics": ((re.compile(r"(?:.+/)?metrics\.json"), ()),),
    "plots": (
        (re.compile(r"(?:.+/)?plots/metrics"), (".tsv",)),
        (re.compile(r"(?:.+/)?plots/images"), _PICTURES),
        (re.compile(r"(?:.+/)?plots/(?:sklearn|custom)/.+\.json"), ()),
    ),
}
_OWN = re.compile(r"(?:(?P<folder>.+)/)?(?:params\.yaml|metrics\.json|plots(?:/.+)?)")  # today's, or an older one's


class NotTaken(Exception):
    """Why what training made of a dvc.yaml reaches no branch: a clause, code in backquotes."""


@dataclass(frozen=True)
class Entry:
    """One result that DVCLive declared."""

    key: str  # one of LISTS
    path: str  # from the folder of the dvc.yaml
    said: Mapping[str, Any] | None = None  # properties of a plot

    @property
    def item(self) -> Item:
        """As it stands in the list."""
        return self.path if self.said is None else {self.path: self.said}

    @property
    def folder(self) -> str:
        """DVCLive's own: `dvclive`."""
        found = _OWN.fullmatch(self.path)
        return (found and found["folder"]) or ""

    def covers(self, path: str) -> bool:
        """Whether a file, named from the same folder, is one that DVCLive writes for it."""
        if path in reports(self.folder):
            return True
        if not path.startswith(self.path):
            return False
        endings = next(endings for place, endings in _LAYOUT[self.key] if place.fullmatch(self.path))
        if not endings:
            return path == self.path
        return path.startswith(f"{self.path}/") and path.lower().endswith(endings)


def holds(declared: str, path: str) -> bool:
    """Whether a new file below a declared path is a result: where a run of DVCLive's may have declared it, data and
    pictures only. Else one training would declare a folder, for the next one to put code into."""
    places = (pair for pairs in _LAYOUT.values() for pair in pairs)
    endings = next((endings for place, endings in places if place.fullmatch(declared)), None)
    return path == declared or endings is None or (endings != () and path.lower().endswith((*_PICTURES, *_TABLES)))


def reports(folder: str) -> tuple[str, ...]:
    """What `Live(report=…)` writes into its folder."""
    return posixpath.join(folder, "report.html"), posixpath.join(folder, "report.md")


def added(path: str, before: str, after: str, alone: bool = False) -> tuple[Entry, ...]:
    """Entries of DVCLive's that `after` has more than `before`, the texts of one dvc.yaml. NotTaken where anything else
    differs. What DVCLive dropped or wrote otherwise of its own stays as it was.

    `alone`: its folder is not the project's own, so it may be DVCLive's where no pipeline stands there.
    """
    old, new = _read(path, before), _read(path, after)
    alone = alone and not old.get("stages")
    for name in dict.fromkeys([*old, *new]):
        if name not in LISTS and (old.get(name) or None) != (new.get(name) or None):
            raise NotTaken(f"{quoted(name)} of it differs")
    found: list[Entry] = []
    for key in LISTS:
        had, has = _entries(old, key), _entries(new, key)
        names = _names(had)
        found += [_checked(key, name, said, alone) for name, said in has.items() if name not in names]
        for name, said in had.items():
            if (name not in has or has[name] != said) and not _OWN.fullmatch(name):
                raise NotTaken(f"{quoted(name)} under {quoted(key)} is no longer as it was")
    if len(found) > MOST:
        raise NotTaken(f"it has {len(found):,} more entries, and {MOST} are the most that are taken")
    return tuple(found)


def with_entries(path: str, text: str, entries: Sequence[Entry]) -> str:
    """The text of a dvc.yaml with these entries in it, those that it lacks; every other character stays. NotTaken where
    that can't be done."""
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
    """Name -> what is said of it. DVCLive repeats itself where dvc.yaml is in its own folder."""
    listed = document.get(key) or []
    if not isinstance(listed, list):
        raise NotTaken(f"{quoted(key)} of it is no list")
    found: dict[str, Any] = {}
    for each in listed:
        pairs = each.items() if isinstance(each, dict) else [(each, None)]
        for name, said in pairs:
            if not isinstance(name, str) or found.get(name, said) != said:
                raise NotTaken(f"{quoted(name)} under {quoted(key)} is there twice, or is no path")
            found[name] = said
    return found


def _names(entries: Mapping[str, Any]) -> set[str]:
    """In every way in which a path is written: `./dvclive/metrics.json` is `dvclive/metrics.json`."""
    return {*entries, *map(posixpath.normpath, entries)}


def _checked(key: str, path: str, said: Any, alone: bool) -> Entry:
    entry = Entry(key, path, said)
    parts = path.casefold().split("/")
    plain = posixpath.normpath(path) == path and not path.startswith(("/", "-")) and _is_plain(path)
    if not plain or "\\" in path or {"..", *OURS} & set(parts) or len(parts) > DEEPEST:
        raise NotTaken(f"{quoted(path)} under {quoted(key)} is not a plain path below its folder")
    if not any(place.fullmatch(path) for place, _ in _LAYOUT[key]) or not (entry.folder or alone):
        raise NotTaken(f"{quoted(path)} under {quoted(key)} is not in a folder of DVCLive's own")
    if said is None:
        return entry
    if key != "plots" or not isinstance(said, dict) or not said:
        raise NotTaken(f"{quoted(path)} under {quoted(key)} is more than a path")
    for name, value in said.items():
        listed = name == "y" and isinstance(value, list) and value
        fits = all(isinstance(each, str) and _is_plain(each) for each in (value if listed else [value]))
        if name not in PROPERTIES or not fits or (name == "template" and value not in TEMPLATES):
            raise NotTaken(f"{quoted(name)} of the plot {quoted(path)} is none that DVCLive writes")
    return entry


def _is_plain(text: str) -> bool:
    """Nothing that DVC would resolve."""
    return text.isprintable() and len(text) <= LONGEST and "${" not in text
