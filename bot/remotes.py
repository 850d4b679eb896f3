"""What an agent learns of a commit's DVC remote: docs/runs-api.md, "The DVC remote"."""

import re
from collections.abc import Mapping
from typing import Any

from bot.ports.git import ReadGit
from experiments.data.addresses import PLAIN, PLUGINS, default_remote, scheme_of, shown
from experiments.experiment import Experiment
from experiments.fleet import remotes
from experiments.fleet.runners import Fleet
from experiments.pipeline import sought, touches
from experiments.projects import rooted
from experiments.readiness.foretelling import remakes
from experiments.run import Run
from experiments.snapshot import Snapshot
from experiments.wording import quoted

CONFIG = ".dvc/config"  # of a project
_MD5 = re.compile(r"[0-9a-f]{32}(\.dir)?")


def remote_at(git: ReadGit, run: Run) -> tuple[str, str]:
    """Return name and address of the default DVC remote at the run's baseline; both empty where it has none.

    A repeated push may use a remote that was added later: that of the head where somebody asked for the push.
    """
    experiment, found = run.experiment, ("", "")
    path = rooted(experiment.project, CONFIG)
    for sha in filter(None, (experiment.baseline, experiment.asked.head if run.pushes else "")):
        found = default_remote((git.read(experiment.repository, sha, path) or b"").decode(errors="replace"))
        if found[1]:
            return found
    return found


def remote_for(
    fleet: Fleet,
    values: Mapping[str, str],
    plugins: Mapping[str, str],
    run: Run,
    snapshot: Snapshot,
    at: tuple[str, str],
) -> Mapping[str, Any] | None:
    """Return the specification's `remote` for a commit with this default remote (name, address); None without one.

    `values`: of the variables that the operator's file names. `plugins`: requirements by scheme. The commit chooses a
    scheme and a place below an address that the operator names, and nothing else.
    """
    name, address = at
    if not address:
        return None
    scheme, repository = scheme_of(address), run.experiment.repository.full_name
    remote: dict[str, Any] = {
        "name": name,
        "url": address,
        "plugin": {"name": PLUGINS[scheme], "requirements": plugins[scheme]} if scheme in PLUGINS else None,
        "options": {},
        "host_key": "",
        "read": None,
        "push": None if scheme and scheme not in PLAIN else {},
        "unnamed": "" if not scheme or scheme in PLAIN else unnamed(address, repository),
        "objects": objects(run.experiment, snapshot),
        "reads": fetched_first(run.experiment, snapshot),
    }
    found = remotes.find(fleet.remotes, repository, address)
    if found:
        named, reached = found
        remote |= {"url": str(reached), "options": dict(named.options), "host_key": named.host_key, "unnamed": ""}
        for what, given in (("read", named.read), ("push", named.push)):
            remote[what] = {each: values[variable] for each, variable in given.items()} if given else None
        if run.fetch and not run.pushes:
            remote["push"] = None
        lacks = [what for what, given in (("read from", named.read), ("push to", named.push)) if not given]
        if lacks:
            remote["unnamed"] = (
                f"The operator of the bot gives no credentials to {' or '.join(lacks)} {quoted(shown(address))}."
            )
    return remote


def unnamed(address: str, repository: str) -> str:
    """Return sentences on why there are no credentials for this address of a commit."""
    if scheme_of(address) not in PLUGINS:
        known = ", ".join(f"`{scheme}://`" for scheme in PLUGINS)
        return (
            f"{quoted(shown(address))} is of a kind that runs cannot use. They can use {known}, `https://` and folders."
        )
    return (
        f"The operator of the bot names no DVC remote that has {quoted(shown(address))} in it and serves {repository}. "
        "An entry below `remotes:` in the file of RUNNERS gives credentials for it (docs/runners.md)."
    )


def objects(experiment: Experiment, snapshot: Snapshot) -> Mapping[str, str]:
    """Return path -> `hash-name:hash` of the project's DVC-tracked files, with versions of data that were asked for."""
    found = {each.path: each for each in snapshot.data if _MD5.fullmatch(each.md5)}
    known = {path: f"{'md5-dos2unix' if each.legacy else 'md5'}:{each.md5}" for path, each in found.items()}
    return known | {each.path: f"md5:{each.md5}" for each in experiment.change.inputs if _MD5.fullmatch(each.md5)}


def kept(snapshot: Snapshot) -> list[str]:
    """Return all DVC-tracked paths, without external ones, of which DVC has only the hash."""
    return [path for path in dict.fromkeys(each.path for each in snapshot.data) if path not in snapshot.external]


def fetched_first(experiment: Experiment, snapshot: Snapshot) -> list[str]:
    """Return the DVC-tracked paths that a run needs before its script; all where lost outputs are made again."""
    if remakes(snapshot, experiment):
        return kept(snapshot)
    return read_by_stages(snapshot, all_frozen=experiment.execution.force)


def read_by_stages(snapshot: Snapshot, all_frozen: bool = False) -> list[str]:
    """Return the DVC-tracked paths that stages read, or that frozen stages must have.

    `all_frozen`: with the outputs of every frozen stage, as `--force` needs them.
    """
    read = {dep for stage in snapshot.stages for dep in stage.deps} | sought(snapshot, all_frozen)
    return [path for path in kept(snapshot) if touches(read, path)]
