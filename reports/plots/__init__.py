"""Pictures of what a project declares as plots: baseline and experiment in each of them."""

from reports.plots.chosen import MOST, figures
from reports.plots.page import Drawn, png, rename

__all__ = ["MOST", "Drawn", "figures", "png", "rename"]
