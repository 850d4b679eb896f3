"""The overview: the one comment that tells how a pull request stands, with head against base and the runs of each
project."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.ports.git_host import PullRequest
from experiments.data.versions import other_data
from experiments.experiment import Repository
from experiments.judging import standing
from experiments.judging.comparison import Comparison
from experiments.judging.metrics import DECLARED_SO
from experiments.judging.older import forced, older
from experiments.projects import named
from experiments.readiness.foretelling import passed
from experiments.readiness.preflight import of_plain_run
from experiments.readiness.trial import Trial
from experiments.run import Run
from experiments.settings.check import Proposal
from experiments.settings.fields import PATH
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Snapshot
from experiments.wording import Sides, for_shell
from reports.messages.examples import setting, to_set
from reports.messages.preflight import mend_first
from reports.messages.projects import listed
from reports.messages.runners import nobody_listens
from reports.messages.settings_change import proposed
from reports.overview.rows import Lines, each_run
from reports.overview.runs import table_of_runs
from reports.run.comment import in_comment
from reports.run.gallery import gallery
from reports.run.gates import gate_line, gate_title
from reports.run.headline import short, verdict_line
from reports.run.reached import warning
from reports.run.report import MOST, Picture
from reports.run.sections import notes
from reports.text import links, markdown, tables
from reports.text.markdown import code, sentence
from reports.text.size_limits import SizeLimits
from reports.text.titles import selecting

SIDES = Sides("the base", "the head")
MARKER = markdown.marker("overview")


@dataclass(frozen=True)
class Section:
    """One project of a pull request as it is now. Sentences are plain, with code in backquotes."""

    project: str  # folder; empty for the root
    head: Snapshot
    comparison: Comparison
    lines: Lines = ()  # newest first
    pictures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = ()
    fetching: bool = False  # an agent is fetching what only the DVC remote has
    made_by: Run | None = None  # the newest run on the branch, where the head has its data and a clone may miss some
    lacking: tuple[str, ...] = ()  # outputs without which `/run` fails, since their stage is frozen


@dataclass(frozen=True)
class Overview:
    """A pull request as it is now, with a section for each project that it changes or in which something was run."""

    repository: Repository
    pull: PullRequest
    base: str  # SHA of the merge base; empty where head and base branch share no commit
    config: RepoConfig
    sections: tuple[Section, ...]
    others: tuple[str, ...] = ()  # folders of the projects that it does not change
    unseen: tuple[str, ...] = ()  # folders of changed projects beyond the number that is looked at
    kept_why: str = ""  # why the host refused to remove its experiments
    proposal: Proposal | None = None  # its change of `.github/studio.yml`
    unattended: tuple[str, ...] = ()  # runners that runs wait for and to which no process listens


def title(overview: Overview) -> str:
    """Return the title as plain text: `accuracy 0.950 (+0.012) against main`."""
    if not overview.sections:
        return "No project is changed"
    several = len(overview.config.folders) > 1
    barred = [_titled(each, several) for each in overview.sections if each.comparison.failing]
    if more := len(unjudged(overview)):
        barred.append(f"Gate: {more} more changed {'project was' if more == 1 else 'projects were'} not looked at")
    if barred:
        return "; ".join(barred)
    titles = [_titled(each, several) for each in overview.sections]
    if not several and not overview.sections[0].comparison.deltas:
        return "No metrics at this head"
    return f"{'; '.join(titles)} against {markdown.plain(overview.pull.base_branch, 40)}"


def unjudged(overview: Overview) -> tuple[str, ...]:
    """Return the projects whose gates nobody looked at. A gate that can't be judged does not hold."""
    return tuple(each for each in overview.unseen if overview.config.of(each).gate)


def _titled(section: Section, several: bool) -> str:
    """Return the title of one project: the gate that does not hold, else its numbers."""
    comparison = section.comparison
    numbers = short(comparison) if comparison.deltas else "no metrics"
    text = gate_title(comparison.failing) if comparison.failing else numbers
    return f"{markdown.plain(named(section.project), 40)}: {text}" if several else text


def render(overview: Overview) -> str:
    """Return the whole comment, no longer than the host allows."""

    def parts(limits: SizeLimits) -> list[str]:
        several = len(overview.config.folders) > 1
        return [
            MARKER,
            proposed(overview.repository.host, overview.proposal, overview.pull.base_branch)
            if overview.proposal
            else "",
            nobody_listens(overview.unattended) if overview.unattended else "",
            _sides(overview) if several else "",
            *(part for section in overview.sections for part in _section(overview, section, limits)),
            _others(overview),
            _cleared(overview),
        ]

    return in_comment(parts, overview.repository.host)


def _section(overview: Overview, section: Section, limits: SizeLimits) -> list[str]:
    """Return the parts of one project."""
    heading = f"## {code(named(section.project), 60)}" if len(overview.config.folders) > 1 else ""
    return [
        heading,
        *_result(overview, section, limits),
        table_of_runs(section.lines, overview.pull, overview.repository, limits),
        _next(overview, section),
        gallery(section.pictures, limits, max(2, MOST // len(overview.sections))),
    ]


def _result(overview: Overview, section: Section, limits: SizeLimits) -> list[str]:
    """Return the parts that compare the head with the merge base."""
    pull, comparison = overview.pull, section.comparison
    columns = (pull.base_branch[:40], "this head")
    config = overview.config.of(section.project)
    parts = [verdict_line(comparison, limits.words) if comparison.deltas else _unmeasured(section.head, config)]
    parts.append(gate_line(comparison.failing, limits.words))
    parts += [warning(section.made_by, limits.words)] if section.made_by else []
    parts += [] if len(overview.config.folders) > 1 else [_sides(overview)]
    parts += [tables.metrics(comparison, limits, columns), tables.params(comparison.params, limits, columns)]
    coming = "- What only the DVC remote has is being fetched; this comment will show it." if section.fetching else ""
    return [*parts, "\n".join(filter(None, [coming, notes(section.notes, limits)]))]


def _unmeasured(head: Snapshot, config: RepoConfig) -> str:
    """Say that there is no number, and where no metric is declared, how to declare one."""
    if head.problems and not head.metrics:
        return "**No metric could be read at this head.**"
    if head.metrics or not config.trains(head):
        return "**No metrics at this head.**"
    return f"**No metric is declared yet.** With one, each run is compared here. {DECLARED_SO}"


def _others(overview: Overview) -> str:
    """Return a paragraph on changed projects that were not looked at, and one on unchanged ones."""
    parts, request = [], overview.repository.host.request
    if overview.unseen:
        more = f"More projects than {len(overview.sections)} are changed. These were not looked at"
        parts.append(f"{more}: {listed(overview.unseen)}. {request.capitalize()}s that change fewer are.")
    if overview.others:
        sentence = "Nothing in it is changed here" if len(overview.others) == 1 else "Nothing in them is changed here"
        parts.append(f"Other projects of this repository: {listed(overview.others)}. {sentence}.")
    return "\n\n".join(parts)


def _cleared(overview: Overview) -> str:
    """Say that experiments were removed because the pull request is over, and how one comes back. Empty where that is
    not so."""
    state = overview.pull.state
    if state == "open" or overview.config.closed != "remove":
        return ""
    host = overview.repository.host
    asks = f"This {host.request} is {state}: `closed: remove` in {code(PATH)} asks for removing its experiments."
    runs = [line.run for section in overview.sections for line in each_run(section.lines) if line.run.result.removed]
    if overview.kept_why:
        return f"{asks} {host.title} would not: {sentence(overview.kept_why + '.')}"
    if not runs:
        return ""
    back = sentence(for_shell("git push origin", [f"{runs[0].result.commit}:{runs[0].experiment.ref}"]))
    return f"{asks} They were; {back} in a clone that has the commit brings one back."


def _sides(overview: Overview) -> str:
    """Say which commits are compared."""
    pull = overview.pull
    head = f"Head {links.commit(overview.repository, pull.head)} of {code(pull.branch)}"
    if not overview.base:
        return f"{head}; it shares no commit with {code(pull.base_branch)}."
    return f"{head} against {links.commit(overview.repository, overview.base)}, where it left {code(pull.base_branch)}."


def _next(overview: Overview, section: Section) -> str:
    """Say what to type next. Only what would be accepted is offered."""
    if overview.pull.state != "open":
        return ""
    head, project = section.head, selecting(section.project, overview.config)
    if first := mend_first(head, overview.config, overview.repository.url):
        return first
    if section.lacking:
        names = listed(section.lacking)
        return (
            f"**Next:** push {names} to the DVC remote, or fix the frozen stage as described; until then `/run` fails."
        )
    if overview.pull.fork:
        params = code(f"/params{project}")
        return f"**Next:** {params} lists the hyperparameters. Branches of forks are not trained."
    if head.has_dvc and head.problems and not head.stages and not overview.config.of(section.project).script:
        return "**Next:** fix what is named above and push it; until then nothing can be trained here."
    if not overview.config.of(section.project).trains(head):
        return "**Next:** `/help` lists what can be typed here."
    run = code(f"/run{project}")
    stands = standing.Standing(head)
    if stands.bars or head.never_run:
        run = code(f"/run{project} -P") if passed(head, stands.due) else run
        return f"**Next:** {run} trains this head, so that it has numbers of its own; `/help` lists the rest."
    if head.has_dvc and head.changed_since:
        return f"**Next:** {forced(head)} trains this head, so that it has numbers of its own; `/help` lists the rest."
    tried = {(change.file, change.key) for change in section.comparison.params}  # what the pull request is about
    example = to_set(head, tried)
    if example is None and head.has_dvc and not overview.config.of(section.project).script:
        if of_plain_run(head, Trial()).going:
            return f"**Next:** {run} trains what changed; `/help` lists what else can be typed."
        return f"**Next:** {code(f'/run{project} -f')} trains this head again; `/help` lists what else can be typed."
    if example is None:
        return f"**Next:** {run} trains this head, `/help` lists what else can be typed."
    line = f"/run{project} {setting(example, head)}"
    params = code(f"/params{project}")
    what = f"trains this head with another value; {params} lists what can be set, `/help` the rest."
    return f"**Next:** {code(line)} {what}"


def notes_about(
    unread: Sequence[str],
    comparison: Comparison,
    head: Snapshot,
    base: Snapshot | None,
    config: RepoConfig,
    sides: Sides = SIDES,
) -> tuple[str, ...]:
    """Return sentences about what could not be read, what is or may be stale, and mistakes in the configuration, each
    once."""
    stale = [*comparison.barred]
    shown = " ".join([comparison.reason, *stale])
    if (doubt := older(head, sides.after)) not in shown:
        stale.append(doubt)
    stale += standing.notes(base, head, (sides.before, sides.after))
    stale.append(other_data(base, head, sides.before, shown) if base else "")
    problems = [problem for side in (base, head) if side for problem in side.problems]
    return tuple(dict.fromkeys([*filter(None, stale), *unread, *problems, *config.problems]))
