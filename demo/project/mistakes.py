"""The test images that were read wrongly, side by side, as one picture."""

import numpy as np
from PIL import Image, ImageDraw

SIDE, GAP, LABEL, COLUMNS, ROWS = 64, 8, 14, 8, 3


def picture(images: np.ndarray, digits: np.ndarray, predicted: np.ndarray) -> Image.Image:
    """Return the first 24 mistakes as a picture; below each image are its digit and the one that was read."""
    sheet = Image.new("L", (COLUMNS * (SIDE + GAP) + GAP, ROWS * (SIDE + LABEL + GAP) + GAP), 255)
    pen = ImageDraw.Draw(sheet)
    for place, index in enumerate(np.flatnonzero(digits != predicted)[: COLUMNS * ROWS]):
        left = GAP + place % COLUMNS * (SIDE + GAP)
        top = GAP + place // COLUMNS * (SIDE + LABEL + GAP)
        pixels = (255 - images[index].reshape(8, 8) * 255).astype(np.uint8)
        sheet.paste(Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.NEAREST), (left, top))
        pen.text((left, top + SIDE + 1), f"{digits[index]} read as {predicted[index]}", fill=0)
    return sheet
