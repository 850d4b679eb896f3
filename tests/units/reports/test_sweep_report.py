"""What is published about a sweep."""

from dataclasses import replace

from experiments.hosts import GITHUB
from experiments.judging.ranking import rank
from experiments.parts.change import Override
from experiments.run import Run
from experiments.run_state import RunState
from experiments.settings.gates import Gate
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Snapshot
from experiments.sweep import Sweep
from reports.messages.queue import begins
from reports.run.comment import characters
from reports.sweep.comment import check, ended_early, over, table
from reports.sweep.report import SweepReport
from tests.units.judging.test_sweep import measured, member, snapshot
from tests.units.sample_run import changed


def report(runs: list[Run], config: RepoConfig, **scores: float) -> SweepReport:
    """Return the sweep's text; `scores` has the accuracy by the name of each member, without the sweep's."""
    before = snapshot("0", accuracy=0.5)
    names = {run.experiment.name for run in runs}
    found = [
        measured(f"wide-{name[1:]}", before, snapshot("a", accuracy=value), config)
        for name, value in scores.items()
        if f"wide-{name[1:]}" in names
    ]
    failed = {run.experiment.name: "ValueError: | no </details> @grace" for run in runs if run.state is RunState.FAILED}
    return SweepReport(
        Sweep("wide", tuple(runs)), config, {each.name: each for each in found}, rank(found, config), failed
    )


def test_a_finished_sweep_begins_with_the_best_and_its_verdict() -> None:
    runs = [member(1, RunState.SUCCEEDED), member(2, RunState.SUCCEEDED), member(3, RunState.FAILED, exit_code=1)]
    words = over(report(runs, RepoConfig(), n1=0.7, n2=0.9), "<!-- mark -->")
    assert words.startswith("<!-- mark -->\n\n**★ Sweep `wide`: `wide-2` is best of 2, unconfirmed: `accuracy` 0.9")
    assert "may be due to chance" in words
    assert "1 of 3 did not work" in words
    rows = [line for line in words.splitlines() if line.startswith("| ")][2:]
    assert [row.split("`")[1] for row in rows] == ["wide-2", "wide-1", "wide-3"]
    assert "`wide-3`: failed with exit code 1. `ValueError: | no </details> @grace` `/logs wide-3`" in words


def test_without_a_declared_metric_it_says_what_declares_one() -> None:
    runs, nothing = [member(1, RunState.SUCCEEDED), member(2, RunState.SUCCEEDED)], Snapshot("a" * 40)
    found = [measured(run.experiment.name, nothing, nothing, RepoConfig()) for run in runs]
    order = rank(found, RepoConfig())
    words = over(SweepReport(Sweep("wide", tuple(runs)), RepoConfig(), {each.name: each for each in found}, order), "")
    assert "and none is best.** None of them has a metric, because the project declares none." in words
    assert "`metrics: [metrics.json: {cache: false}]` declares one" in words and "could be read" not in words


def test_the_command_to_repeat_the_best_has_its_targets() -> None:
    found = [changed(member(number, RunState.SUCCEEDED), commit="c" * 40) for number in (1, 2)]
    runs = [replace(run, experiment=changed(run.experiment, targets=("sub/dvc.yaml",))) for run in found]
    words = over(report(runs, RepoConfig(seed="seed"), n1=0.7, n2=0.9), "")
    assert "`/run --from wide-2 sub/dvc.yaml` trains its parameters" in words
    assert "`/run --from best --repeat 3 sub/dvc.yaml` shows whether" in words


def test_the_gate_of_a_sweep_is_that_of_its_best() -> None:
    config = RepoConfig(gate=(Gate("accuracy", at_least=0.8),))
    runs = [member(1, RunState.SUCCEEDED), member(2, RunState.SUCCEEDED)]
    passed = check(report(runs, config, n1=0.7, n2=0.9))
    assert passed
    assert passed.conclusion == "success"
    barred = report(runs, config, n1=0.6, n2=0.7)
    failed = check(barred)
    assert failed
    assert failed.conclusion == "failure"
    assert failed.title.startswith("Gate: accuracy is 0.7")
    assert "**✕ Gate:**" in over(barred, "")


def test_without_a_direction_none_is_marked_as_best() -> None:
    config = RepoConfig(primary="strangeness")
    runs = [member(1, RunState.SUCCEEDED), member(2, RunState.SUCCEEDED)]
    words = over(report(runs, config, n1=0.7, n2=0.9), "")
    assert "★" not in words
    assert "none is best" in words
    assert "/apply" not in words


def test_its_check_run_begins_with_the_first_start_and_ends_with_the_whole_result() -> None:
    held = [member(1, RunState.HELD), member(2, RunState.HELD)]
    assert check(report(held, RepoConfig())) is None
    waiting = check(report([member(1, RunState.WAITING), member(2, RunState.HELD)], RepoConfig()))
    assert waiting
    assert (waiting.status, waiting.name) == ("in_progress", "studio: wide")
    cancelled = check(report([member(1, RunState.CANCELLED), member(2, RunState.CANCELLED)], RepoConfig()))
    assert cancelled
    assert cancelled.conclusion == "cancelled"


def test_failures_that_are_alike_are_described_once() -> None:
    runs = [*(member(number, RunState.FAILED, exit_code=1) for number in range(1, 9)), member(9, RunState.HELD)]
    words = ended_early(report(runs, RepoConfig()), "")
    assert "The first 8 experiments of the sweep `wide` failed in the same way" in words
    assert "The rest is held back, 1 of them." in words
    assert words.count("ValueError") == 1
    assert "`wide-5` and 3 more: failed" in words


def test_hundreds_of_members_with_long_values_fit_a_comment() -> None:
    def long(number: int) -> Run:
        run = member(number, RunState.SUCCEEDED)
        texts = [Override("params.yaml", f"group.key{place}", f"{number} " + "|`<" * 300) for place in range(9)]
        return replace(run, experiment=changed(run.experiment, overrides=tuple(texts)))

    runs = [long(number) for number in range(1, 501)]
    found = report(runs, RepoConfig(), **{f"n{number}": number / 1000 for number in range(1, 501)})
    for words in (table(found), over(found, "")):
        assert characters(words) <= GITHUB.comment_limit
        assert "more are not shown" in words
        assert "3 more parameters differ" in words
    assert "`wide-500`" in over(found, "")  # the best, whatever else is left out
    short = report([member(number, RunState.WAITING) for number in range(1, 301)], RepoConfig())
    assert "`wide-300`" in table(short)


def test_runs_that_have_a_free_runner_are_said_to_begin_at_once() -> None:
    assert begins(0.0) == "at once"
    assert begins(90) == "in about 1 min 30 s"
