"""The end of a log, as a terminal would show it."""

import re

WIDTH = 300  # most characters of a line


def tail(log: str, lines: int) -> str:
    """Return the last lines that are not empty. Of a progress bar that overwrites itself, only the last state is
    kept."""
    shown = []
    for line in log.replace("\r\n", "\n").split("\n"):
        last = line.rstrip("\r").rpartition("\r")[2].rstrip()
        if last:
            shown.append(last if len(last) <= WIDTH else last[: WIDTH - 1] + "…")
    return "\n".join(shown[-lines:]) if lines else ""


# The agent leaves out the secrets that it knows. These patterns find what a script printed of its own.
_CREDENTIAL = re.compile(
    r"(?<=://)[^/@\s]+(?=@)|\b(?:gh[a-z]_|github_pat_|glpat-|hf_|sk-)[\w-]{10,}|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|(?<=Bearer )[\w.~+/-]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)


def scrubbed(log: str) -> str:
    """Return a log without what looks like a credential."""
    return _CREDENTIAL.sub("***", log)
