"""What the bot says about obstacles to training a commit, before a machine starts."""

from collections.abc import Sequence

from bot.ports.git_host import PullRequest
from experiments.readiness.preflight import obstacles, of_plain_run
from experiments.readiness.trial import Obstacle, configured
from experiments.settings.fields import PATH
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Snapshot
from reports.messages.projects import undeclared
from reports.text.markdown import code, points

_MOST = 10  # sentences


def refused(sha: str, blocking: Sequence[Obstacle]) -> str:
    """Say that nothing was started, with the obstacles that block."""
    return f"{code(sha[:7])} can't be trained as it is, and nothing was started.\n\n{listed(blocking)}"


def mend_first(snapshot: Snapshot, config: RepoConfig, home: str) -> str:
    """Say what to do first where nothing can be trained. Empty where something can.

    `home`: address of the repository's page.
    """
    if found := undeclared(snapshot, config):
        return found
    if any(each.blocks for each in obstacles(snapshot, configured(config.of(snapshot.project), home))):
        return "**Next:** fix what is named above and push it; until then nothing can be trained here."
    plain = of_plain_run(snapshot, configured(config.of(snapshot.project), home))
    if any(each.blocks for each in obstacles(snapshot, plain)):
        return "**Next:** fix what is named above and push it; until then `/run` is refused."
    return ""


def untrained(snapshot: Snapshot, pull: PullRequest, config: RepoConfig, home: str) -> str:
    """Say why nothing of this commit can be trained in the pull request, and what helps. Empty where something can.

    `home`: address of the repository's page.
    """
    if pull.state != "open":
        return f"This {pull.repository.host.request} is {pull.state}: nothing is trained in it."
    if pull.fork:
        return "Branches of forks are not trained."
    own = config.of(snapshot.project)
    if blocking := [each for each in obstacles(snapshot, configured(own, home)) if each.blocks]:
        return f"Nothing can be trained here until this is fixed:\n\n{listed(blocking)}"
    if own.trains(snapshot):
        return ""
    return undeclared(snapshot, config) or _nothing(snapshot, own)


def _nothing(snapshot: Snapshot, config: RepoConfig) -> str:
    """Say why nothing can be trained where there is no obstacle: there is no pipeline."""
    if snapshot.has_dvc:
        return "There is nothing to train at this head: `/help` lists what can be typed."
    given = {"script": config.script, "metrics": config.declared.metrics}
    absent = [code(name) for name, value in given.items() if not value]
    return (
        f"There is nothing to train at this head. Without DVC, {code(PATH)} on the base branch says how a project is "
        "trained, and "
        f"{' and '.join(absent)} {'is' if len(absent) == 1 else 'are'} missing there: `/run` shows an example."
    )


def beforehand(found: Sequence[Obstacle]) -> str:
    """Return the obstacles that do not block, for an acknowledgement. Empty where there are none."""
    return f"Before it trains:\n\n{listed(found)}" if found else ""


def listed(found: Sequence[Obstacle]) -> str:
    """Return the obstacles, a line each."""
    return points([each.sentence for each in found], _MOST)
