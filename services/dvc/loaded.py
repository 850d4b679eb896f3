"""Snapshots of many commits in memory: without what nobody asked for, and no more than there is room for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from experiments.snapshot import BEYOND, Plot, Snapshot, Value

# Bytes of JSON for one ask. Parameters and metrics take about ten times as much memory, rows of plots 25 times.
MOST = 64_000_000
MOST_WITH_PLOTS = 40_000_000


@dataclass(frozen=True)
class _Bare(Plot):
    """A plot of which rows and image are passed over while JSON is read, and so never take their memory."""

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


class Loaded:
    """Those of one ask, by the places where they are kept."""

    def __init__(self, plots: bool) -> None:
        """`plots`: with their rows and images."""
        self._plots = plots
        self._left = MOST_WITH_PLOTS if plots else MOST
        self._found: dict[Path, Snapshot] = {}

    def is_full(self) -> bool:
        """Whether there is no room for more."""
        return self._left < 0

    def read(self, place: Path) -> int:
        """Load what is kept there; the format it is kept in, 0 where nothing is, or nothing that can be read."""
        try:
            if self._plots and place.stat().st_size > self._left:
                self._left = -1
            if self.is_full():
                return 0
            kept = (WHOLE if self._plots else BARE).validate_json(place.read_bytes())
        except (FileNotFoundError, ValidationError):
            return 0
        self.add(place, kept.snapshot)
        return kept.format

    def add(self, place: Path, snapshot: Snapshot) -> None:
        """Hold it, where there is room."""
        if not self._plots:
            plain = {each.name: getattr(snapshot, each.name) for each in fields(Snapshot)}
            snapshot = Snapshot(**{**plain, "plots": tuple(map(_without_rows, snapshot.plots))})
        self._left -= len(to_json(snapshot, inf_nan_mode="constants"))
        if not self.is_full():
            self._found[place] = snapshot

    def snapshot(self, place: Path, project: str, why: str, unread: str) -> Snapshot:
        """What is held of this place. `why`: a sentence, where nothing newer could be read of it; `unread` then."""
        found = self._found.get(place)
        if why:
            return replace(found or Snapshot("", project), problems=(why,), unread=unread)
        return found or Snapshot("", project, problems=(BEYOND,))


def _without_rows(plot: Plot) -> Plot:
    plain = {each.name: getattr(plot, each.name) for each in fields(Plot)}
    return Plot(**{**plain, "rows": (), "image": ""})
