"""Pictures in a comment: two in a row where there is width for it, one below the other on a phone."""

from collections.abc import Sequence

from reports.markdown import details, image
from reports.report import Picture
from reports.room import Room

HALF, WHOLE = 400, 808  # pixels; a comment of GitHub is about 830 wide, and no picture is wider than its page


def gallery(pictures: Sequence[Picture], room: Room) -> str:
    """Those whose sides differ, then the others, folded. Empty where there is none."""
    some = pictures[: room.pictures]
    differing = _row([each for each in some if each.differs])
    alike = [each for each in some if not each.differs]
    named = f"{len(alike)} plot{'' if len(alike) == 1 else 's'} without a difference"
    more = len(pictures) - len(some)
    said = f"… {more} more picture{'' if more == 1 else 's'}." if more else ""
    return "\n\n".join(filter(None, [differing, details(named, _row(alike)) if alike else "", said]))


def _row(pictures: Sequence[Picture]) -> str:
    """One paragraph: the page breaks it where its width ends. Wide ones come last, so that no row is half empty."""
    ordered = sorted(pictures, key=lambda each: each.wide)
    return "\n".join(image(each.alt, each.url, WHOLE if each.wide else HALF) for each in ordered)
