"""Image plots, with all sides in one picture."""

import math
from collections.abc import Sequence

from matplotlib.figure import Figure
from PIL import Image

from experiments.pixels import unpacked
from reports.plots.drawn import NARROW
from reports.plots.page import SIDE_BY_SIDE, WIDE, Side, label, new_figure
from reports.text.titles import plot_title

FEW = 2  # most sides in a narrow picture
TALLEST = 10.0  # inches, so that even a picture of noise is a file small enough to be kept
SMALL = 128  # pixels on either side; smaller pictures are enlarged, and each pixel stays a square


def images(sides: Sequence[Side]) -> Figure | None:
    """Draw the images of all sides. None where the last side has none."""
    pictures = [(side.name, decoded(side.plot.image)) for side in sides]
    if pictures[-1][1] is None:
        return None
    shown = [(name, picture) for name, picture in pictures if picture is not None]
    widest = max(picture.width for _, picture in shown)
    tallest = max(picture.height for _, picture in shown)
    wide = len(shown) > FEW
    small = max(widest, tallest) <= SMALL
    # Two upright or small pictures stand side by side, and others are stacked: each is then as large as it can be.
    columns = SIDE_BY_SIDE if wide else len(shown) if tallest > widest or small else 1
    rows = math.ceil(len(shown) / columns)
    each = (WIDE if wide else NARROW) / columns * tallest / widest
    figure, panels = new_figure(
        plot_title(sides[-1].plot), columns, rows, min(TALLEST, max(1.6, rows * (each + 0.3) + 0.5)), wide
    )
    for spare in panels[len(shown) :]:
        spare.remove()
    for axes, (name, picture) in zip(panels, shown, strict=False):
        axes.imshow(picture, interpolation="nearest" if small else None)
        axes.set_axis_off()
        label(axes, "", "", name if len(shown) > 1 else "")
    return figure


def decoded(packed: str) -> Image.Image | None:
    """Return the image that was packed into a text. None where the text is none."""
    pixels = unpacked(packed)
    return Image.frombytes("RGB", (pixels.width, pixels.height), pixels.rgb) if pixels else None
