"""What to type so that a project has a default DVC remote."""

from collections.abc import Sequence

from experiments.wording import for_shell

MOST = 20  # names of remotes that are kept of a commit


def default_named(there: Sequence[str]) -> str:
    """Return the command, in backquotes. `there`: names of the remotes of `.dvc/config`, none of them the default."""
    if not there:
        return "`dvc remote add --default NAME URL`"
    return for_shell("dvc remote default", there if len(there) == 1 else ["NAME"])
