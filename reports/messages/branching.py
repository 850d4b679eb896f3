"""What the bot says about an experiment's own branch and its pull request."""

from experiments.experiment import Repository
from experiments.hosts import Host
from experiments.wording import typed
from reports.text import links
from reports.text.markdown import code, fence, plain, text

_TITLE = 200  # characters


def branch_taken(name: str, branch: str, sha: str) -> str:
    """Say that there is another branch of this name."""
    another = fence(f"/branch {name} {branch}-2")
    return f"There is a branch {code(branch)} already, at {code(sha[:7])}. Give another name:\n\n{another}"


def no_branch(host: Host, name: str, branch: str, reason: str) -> str:
    """Say that the host refused to make the branch."""
    return (
        f"{host.title} would not make the branch {code(branch)} for {code(name)}: {text(reason)}. Another name may do: "
        f"{code(f'/branch {name} BRANCH')}."
    )


def no_pull(host: Host, name: str, branch: str, reason: str) -> str:
    """Say that the host refused the pull request of a branch, which stays, and how to delete the branch."""
    delete = fence(f"git push origin --delete {typed(branch)}", "sh")
    return (
        f"{code(name)} is on the branch {code(branch)}, but {host.title} would not open a {host.request} for it: "
        f"{text(reason)}. The branch stays: once that is solved, {code(f'/branch {name} {branch}')} opens the "
        f"{host.request}. If you don't want the branch, delete it from your clone:\n\n{delete}"
    )


def no_commits(host: Host, name: str, into: str, base: str, branch: str, undone: bool) -> str:
    """Say that the branch `into` has the experiment, so that a pull request would bring nothing, and what to do.

    `base`: where the open pull request goes; empty where it is over. `undone`: whether a later commit reverts it there.
    """
    already = f"{code(name)} is already on {code(into)}, so a {host.request} would have no commits."
    if undone:
        already = f"{already} A later commit there takes it back."
    if not base:
        return f"{already} In an open {host.request}, {code(f'/run --from {name}')} trains its parameters again."
    if undone:
        return f"{already} {code(f'/apply {name}')} puts it there again."
    return (
        f"{already} Once this {host.request} is merged, it is on {code(base)} as well. "
        f"{code(f'/run -S … --branch {branch}')} trains other values onto a branch of their own."
    )


def branched(name: str, repository: Repository, branch: str, base: str, number: int) -> str:
    """Say that an experiment has its branch and pull request."""
    pull = links.pull(repository, number)
    return f"{code(name)} is on the new branch {code(branch)}, with a {pull} into {code(base)}."


def pull_title(message: str, name: str) -> str:
    """Return a pull request's title, as plain text: the first line of the commit's message, where a person wrote it."""
    first = plain(message.partition("\n")[0], _TITLE)
    return f"Experiment {name}" if not first or first.startswith("dvc: commit experiment") else first
