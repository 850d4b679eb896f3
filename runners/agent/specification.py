"""The specification of an attempt, as the bot sends it (docs/runs-api.md)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .checkpoints import WantedCheckpoints
from .data import remote
from .data.remote import DvcRemote
from .errors import Trouble
from .limits import AttemptLimits, read_limits
from .packages import index
from .packages.index import PackageIndex

SHA = re.compile(r"[0-9a-f]{40}")
RUN = re.compile(r"[A-Za-z0-9_-]{1,100}")
REF = re.compile(r"refs/[A-Za-z0-9._/-]{1,200}")


@dataclass(frozen=True)
class Bootstrap:
    """What starts an agent: the bot's address, the attempt, and the key to it."""

    url: str
    run: str
    attempt: int
    token: str  # empty: the agent exchanges `boot` for one
    boot: str = ""  # a token that works once


@dataclass(frozen=True)
class Module:
    """A submodule of the commit."""

    number: int  # the bot's number of it
    path: str  # from the repository's root
    sha: str  # the submodule's commit, as the repository names it
    tree: str  # hash of that commit's tree


@dataclass(frozen=True)
class LfsFile:
    """A file that Git LFS keeps."""

    path: str  # from the repository's root
    oid: str  # SHA-256 of its content
    size: int  # bytes of its content
    needed: bool  # training cannot begin without it


@dataclass(frozen=True)
class Specification:
    """All that the agent has to know of one attempt of one run."""

    repository: int
    clone_url: str
    clone_login: str  # the login that git sends with the token
    clone_token: str
    sha: str
    ref: str
    message: str  # of the commit that the agent makes for a project without DVC
    author: str
    email: str
    project: str  # the project's folder in the repository, empty for its root; the paths below are from that folder
    edits: Mapping[str, str]  # path -> the file's whole new text
    script: tuple[str, ...]  # argv; empty: only send the baseline's files and train nothing
    requirement: str  # the DVC to install where the project names none; empty: a project without DVC
    minimum: str
    push: bool
    results: tuple[str, ...]  # without DVC: files and folders that the script makes, to be committed
    collect: tuple[str, ...]
    baseline_files: tuple[str, ...]
    data_first: tuple[str, ...] | None  # files to fetch before a script that no run cache answers; None: DVC fetches
    checkpoints: WantedCheckpoints | None  # None: no checkpoints are kept
    environment: Mapping[str, str]  # further variables for training, secrets among them
    remote: DvcRemote | None  # None: the project has no default DVC remote
    requirements: tuple[str, ...]  # requirement files to install; empty: those that are found
    branch: str  # the pull request's branch
    full: bool  # whether all earlier commits and all tags are fetched
    timeout: float  # seconds that the script may take
    limits: AttemptLimits
    push_only: bool  # push the data of `sha`, an experiment's commit, again and train nothing
    submodules: tuple[Module, ...] = ()  # those that the bot sends
    lfs: tuple[LfsFile, ...] = ()
    anew: bool = False  # train although a run cache has the result, and add nothing to the run cache
    pull_first: tuple[str, ...] = ()  # files to fetch before the script because DVC's `--pull` misses them
    index: PackageIndex | None = None  # None: the package index that the machine knows

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values, besides tokens, that must not appear in a log."""
        given = (
            self.environment.values(),
            self.remote.secrets if self.remote else (),
            self.index.secrets if self.index else (),
        )
        return tuple(value for values in given for value in values)


def read_bootstrap(line: str) -> Bootstrap:
    """Read the one line of standard input. Raises ValueError where it is not a bootstrap."""
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
    """Read the bot's answer to a claim. Raises Trouble where this agent does not understand it."""
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


def _large_file(data: Any) -> LfsFile:
    return LfsFile(str(data["path"]), str(data["oid"]), int(data["size"]), bool(data["needed"]))


def _checkpoints(data: Any) -> WantedCheckpoints | None:
    if data is None:
        return None
    resume = data["resume"] or {"size": 0, "sha256": ""}
    paths = tuple(map(str, data["paths"]))
    return WantedCheckpoints(
        paths, float(data["every"]), int(data["limit"]), int(resume["size"]), str(resume["sha256"])
    )
