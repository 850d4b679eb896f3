"""What the bot says about taking a result off the branch again."""

from collections.abc import Sequence

from experiments.experiment import Repository
from experiments.hosts import Host
from experiments.wording import typed
from reports.text import links
from reports.text.markdown import code, fence, text

_NAMED = 20  # paths in a list


def undone(name: str, repository: Repository, branch: str, landed: str, head: str, consequences: str, back: str) -> str:
    """Say what was taken off the branch, in which commit, and how it comes back. `back`: a sentence."""
    off, was = links.commit(repository, head), links.commit(repository, landed)
    more = f" {consequences}" if consequences else ""
    return f"{code(name)} is off {code(branch)} again: {off} takes back {was}.{more} The experiment is kept; {back}"


def back(name: str, again: str, moved: bool) -> str:
    """Say how to have it again. `again`: the command that trains its parameters, empty where it set none. `moved`: its
    results may belong to other files."""
    ways = [] if moved else [f"{code(f'/apply {name}')} puts it there again"]
    ways += [f"{code(again)} trains its parameters once more"] if again else []
    return f"{', and '.join(ways) or '`/run` trains the head'}."


def parameters_stay(sha: str) -> str:
    """Say that the parameter commit stays on the branch."""
    revert = code(f"git revert {sha[:7]}")
    return f"Its parameters stay on the branch: they came before it, in {code(sha[:7])}, which {revert} takes back."


def nothing(branch: str) -> str:
    """Say that no result on the branch can be taken off."""
    return (
        f"No result of an experiment is on {code(branch)} that could be taken off again. {code('/status')} shows where "
        "each run is."
    )


def changed_since(name: str, branch: str, landed: str, paths: Sequence[str]) -> str:
    """Say which files changed after the result landed, so that it can't be taken off."""
    listed = "\n".join(f"- {code(path)}" for path in paths[:_NAMED])
    more = f"\n- … {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    revert = f"git switch {typed(branch)}\ngit pull\ngit revert {landed}\ngit push"
    return (
        f"{code(name)} stays on {code(branch)}: after it landed as {code(landed[:7])}, these files were changed again, "
        f"and taking it back would lose that:\n\n{listed}{more}\n\nIn your clone Git asks what is to become of each:"
        f"\n\n{fence(revert, 'sh')}"
    )


def refused(host: Host, branch: str, tip: str, reason: str) -> str:
    """Say that the branch moved in this moment to `tip`, or where that is empty, why the host refused the commit."""
    if tip:
        return f"{code(branch)} moved to {code(tip[:7])} just now, so nothing was pushed. Type `/undo` again."
    return f"{host.title} would not take the commit on {code(branch)}: {text(reason)}."
