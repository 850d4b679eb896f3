"""Who is alive on this machine."""

from pathlib import Path


def living(mark: str) -> list[int]:
    """Processes with the mark as one of their arguments, whatever room they are in."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = path.read_bytes().split(b"\0")
        except OSError:
            continue  # gone meanwhile
        found += [int(path.parent.name)] if mark.encode() in arguments else []
    return found
