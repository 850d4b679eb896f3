"""The end of a log, as a terminal would have left it."""

WIDTH = 300  # characters of a line


def tail(log: str, lines: int) -> str:
    """The last lines that say something; of a progress bar that overwrites itself only its last state."""
    said = []
    for line in log.replace("\r\n", "\n").split("\n"):
        last = line.rstrip("\r").rpartition("\r")[2].rstrip()
        if last:
            said.append(last if len(last) <= WIDTH else last[: WIDTH - 1] + "…")
    return "\n".join(said[-lines:]) if lines else ""
