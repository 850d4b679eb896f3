"""The sandbox's records: a frozen class for each thing that a person knows from GitHub."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")
ROLES = ("none", "read", "triage", "write", "maintain", "admin")  # from the fewest rights to the most
Json = dict[str, Any]


@dataclass(frozen=True)
class User:
    """A person, an organisation or the bot user of an App."""

    id: int
    login: str
    type: str = "User"  # User | Bot | Organization
    token: str = ""  # a person's password for git over HTTP


@dataclass(frozen=True)
class HostedRepository:
    """A repository; its commits are in the bare git folder."""

    id: int
    owner: str
    name: str
    folder: Path
    private: bool = True
    default_branch: str = "main"
    collaborators: Mapping[str, str] = field(default_factory=dict)  # login -> read | triage | write | maintain | admin
    parent: int = 0  # id of the repository that it is a fork of; 0: none
    created_at: float = 0.0

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True)
class Pull:
    """A pull request. Git holds its head SHA: `sandbox.gitfolder.pull_head(state, pull)`."""

    id: int
    number: int
    repository: int  # id of the base repository
    title: str
    body: str
    user: str  # login
    head_repository: int
    head_ref: str  # branch, without refs/heads/
    base_ref: str
    created_at: float
    updated_at: float
    state: str = "open"  # open | closed
    closed_at: float | None = None
    merged_at: float | None = None
    merged_by: str = ""
    merge_commit: str = ""  # SHA

    @property
    def merged(self) -> bool:
        return self.merged_at is not None


@dataclass(frozen=True)
class Comment:
    """A comment in the conversation of a pull request."""

    id: int
    repository: int
    number: int  # of the pull request
    user: str
    body: str
    created_at: float
    updated_at: float
    app: int = 0  # id of the App that wrote it; 0: a person

    @property
    def edited(self) -> bool:
        return self.updated_at > self.created_at


@dataclass(frozen=True)
class Reaction:
    """One user's reaction to a comment."""

    id: int
    comment: int
    user: str
    content: str  # one of REACTIONS
    created_at: float


@dataclass(frozen=True)
class CheckRun:
    """A check run of an App on one commit."""

    id: int
    repository: int
    app: int
    name: str
    head_sha: str
    status: str = "queued"  # queued | in_progress | completed
    conclusion: str | None = None
    external_id: str = ""
    details_url: str = ""
    started_at: float | None = None
    completed_at: float | None = None
    output: Mapping[str, Any] = field(default_factory=dict)  # title, summary, text (Markdown), annotations
    actions: tuple[Mapping[str, str], ...] = ()  # label, identifier, description: buttons once completed
    created_at: float = 0.0


@dataclass(frozen=True)
class CommitStatus:
    """A status of one commit. Of each context the newest counts."""

    id: int
    repository: int
    sha: str
    context: str
    state: str  # error | failure | pending | success
    description: str | None
    target_url: str | None
    creator: str  # login
    created_at: float


@dataclass(frozen=True)
class Activity:
    """A branch that was made, moved or deleted."""

    id: int
    repository: int
    ref: str  # refs/heads/...
    before: str  # SHA; zeros where the branch was made
    after: str
    kind: str  # push | force_push | branch_creation | branch_deletion | pr_merge
    actor: str  # login
    when: float


@dataclass(frozen=True)
class App:
    """A registered GitHub App."""

    id: int
    slug: str
    name: str
    owner: str
    public_key: str  # PEM
    webhook_url: str
    webhook_secret: str
    permissions: Mapping[str, str]  # contents -> read | write, ...
    events: tuple[str, ...]
    created_at: float = 0.0
    webhook_content_type: str = "json"  # json | form
    webhook_insecure_ssl: str = "0"  # 1: certificates are not verified

    @property
    def bot(self) -> str:
        return f"{self.slug}[bot]"

    @property
    def client_id(self) -> str:
        return f"Iv23li{self.id:014d}"


@dataclass(frozen=True)
class Installation:
    """An App's installation on the repositories of one account."""

    id: int
    app: int
    account: str  # login of the owner
    repositories: frozenset[int]
    permissions: Mapping[str, str]
    events: tuple[str, ...]
    suspended_at: float | None = None
    created_at: float = 0.0


@dataclass(frozen=True)
class Token:
    """An installation access token."""

    token: str
    installation: int
    permissions: Mapping[str, str]
    repositories: frozenset[int]
    narrowed: bool  # whether repositories were selected when it was asked for
    expires_at: float


@dataclass(frozen=True)
class Delivery:
    """One attempt to send a webhook, with its answer."""

    id: int
    guid: str  # the same in each redelivery
    app: int
    installation: int
    event: str
    payload: Json
    delivered_at: float
    headers: Mapping[str, str]
    status_code: int  # 0: no answer
    answer: str = ""
    redelivery: bool = False


@dataclass
class Fault:
    """An answer to give instead of the real one, `times` times, where the regex `path` finds the request's path."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Json | str = field(default_factory=dict)
    times: int = 1


Record = User | HostedRepository | Pull | Comment | Reaction | CheckRun | CommitStatus | App | Installation
WebhookSink = Callable[[Mapping[str, str], bytes], int]
