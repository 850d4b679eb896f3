"""A run's check run, from waiting to its end."""

import dataclasses
import math

import pytest

from experiments.run_state import RETRYABLE, RunState
from reports.run.check_run import APPLY, CONCLUSIONS, RETRY, buttons, check, experiment_in
from reports.text.logs import tail
from tests.units.sample_run import EXPERIMENT, RUN, changed, ended, report, snapshot


def test_the_log_shows_its_last_lines_and_the_last_state_of_a_progress_bar() -> None:
    assert tail("a\nb\n10%\r20%\r30%\n\nend\r\n", 3) == "b\n30%\nend"
    assert len(tail("x" * 5000, 1)) == 300


def test_the_check_run_follows_the_run() -> None:
    waiting = check(dataclasses.replace(RUN, state=RunState.QUEUED), None, "")
    assert waiting.buttons == ()
    assert (waiting.status, waiting.conclusion, waiting.sha) == ("queued", "", EXPERIMENT.baseline)
    training = check(dataclasses.replace(RUN, state=RunState.TRAINING), None, "epoch 1\nepoch 2\n")
    assert (training.status, training.title) == ("in_progress", "Training")
    assert "```text\nepoch 1\nepoch 2\n```" in training.text
    done = check(RUN, report(), "")
    assert (done.status, done.conclusion, done.title) == ("completed", "success", "accuracy 0.967 (+0.016), better")
    assert "**▲ Better" in done.summary and "Environment" in done.text


def test_every_end_has_a_conclusion_and_success_means_that_the_run_worked() -> None:
    assert set(CONCLUSIONS) == {state for state in RunState if state.ended}
    assert [state for state, conclusion in CONCLUSIONS.items() if conclusion == "success"] == [RunState.SUCCEEDED]
    assert check(RUN, report(after=snapshot(accuracy=0.1)), "").conclusion == "success"
    failed = ended(RunState.FAILED, exit_code=3)
    assert check(failed, report(run=failed, after=None), "").title == "Failed with exit code 3"


def test_actions_on_an_ended_run_are_buttons_within_githubs_limits() -> None:
    aside = changed(RUN, landed=False)
    assert (buttons(aside), buttons(changed(RUN, landed=True))) == ((APPLY,), ())
    for accuracy, offered in ((0.99, (APPLY,)), (0.951, ()), (0.5, ())):
        ended_report = report(run=aside, after=snapshot(accuracy=accuracy, loss=0.2))
        assert check(aside, ended_report, "").buttons == offered, "what is no better is not offered"
    for state in CONCLUSIONS:
        wanted = (RETRY,) if state in RETRYABLE else (APPLY,) if state is RunState.SUCCEEDED else ()
        assert buttons(dataclasses.replace(aside, state=state)) == wanted
    for each in (APPLY, RETRY):
        assert len(each.label) <= 20 and len(each.identifier) <= 20 and len(each.description) <= 40


def test_the_number_of_answered_presses_distinguishes_later_ones() -> None:
    ids = {check(changed(RUN, pressed=count), report(), "").external_id for count in (0, 1, 2)}
    assert ids == {f"{RUN.id}.0", f"{RUN.id}.1", f"{RUN.id}.2"}


def test_a_title_is_short_and_names_what_is_not_comparable() -> None:
    unmeasured = snapshot(files={"metrics.json": {"accuracy" + "y" * 500: math.nan}})
    done = check(RUN, report(before=unmeasured, after=unmeasured), "")
    assert len(done.title) <= 140 and done.title.endswith("NaN (not comparable)")


@pytest.mark.parametrize("project", ["", "models/vision", "odd: folder"])
def test_a_check_run_is_named_with_its_project_and_experiment(project: str) -> None:
    run = dataclasses.replace(RUN, experiment=dataclasses.replace(EXPERIMENT, project=project))
    name = check(run, None, "").name
    assert name == (f"studio {project}: puffy-daks" if project else "studio: puffy-daks")
    assert experiment_in(name) == "puffy-daks"
