"""`gate:`: the only thing that fails a check for its numbers, and it bars no landing."""

import pytest

from handlers.publishing import commit_status
from sandbox.server import Bare
from tests.conversations.results.test_fetching import bringing, cached
from tests.conversations.results.test_overview import trained
from tests.world.project import STUDIO, git
from tests.world.runner import Machine
from tests.world.sweeping import learning
from tests.world.world import PullRequest, World

CONFIG = ".github/studio.yml"


def gated(world: World, gate: str, accuracy: float = 0.9) -> PullRequest:
    """A pull request into a branch that has this gate."""
    pull = world.pull_request(accuracy, contents={CONFIG: f"{STUDIO}gate: {gate}\n"})
    world.work()
    return pull


def nothing_to_do(machine: Machine) -> None:
    machine.claim()
    machine.say("training")
    machine.done()


def status(pull: PullRequest, sha: str = "") -> tuple[str, str | None]:
    found = pull.status(sha)
    assert found is not None
    return found.state, found.description


def test_a_run_that_does_not_hold_fails_its_check_and_still_lands(world: World) -> None:
    pull = gated(world, "{metric: accuracy, at_least: 0.9}")
    pull.comment("/run -S train.lr=0.01 -n weak")
    world.runner.finishes(accuracy=0.85, loss=0.15)
    assert "**✕ Gate:** `accuracy` is 0.85, below 0.9.\n" in pull.report
    title = "Gate: accuracy is 0.85, below 0.9"
    assert (pull.check_run.conclusion, pull.check_run.output["title"]) == ("failure", title)
    assert pull.head == pull.experiments["weak"]
    (landed,) = pull.checks(pull.head)
    assert landed.conclusion == "failure"
    for sha in (pull.head_before, pull.head):
        assert status(pull, sha) == ("failure", f"weak: {title}")
    assert "**✕ Gate:** `accuracy` is 0.85, below 0.9.\n" in pull.overview
    pull.comment("/run -S train.lr=0.02 -n strong")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "Gate" not in pull.report and "Gate" not in pull.overview
    assert status(pull) == ("success", "strong: accuracy 0.95 (+0.10), better")


def test_without_a_gate_a_worse_number_fails_nothing(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n weak")
    world.runner.finishes(accuracy=0.1, loss=0.9)
    assert "worse" in pull.report.lower()
    assert pull.check_run.conclusion == "success"
    assert status(pull) == ("success", "weak: accuracy 0.1 (-0.8), worse")


def test_a_head_that_nothing_was_run_on_is_judged_too(world: World) -> None:
    pull = gated(world, "{metric: accuracy, not_worse: true}")
    assert status(pull) == ("success", "accuracy 0.9 (0), unchanged against main")
    pull.push(trained(0.899))  # within the noise of 0.002
    world.work()
    assert status(pull)[0] == "success"
    pull.push(trained(0.85))
    world.work()
    assert status(pull) == ("failure", "Gate: accuracy is 0.85, worse than 0.90 of the base")
    assert "**✕ Gate:** `accuracy` is 0.85, worse than 0.90 of the base." in pull.overview


def test_a_run_aside_of_the_branch_opens_no_gate_that_the_head_does_not_hold(world: World) -> None:
    pull = gated(world, "{metric: accuracy, at_least: 0.9}")
    head = pull.push(trained(0.85))
    pull.comment("/run --temp -S train.lr=0.01 -n aside")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "Gate" not in pull.report
    assert pull.head == head, "what would be merged"
    assert status(pull) == ("failure", "Gate: accuracy is 0.85, below 0.9")


def test_where_only_the_gate_of_a_sweep_fails_no_member_is_called_failed(world: World) -> None:
    pull = gated(world, "{metric: accuracy, at_least: 0.99}")
    pull.comment("/run -S train.lr=0.2,0.05 -n rep")
    world.runner.trains_all(learning)
    assert "**✕ Gate:** `accuracy` is 0.95, below 0.99." in pull.new()[-1]
    assert status(pull) == ("failure", "Sweep rep: 2 trained; Gate: accuracy is 0.95, below 0.99")


def test_a_head_that_asks_to_be_skipped_gets_no_comment_and_is_judged(world: World) -> None:
    pull = gated(world, "{metric: accuracy, at_least: 0.9}")
    before = pull.overview
    pull.push(trained(0.85), "Tune by hand [skip studio]")
    world.work()
    assert status(pull) == ("failure", "Gate: accuracy is 0.85, below 0.9")
    assert pull.overview == before


def test_two_runs_each_a_little_worse_do_not_end_below_the_base(world: World) -> None:
    pull = gated(world, "{metric: accuracy, not_worse: true}")
    for step, accuracy in enumerate((0.899, 0.898, 0.897)):  # within the noise of 0.002, each of the one before
        pull.comment(f"/run -S train.lr=0.0{step + 1} -n step-{step}")
        world.runner.finishes(accuracy=accuracy, loss=1 - accuracy)
        assert "Gate" not in pull.report
    assert status(pull) == ("failure", "Gate: accuracy is 0.897, worse than 0.900 of the base")


def test_a_pull_request_cannot_change_its_gate(world: World) -> None:
    pull = gated(world, "{metric: accuracy, at_least: 0.9}")
    pull.push({**trained(0.85), CONFIG: STUDIO})
    world.work()
    assert status(pull)[0] == "failure"


@pytest.mark.parametrize(
    ("gate", "contents", "said"),
    [
        ("{metric: accuracy, at_least: 0.5}", {"train.py": "print('new')\n"}, "accuracy is stale: train.py changed"),
        ("{metric: accuracy, at_least: 0.5}", {"metrics.json": "{"}, "accuracy can't be judged"),
        ("{metric: acuracy, at_least: 0.5}", {}, "no metric file has acuracy: did you mean accuracy?"),
        ("{metric: accuracy, at_lest: 0.5}", {}, "accuracy can't be judged: .github/studio.yml gets its gate wrong"),
    ],
)
def test_what_cannot_be_judged_does_not_pass(world: World, gate: str, contents: dict[str, str], said: str) -> None:
    pull = gated(world, gate)
    if contents:
        pull.push(contents)
        world.work()
    state, description = status(pull)
    assert state == "failure"
    assert description is not None and said in description


def test_while_the_metric_is_being_fetched_the_status_is_pending(world: World) -> None:
    pull, measured = cached(world, 0.65, studio=f"{STUDIO}gate: {{metric: accuracy, at_least: 0.7}}\n")
    world.work()
    assert status(pull) == ("pending", "What only the DVC remote has is being fetched")
    world.runner_port.script = bringing(measured, [])
    world.train()
    assert status(pull) == ("failure", "Gate: accuracy is 0.65, below 0.7")


def test_a_configuration_that_cannot_be_read_opens_no_gate(world: World) -> None:
    pull = world.pull_request(contents={CONFIG: "gate: {metric: accuracy\nat_least: 0.9\n"})
    world.work()
    said = "Gate: gate can't be judged: .github/studio.yml of the base branch can't be read"
    assert status(pull) == ("failure", said)
    assert "`.github/studio.yml` is not YAML" in pull.overview
    assert "no gate passes until it is fixed" in pull.overview


def test_a_mistake_in_a_gate_is_named(world: World) -> None:
    pull = gated(world, "{metric: accuracy, at_lest: 0.5}")
    assert "there is no `gate.at_lest`: did you mean `at_least`?" in pull.overview


def test_a_run_that_reuses_what_is_there_is_judged_by_it(world: World) -> None:
    pull = gated(world, "{metric: accuracy, at_least: 0.95}")
    pull.comment("/run -n same")
    world.runner.does(nothing_to_do)
    assert "Reused" in pull.report
    assert pull.check_run.conclusion == "failure"
    assert status(pull) == ("failure", "same: Gate: accuracy is 0.90, below 0.95")


def loose(world: World, pull: PullRequest) -> None:
    """A branch of the repository whose configuration has no gate."""
    world.bare.git("update-ref", "refs/heads/loose", pull.git("rev-parse", "main"))
    tree = world.folder / "loose"
    git(world.folder, "clone", "--quiet", "--branch", "loose", str(world.repository.folder), str(tree))
    (tree / CONFIG).write_text(STUDIO)
    git(tree, "commit", "--quiet", "--all", "-m", "No gate")
    git(tree, "push", "--quiet", "origin", "loose")


def forked(world: World, sha: str) -> Bare:
    """A stranger's fork that has this commit as its branch `mine`."""
    fork = world.sandbox.add_repository("mallory/digits", parent="grace/digits", private=True)
    fork.git("update-ref", "refs/heads/mine", sha)
    return fork


def own_of_a_fork(world: World, pull: PullRequest) -> str:
    """A commit on this pull request's head that only a stranger's fork has, as its branch `mine`."""
    fork = forked(world, pull.head)
    own = git(fork.repository.folder, "commit-tree", "-p", pull.head, "-m", "Mine", f"{pull.head}^{{tree}}")
    fork.git("update-ref", "refs/heads/mine", own)
    return own


def opened(world: World, pull: PullRequest, head: str, by: str) -> PullRequest:
    """Another pull request into the branch without a gate."""
    number = world.sandbox.open_pull("grace/digits", head, "loose", "Same", "", by).number
    world.work()
    return PullRequest(world, number, pull.tree)


def test_a_fork_turns_no_status_of_a_commit_of_ours(world: World) -> None:
    pull = gated(world, "{metric: accuracy, at_least: 0.95}")
    assert status(pull)[0] == "failure"
    loose(world, pull)
    forked(world, pull.head)
    theirs = opened(world, pull, "mallory:mine", world.outsider)
    assert "= Unchanged" in theirs.overview, "it has no gate"
    assert status(pull)[0] == "failure"


def test_a_fork_has_the_status_of_its_own_commits(world: World) -> None:
    pull = gated(world, "{metric: accuracy, at_least: 0.95}")
    loose(world, pull)
    own = own_of_a_fork(world, pull)
    opened(world, pull, "mallory:mine", world.outsider)
    assert status(pull, own)[0] == "success"


@pytest.mark.parametrize("most", [1, commit_status.MOST])  # of one commit, the worst that was said is remembered
def test_a_fork_opens_no_gate_by_a_second_pull_request(
    world: World, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(commit_status, "MOST", most)
    pull = gated(world, "{metric: accuracy, at_least: 0.95}")
    loose(world, pull)
    own = own_of_a_fork(world, pull)
    first = world.sandbox.open_pull("grace/digits", "mallory:mine", "main", "Please merge", "", world.outsider)
    world.work()
    assert status(pull, own)[0] == "failure"
    opened(world, pull, "mallory:mine", world.outsider)
    assert status(pull, own)[0] == "failure"
    world.sandbox.close_pull("grace/digits", first.number, world.outsider)
    world.work()
    assert status(pull, own)[0] == "failure", "nor by closing the first, which can be opened again"


def test_of_two_pull_requests_at_one_commit_the_worse_counts_while_both_are_open(world: World) -> None:
    pull = gated(world, "{metric: accuracy, at_least: 0.95}")
    loose(world, pull)
    other = opened(world, pull, "tune", world.maintainer)
    assert "= Unchanged" in other.overview
    assert status(pull)[0] == "failure"
    world.sandbox.close_pull("grace/digits", pull.number, world.maintainer)
    world.work()
    assert status(pull)[0] == "success", "what is closed bars nothing"
