"""Where a picture will be, before anybody keeps it."""

from bot.ports.reading import Reading
from reports.plots import Drawn, png
from reports.run.report import Picture


def addressed(ports: Reading, plot: Drawn) -> tuple[Picture, bytes]:
    """As reports show it, and the PNG that has to be kept for that."""
    content = png(plot.figure)
    address = ports.images.address(content)
    return Picture(plot.title, plot.alt, address, plot.plot, plot.differs, plot.wide), content
