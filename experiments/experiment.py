"""A named variation of a baseline, as somebody asked for it."""

from dataclasses import dataclass, field, replace

from experiments.hosts import GITHUB, HostByName
from experiments.parts.asked import Asked
from experiments.parts.change import Change
from experiments.parts.execution import Execution
from experiments.parts.landing_plan import LandingPlan
from experiments.parts.membership import Membership


@dataclass(frozen=True)
class Repository:
    """A repository, as one installation of the App sees it. Its id stays when its name changes."""

    id: int
    full_name: str  # owner/name; where the host nests groups, with all of them: group/sub/name
    installation: int
    url: str = ""  # address of its page, without credentials; git clones it with `.git` added
    host: HostByName = field(default=GITHUB, repr=False)

    @property
    def owner(self) -> str:
        """The person, organisation or group that owns it, with all outer groups."""
        return self.full_name.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The name without its owner."""
        return self.full_name.rpartition("/")[2]

    def commit_page(self, sha: str) -> str:
        """Return the address of a commit's page."""
        return self.url + self.host.commit.format(sha=sha)

    def check_page(self, check: int) -> str:
        """Return the address of a check run's page."""
        return self.url + self.host.check.format(check=check)

    def renamed(self, full_name: str) -> "Repository":
        """Return the same repository under another name at the same host."""
        return replace(self, full_name=full_name, url=f"{self.url.removesuffix(self.full_name)}{full_name}")


@dataclass(frozen=True)
class PullRef:
    """A pull request: its number in a repository."""

    repository: Repository
    number: int

    def page(self, comment: int = 0) -> str:
        """Return the address of its page, or of one comment there."""
        host = self.repository.host
        at = host.comment.format(comment=comment) if comment else ""
        return self.repository.url + host.pull.format(number=self.number) + at

    @property
    def key(self) -> str:
        """A key that identifies it in stored values. It stays when the repository is renamed."""
        return f"{self.repository.id}:{self.number}"


@dataclass(frozen=True)
class Experiment:
    """What is to be trained: changes of a baseline commit, with a name."""

    repository: Repository
    pull: int  # number of the pull request
    baseline: str  # SHA of the parent of its commit: the pinned head
    name: str  # `puffy-daks`
    landing: LandingPlan
    project: str = ""  # folder from the repository's root, empty for the root; paths here are from that folder
    asked: Asked = field(default_factory=Asked)
    change: Change = field(default_factory=Change)
    execution: Execution = field(default_factory=Execution)
    sweep: Membership = field(default_factory=Membership)

    @property
    def pull_ref(self) -> PullRef:
        """The pull request in which somebody asked for it."""
        return PullRef(self.repository, self.pull)

    @property
    def compared(self) -> str:
        """SHA of the commit that results are compared with."""
        return self.landing.head_before or self.baseline

    @property
    def shown_at(self) -> str:
        """SHA of the commit whose check run and status show it. Commits of other branches get neither."""
        return self.asked.head or self.baseline

    @property
    def weight(self) -> int:
        """Roughly the bytes it takes in storage, most of which are the texts of parameter files."""
        return len(repr(self).encode("utf-8", "replace"))

    @property
    def ref(self) -> str:
        """The ref of its commit: `refs/exps/<2 hex>/<38 hex>/<name>`, as DVC's `ExpRefInfo` makes it.

        Without DVC it is below `refs/studio/`, so that `dvc exp list` does not show it.
        """
        space = "refs/exps" if self.execution.has_dvc else "refs/studio/exps"
        return f"{space}/{self.baseline[:2]}/{self.baseline[2:]}/{self.name}"
