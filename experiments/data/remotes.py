"""The command that gives a project a default DVC remote."""

from collections.abc import Sequence

from experiments.wording import for_shell

MOST = 20  # names of remotes kept for a commit


def default_named(there: Sequence[str]) -> str:
    """Return the command, in backquotes. `there`: names of the remotes in `.dvc/config`, none of which is the
    default."""
    if not there:
        return "`dvc remote add --default NAME URL`"
    return for_shell("dvc remote default", there if len(there) == 1 else ["NAME"])
