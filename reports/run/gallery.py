"""Pictures in a comment: two in a row where there is room, and one below the other on a phone."""

from collections.abc import Sequence

from reports.run.report import MOST, Picture
from reports.text.markdown import details, image, link, plain, text
from reports.text.size_limits import SizeLimits

HALF, WHOLE = 400, 808  # pixels; a comment on GitHub is about 830 wide, and a picture shrinks to the width of its page


def gallery(pictures: Sequence[Picture], limits: SizeLimits, most: int = MOST) -> str:
    """Return the pictures whose sides differ, those beyond the first `most` folded, then the others, folded. Empty
    where there are none."""
    some = pictures[: limits.pictures]
    differing = [each for each in some if each.differs]
    shown, others = differing[:most], differing[most:]
    alike = [each for each in some if not each.differs]
    more = len(pictures) - len(some)
    differ = f"{_counted(others, 'more plot')} that differ{'s' if len(others) == 1 else ''}"
    parts = [
        _row(shown, limits),
        details(differ, _row(others, limits), limits.folds) if others else "",
        details(f"{_counted(alike, 'plot')} without a difference", _row(alike, limits), limits.folds) if alike else "",
        f"… {more} more picture{'' if more == 1 else 's'}." if more else "",
    ]
    return "\n\n".join(filter(None, parts))


def _counted(pictures: Sequence[Picture], what: str) -> str:
    return f"{len(pictures)} {what}{'' if len(pictures) == 1 else 's'}"


def _row(pictures: Sequence[Picture], limits: SizeLimits) -> str:
    """Return pictures as one paragraph, which the page breaks at its width. Links, where the host shows no pictures.

    Wide ones come after the pairs and a single narrow one comes last, so that no row before the last is half empty.
    """
    if not limits.shows:
        return "\n".join(f"- {link(text(plain(each.title)), each.url)}" for each in pictures)
    halves, wide = [each for each in pictures if not each.wide], [each for each in pictures if each.wide]
    paired = len(halves) - len(halves) % 2
    ordered = [*halves[:paired], *wide, *halves[paired:]]
    return "\n".join(image(each.alt, each.url, WHOLE if each.wide else HALF) for each in ordered)
