"""A named variation of a baseline, as somebody asked for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from experiments.hosts import GITHUB, HostByName
from experiments.placement import Placement
from experiments.settings.declared import Declared
from experiments.snapshot import COMPOSED, Value

THIS, BASELINE = "this", "baseline"  # what a repeat trains again


@dataclass(frozen=True)
class Override:
    """One `-S` edit: set a parameter of a file to a value."""

    file: str
    key: str
    value: Value
    before: Value = None
    text: str = ""  # as it was typed, or as DVC gets it: `train.lr=0.01`


@dataclass(frozen=True)
class Input:
    """One `--data`: a version of data that DVC tracks."""

    path: str
    rev: str  # as it was typed
    source: str  # path of the `.dvc` file, whose new text is one of the edits
    md5: str
    before: str  # MD5 at the baseline

    @property
    def text(self) -> str:
        """The words that were typed: `path@rev`."""
        return f"{self.path}@{self.rev}"


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
    """What is to be trained: overrides on a baseline commit, with a name."""

    repository: Repository
    pull: int  # number of the pull request
    baseline: str  # SHA of the parent of its commit: the pinned head
    branch: str  # head branch, where the result may land
    base_branch: str
    name: str  # `puffy-daks`
    author: str  # login of who asked for it; empty where nobody did, as for a fetch of data
    comment: int  # id of the comment, or of the press of a button, that asked for it; 0 where there is none
    overrides: tuple[Override, ...] = ()
    project: str = ""  # folder from the repository's root, empty for the root; paths here are from that folder
    inputs: tuple[Input, ...] = ()  # data whose version differs from the baseline's
    edits: Mapping[str, str] = field(default_factory=dict)  # path -> whole new text of parameter and `.dvc` files
    targets: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()  # DVC's, that choose which stages it looks at: `--single-item`
    message: str = ""  # message of the commit; its first line is `Set train.lr=0.01` where none is given
    temp: bool = False  # the branch stays as it is
    force: bool = False  # trains even where nothing changed
    queue: bool = False  # it waits in the queue of its pull request until it is started
    sweep: str = ""  # name of the sweep it belongs to: `slow` of `slow-1`, `slow-2`
    number: int = 0  # in its sweep, from 1
    repeats: str = ""  # THIS or BASELINE: what it repeats with another seed; empty: it is no repeat
    seed: int = 0  # seed of a repeat
    origin: str = ""  # what was typed after `--from`: the experiment whose parameters it takes
    timeout: int = 7200  # seconds
    place: Placement = field(default_factory=Placement)  # where it trains
    asks: float = 0.0  # most that everything its comment asked for may cost, where that needs approval
    composed: bool = False  # Hydra composes params.yaml: DVC gets its overrides as words, and no edit is written
    script: str = ""  # the command that trains, as the base branch had it at the request; empty: dvc exp run
    has_dvc: bool = True  # False: its ref is below `refs/studio/`
    declared: Declared = field(default_factory=Declared)  # as the base branch had it at the request
    rev: str = ""  # what was typed after `--rev`: its commit is the baseline, and the branch stays as it is
    asked_at: str = ""  # with `rev`: SHA of the head at the time of the request
    new_branch: str = ""  # a new branch that gets its commit and a pull request
    into_base: bool = False  # that pull request goes into the base branch, not into `branch`
    checkpointed: tuple[str, ...] = ()  # outputs that are copied while it trains
    checkpoint_every: int = 600  # least seconds between two checkpoints
    resumes: str = ""  # id of the run whose newest checkpoint it goes on from
    head_before: str = ""  # SHA of the head before the parameter commit, where that one is the baseline
    anew: bool = False  # no result of an earlier run may be reused: DVC could not tell the two apart
    requirements: tuple[str, ...] = ()  # files of what is installed, as the base branch names them; empty: as found
    history: str = ""  # full: the clone has all commits and tags; empty: the baseline alone

    @property
    def pull_ref(self) -> PullRef:
        """The pull request in which somebody asked for it."""
        return PullRef(self.repository, self.pull)

    @property
    def description(self) -> str:
        """The commit message without its first line."""
        return self.message.partition("\n")[2].strip("\n")

    @property
    def compared(self) -> str:
        """SHA of the commit that results are compared with."""
        return self.head_before or self.baseline

    @property
    def shown_at(self) -> str:
        """SHA of the commit whose check run and status show it. Commits of other branches get neither."""
        return self.asked_at or self.baseline

    @property
    def words(self) -> tuple[str, ...]:
        """The overrides that DVC itself applies, as words of its command line."""
        return tuple(each.text for each in self.overrides if self.composed and each.file == COMPOSED)

    @property
    def weight(self) -> int:
        """Roughly the bytes it takes in storage, most of which are the texts of parameter files."""
        return len(repr(self).encode("utf-8", "replace"))

    @property
    def ref(self) -> str:
        """The ref of its commit: `refs/exps/<2 hex>/<38 hex>/<name>`, as DVC's `ExpRefInfo` makes it.

        Without DVC it is below `refs/studio/`, so that `dvc exp list` does not show it.
        """
        space = "refs/exps" if self.has_dvc else "refs/studio/exps"
        return f"{space}/{self.baseline[:2]}/{self.baseline[2:]}/{self.name}"
