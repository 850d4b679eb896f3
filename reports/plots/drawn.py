"""What is drawn and what comes of it, for those who ask for pictures; without matplotlib."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from experiments.snapshot import Value

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NARROW = 5.0  # inches; the width of a picture beside which another one has room


@dataclass(frozen=True)
class Drawn:
    """One picture, with its title and alternative text."""

    title: str
    alt: str
    figure: "Figure"
    plot: str = ""  # id of the plot
    differs: bool = True  # whether its sides differ

    @property
    def wide(self) -> bool:
        """Whether it takes a row of its own in a comment."""
        return bool(self.figure.get_figwidth() > NARROW)


@dataclass(frozen=True)
class Point:
    """A member of a sweep: its values of the parameters that vary, and its metric."""

    values: tuple[Value, ...]
    metric: float
