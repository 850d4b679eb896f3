"""Holds snapshots of many commits in memory, within a limit, and without plots' rows where nobody asked for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from experiments.snapshot import BEYOND, Plot, Snapshot, Value
from services.dvc.kept import touch

# Bytes of JSON for one call. In memory, parameters and metrics take about ten times as much, plots' rows 25 times.
MOST = 64_000_000
MOST_WITH_PLOTS = 40_000_000


@dataclass(frozen=True)
class _Bare(Plot):
    """A plot whose rows and image are skipped while JSON is read, so that they never take memory."""

    rows: tuple[Mapping[str, Value], ...] = field(default=(), init=False)
    image: str = field(default="", init=False)


@dataclass(frozen=True)
class _BareSnapshot(Snapshot):
    plots: tuple[_Bare, ...] = ()


@dataclass(frozen=True)
class _BareKept:
    format: int
    snapshot: _BareSnapshot


@dataclass(frozen=True)
class _WholeKept:
    format: int
    snapshot: Snapshot


BARE, WHOLE = TypeAdapter(_BareKept), TypeAdapter(_WholeKept)


class LoadedSnapshots:
    """The snapshots for one call of `take_all`, by the paths where they are kept."""

    def __init__(self, plots: bool) -> None:
        """`plots`: keep the rows and images of plots."""
        self._plots = plots
        self._left = MOST_WITH_PLOTS if plots else MOST
        self._found: dict[Path, Snapshot] = {}

    def is_full(self) -> bool:
        """Return whether there is no room for more."""
        return self._left < 0

    def read(self, place: Path) -> int:
        """Load a kept snapshot and return its format; 0 where there is none that can be read, or no room for it."""
        try:
            if self._plots and place.stat().st_size > self._left:
                self._left = -1
            if self.is_full():
                return 0
            kept = (WHOLE if self._plots else BARE).validate_json(place.read_bytes())
            touch(place)
        except (FileNotFoundError, ValidationError):
            return 0
        self.add(place, kept.snapshot)
        return kept.format

    def add(self, place: Path, snapshot: Snapshot) -> None:
        """Hold a snapshot, where there is room."""
        if not self._plots:
            plain = {each.name: getattr(snapshot, each.name) for each in fields(Snapshot)}
            snapshot = Snapshot(**{**plain, "plots": tuple(map(_without_rows, snapshot.plots))})
        self._left -= len(to_json(snapshot, inf_nan_mode="constants"))
        if not self.is_full():
            self._found[place] = snapshot

    def snapshot(self, place: Path, project: str, why: str, unread: str) -> Snapshot:
        """Return the snapshot that is held for this path.

        `why` is a sentence where nothing newer could be read; the snapshot then has it, and `unread`.
        """
        found = self._found.get(place)
        if why:
            return replace(found or Snapshot("", project), problems=(why,), unread=unread)
        return found or Snapshot("", project, problems=(BEYOND,))


def _without_rows(plot: Plot) -> Plot:
    plain = {each.name: getattr(plot, each.name) for each in fields(Plot)}
    return Plot(**{**plain, "rows": (), "image": ""})
