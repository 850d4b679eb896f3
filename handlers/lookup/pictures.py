"""The address of a picture before it is stored."""

from bot.ports.reading import ReadingPorts
from reports.plots import Drawn, png
from reports.run.report import Picture
from reports.text.markdown import plain


def addressed(ports: ReadingPorts, plot: Drawn) -> tuple[Picture, bytes]:
    """Return a picture as reports show it, and the PNG that has to be stored for that."""
    content = png(plot.figure)
    address = ports.images.address(content)
    return Picture(plot.title, plain(plot.alt), address, plot.plot, plot.differs, plot.wide), content
