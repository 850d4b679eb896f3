"""A named variation of a baseline, as it was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from experiments.hosts import GITHUB, HostByName
from experiments.placement import Place
from experiments.settings.declared import Declared
from experiments.snapshot import COMPOSED, Value

THIS, BASELINE = "this", "baseline"  # what is repeated


@dataclass(frozen=True)
class Override:
    """One `-S` edit: set a parameter of a file to a value."""

    file: str
    key: str
    value: Value
    before: Value = None
    text: str = ""  # as it was typed, or as DVC gets it, for messages: `train.lr=0.01`


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
        """As it was typed."""
        return f"{self.path}@{self.rev}"


@dataclass(frozen=True)
class Repository:
    """A repository as one installation of the App sees it. The id stays when the name changes."""

    id: int
    full_name: str  # owner/name; where the host has groups in groups, with all of them in front: group/sub/name
    installation: int
    url: str = ""  # https page, without credentials; `.git` added to it is what git clones
    host: HostByName = field(default=GITHUB, repr=False)

    @property
    def owner(self) -> str:
        """Whose it is: a person, an organisation, or a group with those it is in."""
        return self.full_name.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Its own, without whose it is."""
        return self.full_name.rpartition("/")[2]

    def commit_page(self, sha: str) -> str:
        """Address of a commit."""
        return self.url + self.host.commit.format(sha=sha)

    def check_page(self, check: int) -> str:
        """Address of a check run."""
        return self.url + self.host.check.format(check=check)

    def renamed(self, full_name: str) -> "Repository":
        """The same one under another name, at the same host."""
        return replace(self, full_name=full_name, url=f"{self.url.removesuffix(self.full_name)}{full_name}")


@dataclass(frozen=True)
class PullRef:
    """Which pull request: a number in a repository."""

    repository: Repository
    number: int

    def page(self, comment: int = 0) -> str:
        """Its address, or that of a comment in it."""
        host = self.repository.host
        at = host.comment.format(comment=comment) if comment else ""
        return self.repository.url + host.pull.format(number=self.number) + at

    @property
    def key(self) -> str:
        """What tells it from every other one in what is remembered; the same whatever name the repository has."""
        return f"{self.repository.id}:{self.number}"


@dataclass(frozen=True)
class Experiment:
    """What is to be trained: overrides on a baseline commit, under a name."""

    repository: Repository
    pull: int  # number of the pull request
    baseline: str  # SHA the commit's parent will be: the pinned head
    branch: str  # head branch, where the result may land
    base_branch: str
    name: str  # `puffy-daks`
    author: str  # login of who asked; empty where nobody did, and the bot sends for data
    comment: int  # id of the request: of the comment, or of the press of a button; 0 where there was none
    overrides: tuple[Override, ...] = ()
    project: str = ""  # its folder from the repository's root, empty for the root; paths here are from that folder
    inputs: tuple[Input, ...] = ()  # data in other versions than the baseline's
    edits: Mapping[str, str] = field(default_factory=dict)  # path -> whole new text of parameter and `.dvc` files
    targets: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()  # of DVC, for which stages it looks at: `--single-item`
    message: str = ""  # of the commit; without a first line that is `Set train.lr=0.01`
    temp: bool = False  # leave the branch alone
    force: bool = False  # train although nothing changed
    queue: bool = False  # it goes through the queue of its pull request, where it waits until it is started
    sweep: str = ""  # name of the sweep it belongs to: `slow` of `slow-1`, `slow-2`
    number: int = 0  # in its sweep, from 1
    repeats: str = ""  # with other seeds, in its sweep: THIS or BASELINE; empty: it is no repeat
    seed: int = 0  # of a repeat
    origin: str = ""  # what was typed after `--from`: the experiment whose parameters it has
    timeout: int = 7200  # seconds
    place: Place = field(default_factory=Place)  # where it trains
    asks: float = 0.0  # what all that its comment asked for may cost, where somebody has to approve of that
    composed: bool = False  # by Hydra: DVC gets the overrides of params.yaml as words, and no edit is written
    script: str = ""  # what trains, as the base branch had it when it was asked for; empty: dvc exp run
    has_dvc: bool = True  # False: its ref is none of DVC's
    declared: Declared = field(default_factory=Declared)  # as the base branch had them, too
    rev: str = ""  # what was typed after `--rev`: the baseline is its commit, and the branch is left alone
    asked_at: str = ""  # with `rev`: SHA of the head at which it was asked for
    new_branch: str = ""  # it goes onto this branch, which is made then, and gets a pull request
    into_base: bool = False  # that goes into the base branch, not into `branch`
    checkpointed: tuple[str, ...] = ()  # outputs of which copies are kept while it trains
    checkpoint_every: int = 600  # seconds between two of them at least
    resumes: str = ""  # id of the run whose newest checkpoint it goes on from
    head_before: str = ""  # SHA; commit first: the baseline is the parameter commit, and this was the head before it
    anew: bool = False  # no earlier run's result may answer for it: DVC could not tell the two apart
    requirements: tuple[str, ...] = ()  # files of what is installed, as the base branch names them; empty: as found
    history: str = ""  # full: the tree has all commits and tags; empty: the baseline alone

    @property
    def pull_ref(self) -> PullRef:
        """The pull request in which it was asked for."""
        return PullRef(self.repository, self.pull)

    @property
    def description(self) -> str:
        """What the message says after its first line."""
        return self.message.partition("\n")[2].strip("\n")

    @property
    def compared(self) -> str:
        """SHA of the commit that results are compared with."""
        return self.head_before or self.baseline

    @property
    def shown_at(self) -> str:
        """SHA of the commit whose check run and status tell of it: nothing is said on commits of other branches."""
        return self.asked_at or self.baseline

    @property
    def words(self) -> tuple[str, ...]:
        """Overrides that are DVC's to apply."""
        return tuple(each.text for each in self.overrides if self.composed and each.file == COMPOSED)

    @property
    def weight(self) -> int:
        """About how many bytes it takes to remember it: whole texts of parameter files are most of them."""
        return len(repr(self).encode("utf-8", "replace"))

    @property
    def ref(self) -> str:
        """Where DVC looks for it: `refs/exps/<2 hex>/<38 hex>/<name>` (dvc/repo/experiments/refs.py, ExpRefInfo).

        Without DVC the same below `refs/studio/`, where nobody's `dvc exp list` meets it."""
        space = "refs/exps" if self.has_dvc else "refs/studio/exps"
        return f"{space}/{self.baseline[:2]}/{self.baseline[2:]}/{self.name}"
