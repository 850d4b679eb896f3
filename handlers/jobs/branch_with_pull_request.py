"""Open a branch and a pull request for an experiment, with its report as the description."""

from dataclasses import dataclass, replace

from bot.errors import Forbidden, Rejected, UserError
from bot.ports import Ports
from bot.ports.git_host import PullRequest
from bot.ports.reading import ReadingPorts
from bot.workspace import repository_config
from experiments.experiment import PullRef, Repository
from experiments.judging.comparison import compare
from experiments.refs import ExperimentRef
from experiments.run import Run
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Snapshot
from handlers.lookup.changed_since import dating
from handlers.lookup.missing_data import lacking
from handlers.lookup.pictures import addressed
from reports.messages import branching, run_reasons
from reports.plots import figures
from reports.run.pull_description import describe
from reports.run.report import undrawn, unread
from reports.text.markdown import sentence
from reports.text.titles import selecting


@dataclass(frozen=True)
class Source:
    """Where an experiment comes from."""

    where: PullRef  # the pull request in which it was asked for
    author: str  # login of the person who asked
    message: str  # its commit message
    report: str = ""  # URL of the comment that reports its run; empty where it ran elsewhere
    lacked: str = ""  # what a clone will miss of its data, in plain sentences


@dataclass(frozen=True)
class NewBranch:
    """Opens a branch at an experiment's commit, and its pull request."""

    repository: Repository
    branch: str
    base: str
    sha: str
    name: str
    title: str
    body: str
    lacked: str = ""
    pictures: tuple[bytes, ...] = ()  # PNGs that the body shows

    def open(self, ports: Ports) -> int:
        """Open branch and pull request, or find them where they exist. Return the pull request's number.

        Raise Rejected or Forbidden where the host refuses.
        """
        self._push(ports)
        return self._request(ports)

    def do(self, ports: Ports, now: float) -> str:
        """Open branch and pull request. Return the reply. Raise UserError with the host's reason.

        A branch without its pull request stays: when this is done again after a kill, nobody knows whose it is.
        """
        host = self.repository.host
        try:
            self._push(ports)
        except Rejected as error:
            raise UserError(branching.no_branch(host, self.name, self.branch, str(error))) from error
        try:
            number = self._request(ports)
        except Rejected as error:
            raise UserError(branching.no_pull(host, self.name, self.branch, str(error))) from error
        reply = branching.branched(self.name, self.repository, self.branch, self.base, number)
        return f"{reply} {sentence(self.lacked)}".rstrip()

    def _push(self, ports: Ports) -> None:
        for png in self.pictures:
            ports.images.keep(png, self.repository)
        ports.git.push(self.repository, self.sha, f"refs/heads/{self.branch}")

    def _request(self, ports: Ports) -> int:
        return ports.host.open_pull(self.repository, self.branch, self.base, self.title, self.body)


def new_branch(
    ports: ReadingPorts,
    repository: Repository,
    kept: ExperimentRef,
    into: tuple[str, str],
    sides: tuple[Snapshot, Snapshot],
    config: RepoConfig,
    source: Source,
) -> NewBranch:
    """Return the act that opens a branch and its pull request, without doing it.

    `into`: the new branch, and the one into which its pull request goes. `sides`: baseline and experiment.
    """
    before, after = sides
    before = dating(ports, repository, ports.store.of_pull(source.where), config)(before)
    drawn = [addressed(ports, each) for each in figures(before, after)]
    pictures = [picture for picture, _ in drawn]
    every_plot = f"/plots {kept.baseline[:7]} {kept.name}{selecting(after.project, config)}"
    lacked = [f"When this was opened: {source.lacked}"] if source.lacked else []
    unseen = [*unread(before, after), *undrawn(after, pictures, every_plot)]
    compared = compare(before, after, config)
    notes = tuple(dict.fromkeys([*lacked, *compared.barred, *unseen, *config.problems]))
    came_from = source.where.number, source.author, source.report
    words = source.message.partition("\n")[2].strip("\n")
    body = describe(kept, repository, came_from, words, compared, notes, pictures)
    title = branching.pull_title(source.message, kept.name)
    pngs = tuple(png for _, png in drawn)
    return NewBranch(repository, *into, kept.sha, kept.name, title, body, source.lacked, pngs)


def opened_for(ports: Ports, run: Run, pull: PullRequest, made: str, after: Snapshot) -> tuple[int, str]:
    """Open the pull request that a run asked for, with the result `made` (a SHA).

    Return its number and an empty reason, or 0 and the reason why it was not opened.
    """
    experiment = run.experiment
    repository, project = experiment.repository, experiment.project
    kept = ExperimentRef(experiment.name, experiment.baseline, made, experiment.ref)
    config = repository_config(ports, repository, pull.base_branch).of(project)
    before = ports.snapshots.take(repository, experiment.baseline, project, experiment.execution.declared)
    into = pull.base_branch if experiment.landing.into_base or pull.state != "open" else experiment.landing.branch
    lacked = lacking(replace(run, result=replace(run.result, commit=made)), after)
    source = Source(experiment.pull_ref, experiment.asked.author, experiment.change.message, lacked=lacked)
    new = new_branch(ports, repository, kept, (experiment.landing.new_branch, into), (before, after), config, source)
    try:
        return new.open(ports), ""
    except Rejected as error:
        return 0, run_reasons.branch_rejected(repository.host, experiment.landing.new_branch, str(error))
    except Forbidden:
        return 0, run_reasons.may_not_land(repository.host, experiment.name)
