"""What the bot says about which project of a repository is meant."""

import json
import re
import shlex
from collections.abc import Sequence

from experiments.hosts import Host
from experiments.projects import named
from experiments.settings.fields import PATH
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Snapshot
from reports.text.markdown import code, fence

_NAMED = 20  # items of a list
_BARE = re.compile(r"[\w./-]*[A-Za-z_/-][\w./-]*")
_VERB = re.compile(r"\s*/(?:studio\s+)?\S+")


def which(host: Host, line: str, meant: Sequence[str], folders: Sequence[str]) -> str:
    """Return the question which project is meant, where the pull request changes none or several."""
    found = f"changes files of {listed(meant)}" if meant else "changes no file of a project"
    return f"This {host.request} {found}, so say which project is meant:\n\n{_choices(line, meant or folders)}"


def which_differs(line: str, meant: Sequence[str], folders: Sequence[str]) -> str:
    """Return the question which project is meant, where the commits differ in none or several."""
    found = f"differ in files of {listed(meant)}" if meant else "do not differ in files of a project"
    return f"These commits {found}, so say which project is meant:\n\n{_choices(line, meant or folders)}"


def gone(name: str, project: str) -> str:
    """Say that the project of an experiment is no longer declared."""
    return (
        f"{code(name)} is an experiment of the project {code(named(project))}, which {code(PATH)} of the base branch "
        "does not name any more."
    )


def not_of_one(name: str, found: Sequence[str]) -> str:
    """Say that an experiment changes no project or several, so that it goes onto no branch."""
    what = f"files of {listed(found)}" if found else "no file of a project"
    return f"{code(name)} changes {what}, and an experiment is of one project. It does not go onto a branch from here."


def undeclared(snapshot: Snapshot, config: RepoConfig) -> str:
    """Say that DVC projects were found that `projects:` does not name. Empty where there are none."""
    elsewhere = [each for each in snapshot.elsewhere if each not in config.folders]
    if not elsewhere:
        return ""
    keys = [each if _BARE.fullmatch(each) else json.dumps(each, ensure_ascii=False) for each in elsewhere[:_NAMED]]
    block = fence("\n".join(["projects:", *(f"  {each}: {{}}" for each in keys)]), "yaml")
    found, them = ("is a DVC project", "it") if len(elsewhere) == 1 else ("are DVC projects", "them")
    return (
        f"There {found} in {listed(elsewhere)}. To have {them} trained and reported, name {them} in {code(PATH)} of "
        f"the base branch:\n\n{block}"
    )


def with_undeclared(text: str, snapshot: Snapshot, config: RepoConfig) -> str:
    """Return an answer about a project, followed by what `undeclared` says about the repository."""
    return "\n\n".join(filter(None, [text, undeclared(snapshot, config)]))


def listed(folders: Sequence[str]) -> str:
    """Return the projects as people list them: `speech`, `vision` and 3 others."""
    shown = [code(named(each)) for each in folders[:_NAMED]]
    if len(folders) > _NAMED:
        return f"{', '.join(shown)} and {len(folders) - _NAMED} others"
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)


def _choices(line: str, folders: Sequence[str]) -> str:
    return fence("\n".join(_with_project(line, each) for each in folders[:_NAMED]))


def _with_project(line: str, project: str) -> str:
    """Return a command with its project right after the verb. At the end it could stand after `--`."""
    verb = _VERB.match(line)
    end = verb.end() if verb else len(line)
    return f"{line[:end]} --project {shlex.quote(named(project))}{line[end:]}"
