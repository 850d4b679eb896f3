"""Pictures of what a project declares as plots, baseline and experiment in each of them, and of a sweep."""

from reports.plots.chosen import MOST, figures
from reports.plots.page import Drawn, png, rename
from reports.plots.swept import Point, swept

__all__ = ["MOST", "Drawn", "Point", "figures", "png", "rename", "swept"]
