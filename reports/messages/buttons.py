"""The first line of an answer to a button: no comment above it tells who asked for what."""

from reports.run.check_run import APPLY, RETRY
from reports.text.markdown import code

_LABELS = {button.identifier: button.label for button in (RETRY, APPLY)}


def pressed(author: str, button: str, name: str) -> str:
    """Say who pressed which button on a run. `button`: its identifier; empty for the host's Re-run."""
    return f"{code(author)} pressed **{_LABELS.get(button, 'Re-run')}** on {code(name)}."


def all_rerun(author: str, sha: str) -> str:
    """Say who pressed Re-run for all check runs of a commit."""
    return f"{code(author)} pressed **Re-run all checks** on {code(sha[:7])}."
