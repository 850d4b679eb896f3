"""The agent as one file for machines that have nothing but Python."""

import io
import zipfile
from pathlib import Path

AGENT = Path(__file__).with_name("agent")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date in a zip; with a fixed date the same sources give the same bytes


def pack() -> bytes:
    """Return a zip archive of the agent that `python agent.pyz` runs; the same sources give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for module in sorted(AGENT.rglob("*.py")):
            entry = zipfile.ZipInfo(module.relative_to(AGENT).as_posix(), EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, module.read_bytes())
    return packed.getvalue()
