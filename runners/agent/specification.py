"""What the bot asks for, as it comes over the wire (docs/runs-api.md)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .checkpoints import Wanted
from .data import remote
from .data.remote import Remote
from .errors import Trouble
from .limits import Limits, read_limits
from .packages import index
from .packages.index import Index

SHA = re.compile(r"[0-9a-f]{40}")
RUN = re.compile(r"[A-Za-z0-9_-]{1,100}")
REF = re.compile(r"refs/[A-Za-z0-9._/-]{1,200}")


@dataclass(frozen=True)
class Bootstrap:
    """Where to ask, for what, and the key to it."""

    url: str
    run: str
    attempt: int
    token: str  # empty: the bot gives it for `boot`
    boot: str = ""  # is good once


@dataclass(frozen=True)
class Module:
    """One of a commit's submodules."""

    number: int  # as the bot knows it
    path: str  # from the repository's root
    sha: str  # of the commit that the repository names
    tree: str  # of that commit


@dataclass(frozen=True)
class LargeFile:
    """A file of Git LFS."""

    path: str  # from the repository's root
    oid: str  # SHA-256 of its content
    size: int  # bytes of its content
    needed: bool  # nothing is trained without it


@dataclass(frozen=True)
class Specification:
    """One attempt of one run."""

    repository: int
    clone_url: str
    clone_login: str  # that git gives with the token
    clone_token: str
    sha: str
    ref: str
    message: str  # of the commit, where the agent makes it
    author: str
    email: str
    project: str  # its folder from the repository's root, empty for the root; paths below are from that folder
    edits: Mapping[str, str]  # path -> whole new text
    script: tuple[str, ...]  # empty: bring the baseline's files and train nothing
    requirement: str  # our DVC, where the project has none; empty: a project without DVC
    minimum: str
    push: bool
    results: tuple[str, ...]  # without DVC: files and folders that the script makes, for the commit
    collect: tuple[str, ...]
    baseline_files: tuple[str, ...]
    data_first: tuple[str, ...] | None  # fetched before the script, which no run cache answers; None: DVC does as ever
    checkpoints: Wanted | None  # None: nothing of it is kept while it trains
    environment: Mapping[str, str]  # that training gets besides, secrets among it
    remote: Remote | None  # None: the project has no default DVC remote
    requirements: tuple[str, ...]  # files of what is installed; empty: as found
    branch: str  # of the pull request
    full: bool  # all commits that the baseline comes after, and all tags
    timeout: float  # seconds the script may take
    limits: Limits
    push_only: bool  # the data of `sha`, an experiment's commit, is pushed once more; nothing is trained
    submodules: tuple[Module, ...] = ()  # that the bot gives
    lfs: tuple[LargeFile, ...] = ()
    anew: bool = False  # no result in a run cache answers for it, and it becomes none
    pull_first: tuple[str, ...] = ()  # fetched before the script, for `--pull` of DVC does not find it
    index: Index | None = None  # None: packages come from the index that the machine knows

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be read in a log, besides tokens."""
        given = (
            self.environment.values(),
            self.remote.secrets if self.remote else (),
            self.index.secrets if self.index else (),
        )
        return tuple(value for values in given for value in values)


def read_bootstrap(line: str) -> Bootstrap:
    """From the one line of standard input. ValueError where it is not one."""
    data = json.loads(line)
    if not isinstance(data, dict):
        raise ValueError("not an object")
    missing = sorted({"url", "run", "attempt"} - data.keys()) or ([] if {"token", "boot"} & data.keys() else ["token"])
    if missing:
        raise ValueError(f"without {', '.join(missing)}")
    if not RUN.fullmatch(str(data["run"])):
        raise ValueError("`run` is no name for a folder")
    if not str(data["url"]).startswith(("http://", "https://")):
        raise ValueError("`url` is neither http nor https")
    keys = str(data.get("token", "")), str(data.get("boot", ""))
    return Bootstrap(str(data["url"]).rstrip("/"), str(data["run"]), int(data["attempt"]), *keys)


def read(data: Any) -> Specification:
    """From the answer to a claim. Trouble where this agent does not understand it."""
    try:
        script = data["script"]
        specification = Specification(
            repository=int(data["repository"]),
            clone_url=str(data["clone_url"]),
            clone_login=str(data["clone_login"]),
            clone_token=str(data["clone_token"]),
            sha=str(data["sha"]),
            ref=str(data["ref"]),
            message=str(data["message"]),
            author=str(data["author"]["name"]),
            email=str(data["author"]["email"]),
            project=str(data["project"]),
            edits={str(path): str(text) for path, text in data["edits"].items()},
            script=("sh", "-e", "-c", script) if isinstance(script, str) else tuple(map(str, script)),
            requirement=str(data["dvc"]["requirement"]) if data["dvc"] else "",
            minimum=str(data["dvc"]["minimum"]) if data["dvc"] else "",
            push=bool(data["dvc"] and data["dvc"]["push"]),
            results=tuple(map(str, data["results"])),
            collect=tuple(map(str, data["collect"])),
            baseline_files=tuple(map(str, data["baseline_files"])),
            data_first=None if data["data_first"] is None else tuple(map(str, data["data_first"])),
            checkpoints=_checkpoints(data["checkpoints"]),
            environment={str(name): str(value) for name, value in data["environment"].items()},
            remote=remote.read(data["remote"]),
            requirements=tuple(map(str, data["requirements"])),
            branch=str(data["branch"]),
            full=data["history"] == "full",
            timeout=float(data["timeout"]),
            limits=read_limits(data["limits"]),
            push_only=bool(data["push_only"]),
            submodules=tuple(_module(each) for each in data.get("submodules", [])),
            lfs=tuple(_large_file(each) for each in data.get("lfs", [])),
            anew=bool(data.get("anew", False)),
            pull_first=tuple(map(str, data.get("pull_first", ()))),
            index=index.read(data.get("index")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Trouble(
            f"The agent does not understand what the bot asks for ({error!r}); start both at one version."
        ) from error
    if not SHA.fullmatch(specification.sha) or not REF.fullmatch(specification.ref):
        raise Trouble("The agent does not understand what the bot asks for (sha or ref); start both at one version.")
    return specification


def _module(data: Any) -> Module:
    found = Module(int(data["number"]), str(data["path"]), str(data["sha"]), str(data["tree"]))
    if not SHA.fullmatch(found.sha) or not SHA.fullmatch(found.tree):
        raise ValueError("submodules")
    return found


def _large_file(data: Any) -> LargeFile:
    return LargeFile(str(data["path"]), str(data["oid"]), int(data["size"]), bool(data["needed"]))


def _checkpoints(data: Any) -> Wanted | None:
    if data is None:
        return None
    resume = data["resume"] or {"size": 0, "sha256": ""}
    paths = tuple(map(str, data["paths"]))
    return Wanted(paths, float(data["every"]), int(data["limit"]), int(resume["size"]), str(resume["sha256"]))
