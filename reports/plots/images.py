"""Image plots of both sides beside each other."""

import base64
import binascii
import io
import warnings

from matplotlib.figure import Figure
from PIL import Image

from experiments.snapshot import Plot
from reports.plots.page import WIDTH, label, new_figure
from reports.titles import plot_title

LARGEST = 4000  # pixels on either side, looked at before anything is decoded
FORMATS = ("PNG", "JPEG", "GIF")
SHOWN = 1000  # pixels, enough for a comment


def images(before: Plot | None, after: Plot) -> Figure | None:
    """None where the experiment's bytes are no picture, or too large a one."""
    shown = {"baseline": _decoded(before.image) if before else None, "this run": _decoded(after.image)}
    if shown["this run"] is None:
        return None
    sides = {name: picture for name, picture in shown.items() if picture is not None}
    widest = max(picture.width for picture in sides.values())
    tallest = max(picture.height for picture in sides.values())
    height = min(6.0, max(1.6, WIDTH / len(sides) * tallest / widest + 0.7))
    figure, panels = new_figure(plot_title(after), len(sides), height=height)
    for axes, (name, picture) in zip(panels, sides.items(), strict=True):
        axes.imshow(picture)
        axes.set_axis_off()
        label(axes, "", "", name if len(sides) == 2 else "")
    return figure


def _decoded(encoded: str) -> Image.Image | None:
    """The first frame on white, or None: Pillow tells bad bytes by many kinds of errors."""
    try:
        raw = base64.b64decode(encoded, validate=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=FORMATS) as picture:
                if max(picture.size) > LARGEST:
                    return None
                picture.thumbnail((SHOWN, SHOWN))
                seen = picture.convert("RGBA")
    except (
        binascii.Error,
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        IndexError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ):
        return None
    page = Image.new("RGBA", seen.size, "white")
    page.alpha_composite(seen)
    return page.convert("RGB")
