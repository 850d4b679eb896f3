"""Pictures: the plots of a project with several sides in each, a sweep, and a metric over commits."""

from reports.plots.chosen import figures, overlaid
from reports.plots.page import Drawn, png, rename
from reports.plots.repeated import repeated
from reports.plots.swept import Point, swept
from reports.plots.trend import trend

__all__ = ["Drawn", "Point", "figures", "overlaid", "png", "rename", "repeated", "swept", "trend"]
