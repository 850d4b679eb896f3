"""The comment on an ended run: what a reader learns from it."""

import dataclasses
import math
from html import unescape
from typing import Any

import pytest

from experiments.parts.change import Override
from experiments.parts.outcome import Environment
from experiments.provenance import Provenance
from experiments.readiness.prerequisites import Installs, Prerequisites
from experiments.run_state import RunState
from experiments.settings.repo_config import MetricRule, RepoConfig
from experiments.snapshot import DataFile, MetricFile, Plot, Reading, Snapshot
from reports.run.comment import marker, render
from reports.run.report import Picture
from reports.text.titles import outcome
from tests.units.judging.outdated import outdated
from tests.units.sample_run import AFTER, BEFORE, EXPERIMENT, RUN, changed, ended, report, snapshot


def report_text(**parts: Any) -> str:
    return render(report(**parts))


def test_the_verdict_and_the_primary_metric_come_first() -> None:
    lines = report_text().splitlines()
    assert lines[0] == marker(RUN) == "<!-- studio:run:r1 -->"
    assert lines[2] == "**▲ Better: `accuracy` 0.951 → 0.967 (+0.016).** Of 2 metrics: 2 better."


def test_it_names_who_asked_for_what_and_where_it_landed() -> None:
    words = report_text()
    assert "Experiment `puffy-daks` on [`1a2b3c4`](https://github.example/ada/cancer/commit/1a2b3c4d" in words
    assert "asked for by `ada`, trained in 12 s. Its commit [`deadbee`]" in words
    assert "became the new head of `try-less`." in words


def test_the_tables_hold_metrics_and_changed_parameters() -> None:
    words = report_text(config=RepoConfig(metrics={"loss": MetricRule(noise=0.2)}))
    assert "| verdict | metric | baseline | this run | difference |" in words
    assert "| **better** | `accuracy` | 0.951 | 0.967 | +0.016 |" in words
    assert "| within noise (±0.2) | `loss` | 0.2 | 0.1 | -0.1 |" in words
    assert "| `train.lr` | `0.1` | `0.01` |" in words


def test_without_verdicts_the_table_has_no_such_column_and_a_phone_shows_its_numbers() -> None:
    stale = outdated(snapshot(accuracy=0.9, loss=0.2), "train.py")
    words = report_text(before=stale, after=snapshot(accuracy=0.8, loss=0.3))
    assert "**? Not comparable" in words
    assert "\n| metric | baseline | this run | difference |\n| :-- | --: | --: | --: |\n" in words
    assert "\n| `accuracy` | 0.9 | 0.8 | -0.1 |" in words and "| verdict |" not in words


def test_steps_are_the_last_row_and_not_counted() -> None:
    words = report_text(before=snapshot(step=3, accuracy=0.9, loss=0.2), after=snapshot(step=3, accuracy=0.8, loss=0.3))
    assert "Of 2 metrics: 2 worse." in words
    assert "| +0.1 |\n| unchanged | `step` | 3 | 3 | 0 |\n\n" in words


def test_the_file_is_named_only_where_there_are_several() -> None:
    both = snapshot(files={"a.json": {"auc": 1}, "b.json": {"recall": 2}})
    assert "| unchanged | `auc` | 1 | 1 | 0 | `a.json` |" in report_text(before=both, after=both)


def test_metrics_of_one_name_in_several_files_are_named_with_their_file_everywhere() -> None:
    before = snapshot(files={f"out/{city}/m.json": {"rmse": 2.0} for city in ("oslo", "rome", "lima")})
    after = snapshot(files={"out/oslo/m.json": {"rmse": 2.0}, "out/rome/m.json": {"rmse": 1.5}, "out/lima/m.json": {}})
    words = report_text(before=before, after=after)
    assert "**? Not comparable: `out/lima/m.json:rmse` is missing.**" in words
    assert "| **better** | `out/rome/m.json:rmse` | 2.0 | 1.5 | -0.5 |" in words
    assert "| file |" not in words


STALE = outdated(BEFORE, "train.py")
NONE_READ = "This run has no metric that could be read."


@pytest.mark.parametrize(
    ("before", "after", "bold", "because"),
    [
        (
            BEFORE,
            snapshot(accuracy=0.9, loss=0.3),
            "▼ Worse: `accuracy` 0.951 → 0.900 (-0.051).",
            "Of 2 metrics: 2 worse.",
        ),
        (
            BEFORE,
            snapshot(accuracy=0.967, loss=0.3),
            "◆ Mixed: `accuracy` 0.951 → 0.967 (+0.016).",
            "Of 2 metrics: 1 bet",
        ),
        (BEFORE, BEFORE, "= Unchanged: `accuracy` 0.951 → 0.951 (0).", "Of 2 metrics: 2 unchanged."),
        (None, AFTER, "● No baseline: `accuracy` 0.967.", ""),
        (
            BEFORE,
            snapshot(accuracy=math.nan),
            "? Not comparable: `accuracy` 0.951 → NaN.",
            "`accuracy` of this run is no",
        ),
        (BEFORE, snapshot(), "? Not comparable: `accuracy` is missing.", NONE_READ),
        (snapshot(), snapshot(), "? Not comparable.", NONE_READ),
        (
            STALE,
            AFTER,
            "? Not comparable: `accuracy` 0.951 → 0.967 (+0.016).",
            "The baseline is stale: `train.py` changed",
        ),
    ],
)
def test_every_verdict_has_its_line(before: Snapshot | None, after: Snapshot, bold: str, because: str) -> None:
    assert f"**{bold}** {because}".rstrip() in report_text(before=before, after=after)


def test_absent_not_fetched_and_unreadable_files_have_different_sentences() -> None:
    files = [
        MetricFile("a.json", Reading.ABSENT),
        MetricFile("f.json", Reading.NOT_FETCHED),
        MetricFile("u.json", Reading.UNREADABLE, detail="line 3"),
    ]
    after = dataclasses.replace(
        AFTER, metrics=(*AFTER.metrics, *files), plots=(Plot("p", "p.csv", Reading.NOT_FETCHED),)
    )
    words = report_text(after=after, before=dataclasses.replace(BEFORE, metrics=(*BEFORE.metrics, files[0])))
    assert "- `a.json` of this run is absent: `dvc.yaml` declares it, and nothing made it." in words
    assert "- `a.json` of the baseline is absent" in words
    assert "- `f.json`, `p.csv` of this run were not fetched: only the DVC cache or remote has them" in words
    assert "- `u.json` of this run is unreadable: line 3." in words


def test_problems_of_project_and_configuration_are_listed_once() -> None:
    broken = dataclasses.replace(AFTER, problems=("`dvc.yaml` has no stages.",))
    words = report_text(
        after=broken,
        before=dataclasses.replace(BEFORE, problems=broken.problems),
        config=RepoConfig(problems=("There is no `primry`.",)),
    )
    assert words.count("- `dvc.yaml` has no stages.") == 1
    assert "- There is no `primry`." in words


def test_plots_are_shown_and_those_without_a_picture_are_named() -> None:
    plots = tuple(Plot(name, name, Reading.READ) for name in ("curve", "own"))
    words = report_text(
        after=dataclasses.replace(AFTER, plots=plots),
        pictures=[Picture("curve", "Curve", "https://studio.example/plots/1.png", "curve")],
    )
    assert '<img alt="Curve" src="https://studio.example/plots/1.png" width="400">' in words
    assert "- Without a picture: `own` (nothing in it can be drawn)." in words


def test_the_environment_lists_python_packages_machine_and_data() -> None:
    after = dataclasses.replace(
        AFTER, data=(DataFile("d.csv", "ab" * 16, 1234567), DataFile("m.pkl", "cd" * 16, 5000, True))
    )
    words = report_text(after=after)
    assert "<summary>Environment: Python 3.11.7, DVC 3.67.1, 2 packages, 2 data files</summary>" in words
    assert "Machine: Linux, 2 cores" in words and "numpy==2.0\ndvc==3.67.1" in words
    assert f"| `d.csv` | `{'ab' * 16}` | 1.23 MB |" in words
    assert (
        "<summary>Look at it in your clone (fetches 5 kB, and 1.23 MB of input data where it is not there)</summary>"
        in words
    )


def test_the_requested_python_stands_beside_the_one_that_was_used() -> None:
    installs = Installs(python="==3.8.*", python_from="src/.python-version")
    asking = dataclasses.replace(AFTER, prerequisites=Prerequisites(installs=installs))
    shown = "Environment: Python 3.11.7 (src/.python-version asks for ==3.8.*), DVC 3.67.1, 2 packages</summary>"
    assert shown in unescape(report_text(after=asking))
    assert shown in unescape(report_text(run=ended(RunState.FAILED, exit_code=1), before=asking, after=None))


def test_one_package_is_in_the_singular() -> None:
    run = changed(RUN, environment=Environment(machine="Linux"))
    assert "<summary>Environment</summary>" in report_text(run=run, after=None)
    run = changed(RUN, environment=Environment(packages=("numpy==2.0",)))
    after = dataclasses.replace(AFTER, data=(DataFile("d.csv", "ab" * 16),))
    assert "<summary>Environment: 1 package, 1 data file</summary>" in report_text(run=run, after=after)


def test_commands_to_copy_are_quoted_for_a_shell() -> None:
    override = Override("conf/p.yaml", "note", "x", text="note=$(rm -rf ~); 'x'")
    experiment = changed(EXPERIMENT, overrides=(override,), targets=("a b",))
    words = report_text(
        run=dataclasses.replace(RUN, experiment=experiment),
        after=dataclasses.replace(AFTER, requires="requirements.txt"),
    )
    assert "dvc exp pull origin puffy-daks\ndvc exp apply puffy-daks" in words
    assert "uv pip install -r requirements.txt dvc==3.67.1" in words
    quoted = """'conf/p.yaml:note=$(rm -rf ~); '"'"'x'"'"''"""
    assert f"dvc exp run --pull --allow-missing -S {quoted} -- 'a b'" in words


def test_commands_to_copy_go_into_the_project() -> None:
    experiment = dataclasses.replace(EXPERIMENT, project="my models/$x")
    after = dataclasses.replace(AFTER, project="my models/$x", requires="../../requirements.txt")
    words = report_text(run=dataclasses.replace(RUN, experiment=experiment), after=after)
    assert "cd \"$(git rev-parse --show-toplevel)\"/'my models/$x'\ndvc exp pull origin puffy-daks" in words
    assert "\ncd 'my models/$x'\nuv venv" in words
    assert "uv pip install -r ../../requirements.txt dvc==3.67.1" in words


def test_without_dvc_plain_git_commands_are_printed() -> None:
    plain = changed(EXPERIMENT, has_dvc=False, script="make all")
    words = report_text(run=changed(RUN, experiment=plain, environment=Environment("3.11.7")))
    assert f"git fetch origin refs/studio/exps/1a/{EXPERIMENT.baseline[2:]}/puffy-daks\ngit --no-pager diff" in words
    assert "dvc" not in words.lower()


def test_the_repositorys_own_script_is_the_command_to_train_again() -> None:
    words = report_text(run=dataclasses.replace(RUN, experiment=changed(EXPERIMENT, script="make all")))
    assert "git switch --detach FETCH_HEAD\nuv venv --python 3.11\n" in words
    assert "\nmake all\n" in words


def test_a_result_that_did_not_land_has_the_reason_and_how_to_apply_it() -> None:
    words = report_text(run=changed(RUN, landed=False, not_landed="The branch `try-less` moved."))
    assert "It is not on the branch. The branch `try-less` moved." in words
    assert (
        "**Next:** `/apply puffy-daks` puts it on this branch once nothing stands in its way, "
        "`/branch puffy-daks` gives it one of its own"
    ) in words


def test_of_stale_results_only_the_parameters_are_offered() -> None:
    run = changed(RUN, landed=False, not_landed="Its commit is stale.")
    words = report_text(run=run, after=outdated(AFTER, "train.py"))
    assert "**Next:** `/apply puffy-daks --params-only` puts its parameters on this branch, `/branch" in words
    temp = changed(RUN, landed=False, experiment=changed(EXPERIMENT, temp=True))
    assert "It is not on the branch, as `--temp` asks." in report_text(run=temp)


RUN_AGAIN = "/run -S train.lr=0.01"


@pytest.mark.parametrize(
    ("state", "fields", "bold", "command"),
    [
        (
            RunState.FAILED,
            {"exit_code": 255},
            "✕ Failed: `puffy-daks` ended with exit code 255 after 12 s.",
            "/run --from puffy-daks",
        ),
        (RunState.FAILED, {}, "✕ Failed: `puffy-daks` did not get to its end.", "/retry puffy-daks"),
        (RunState.REFUSED, {}, "✕ Refused: `puffy-daks` trained, and its result was not taken.", "/retry puffy-daks"),
        (
            RunState.TIMED_OUT,
            {},
            "✕ Timed out: `puffy-daks` was stopped at its limit of 2 h.",
            f"{RUN_AGAIN} --timeout 14400s",
        ),
        (
            RunState.VANISHED,
            {},
            "✕ Vanished: nothing more was heard from the machine that trained `puffy-daks`.",
            "/retry puffy-daks",
        ),
        (
            RunState.CANCELLED,
            {"token_hash": "ab"},
            "✕ Cancelled: `puffy-daks` was stopped after 12 s.",
            "/retry puffy-daks",
        ),
        (RunState.REUSED, {}, "= Reused: `1a2b3c4` has the results of exactly this already.", f"{RUN_AGAIN} -f"),
    ],
)
def test_every_other_end_has_its_line_and_the_next_command(
    state: RunState, fields: dict[str, int], bold: str, command: str
) -> None:
    run = ended(state, reason="The stage `train` failed: @ada.", **fields)
    words = report_text(run=run, after=None, log="one\n\n\x1b[31mMemoryError\x1b[0m\n")
    assert f"**{bold}" in words
    assert "The stage `train` failed: @&#8288;ada." in words
    assert command in words.rpartition("**Next:**")[2]
    assert ("```text\none\nMemoryError\n```" in words) == (run.state is not RunState.REUSED)
    assert "The branch is as it was." in words


@pytest.mark.parametrize("asked", [{"force": True}, {"script": "python train.py"}])
def test_a_run_that_made_the_same_results_is_not_called_reused(asked: dict[str, Any]) -> None:
    again = ended(RunState.REUSED)
    again = dataclasses.replace(again, experiment=changed(again.experiment, **asked))
    assert "**= Same result: `puffy-daks` was trained again and every output came out identical." in report_text(
        run=again, after=None
    )
    assert outcome(again) == "same result"
    idle = Provenance(known=True, skipped=("train",))
    assert outcome(changed(again, provenance=idle)) == "reused", "all its stages are frozen, say"
