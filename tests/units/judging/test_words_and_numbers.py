"""Numbers lead over text; stale values and omissions are named as such."""

from dataclasses import replace
from pathlib import Path

import pytest

from experiments.judging.comparison import compare
from experiments.judging.delta import Verdict
from experiments.judging.listing import Row, arrange
from experiments.judging.ranking import rank
from experiments.params.merging import GONE
from experiments.refs import ExperimentRef
from experiments.run_state import RunState
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Made, MetricFile, Param, Reading, Snapshot
from experiments.sweep import Sweep
from reports.run.headline import short, verdict_line
from reports.run.report import unread
from reports.sweep.comment import over
from reports.sweep.report import SweepReport
from reports.text import tables
from reports.text.size_limits import SizeLimits
from services.dvc.extract.documents import Unreadable
from services.dvc.extract.results.metric_tables import values
from tests.units.judging.outdated import outdated
from tests.units.judging.test_sweep import measured as one
from tests.units.judging.test_sweep import member
from tests.units.sample_run import AFTER, BEFORE, changed, report, snapshot

NONE = RepoConfig()


def test_a_number_leads_and_text_follows() -> None:
    before, after = snapshot(Metric="F1", Score=0.5), snapshot(Metric="F1", Score=0.75)
    compared = compare(before, after, NONE)
    assert [delta.name for delta in compared.deltas] == ["Score", "Metric"]
    assert "Nothing says whether `Score`" in compared.reason
    assert short(compared) == "Score 0.75 (+0.25), not comparable"
    found = rank([one("a", before, after, NONE)], NONE)
    assert "`Score`" in found.reason and "Metric" not in found.reason


@pytest.mark.parametrize("after", ["F1", "F2"])
def test_where_all_metrics_are_text_none_leads_and_no_direction_is_asked_for(after: str) -> None:
    before, changed = snapshot(Metric="F1"), snapshot(Metric=after)
    compared = compare(before, changed, NONE)
    assert compared.leading is None
    assert "Metric" not in short(compared) and "`F1`" not in verdict_line(compared, 200)
    assert rank([one("a", before, changed, NONE)], NONE).reason == "None of them has a metric that is a number."


LOGGED = 'Name,Value,Timestamp,Step\nacc,0.5,1593,1\nacc,0.9,1594,2\nm,"[[1 0]]",1594,1\n'
ONE, TWO = "its last row counts, 1 row before it was left out", "its last row counts, 2 rows before it were left out"


@pytest.mark.parametrize(
    ("table", "expected", "left_out"),
    [
        ("Metric,Score\nAccuracy,0.9\nF1,0.8\n", {"Accuracy": 0.9, "F1": 0.8}, ""),
        (LOGGED, {"acc": 0.9, "m": "[[1 0]]"}, ""),
        ("Name,Value\nacc,0.5\nacc,0.9\n", {"Name": "acc", "Value": 0.9}, ONE),
        ("epoch,loss\n1,0.5\n2,0.4\n3,0.3\n", {"epoch": 3, "loss": 0.3}, TWO),
        ("loss,Timestamp\n0.3,1593713195905\n", {"loss": 0.3}, ""),
    ],
)
def test_a_table_of_names_is_read_whole_and_any_other_by_its_last_row(
    tmp_path: Path, table: str, expected: dict[str, object], left_out: str
) -> None:
    (tmp_path / "m.csv").write_text(table)
    assert values(tmp_path / "m.csv") == (expected, left_out)
    file = MetricFile("m.csv", Reading.READ, expected, left_out)
    problems = list(unread(None, Snapshot("a", metrics=(file,))))
    assert problems == ([f"Not all of `m.csv` is read: {left_out}."] if left_out else [])


def test_a_table_without_a_row_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("name,value\n")
    with pytest.raises(Unreadable):
        values(tmp_path / "m.csv")


def test_rows_agree_with_the_headline_when_both_sides_are_stale() -> None:
    before, after = (outdated(side, "train.py") for side in (BEFORE, BEFORE))
    compared = compare(before, after, NONE)
    assert {delta.verdict for delta in compared.deltas} == {compared.verdict} == {Verdict.NOT_COMPARABLE}
    assert "unchanged" not in tables.metrics(compared, SizeLimits())
    without = compare(*(outdated(snapshot(width=3.0), "train.py"),) * 2, NONE)
    assert "differs" not in tables.metrics(without, SizeLimits())


def test_a_sweep_without_numbers_shows_no_difference_and_ends_with_what_to_do() -> None:
    made = replace(BEFORE, sha="b" * 40, origins={"metrics.json": Made.SKIPPED})
    found = [one(f"wide-{number}", BEFORE, made, NONE) for number in (1, 2)]
    runs = tuple(member(number, RunState.SUCCEEDED) for number in (1, 2))
    swept = SweepReport(Sweep("wide", runs), NONE, {each.name: each for each in found}, rank(found, NONE))
    words = over(swept, "")
    assert "| ? not comparable |" in words
    assert "**Next:** no stage that writes a metric ran again in any of them" in words
    assert "`/params` shows which stages read which parameter" in words


def test_a_sweep_counts_metrics_without_a_column_and_names_the_file_of_ambiguous_keys() -> None:
    contents = {f"{name}.json": {name: 0.5} for name in "abcdef"}
    shared = (Param("params.yaml", "train.lr", 0.1), Param("x/params.yaml", "train.lr", 0.1))
    before = replace(snapshot(files=contents), params=shared)
    found = [one(f"wide-{number}", before, before, NONE) for number in (1, 2)]
    runs = tuple(member(number, RunState.SUCCEEDED) for number in (1, 2))
    swept = SweepReport(Sweep("wide", runs), NONE, {each.name: each for each in found}, rank(found, NONE))
    words = over(swept, "")
    assert "2 more metrics of theirs: `/show` has all that differ." in words
    assert "| `params.yaml:train.lr` |" in words
    assert "**Next:** `/show` has them beside each other, `/diff HEAD wide-1` compares one" in words


def test_a_parameter_is_named_with_its_file_where_several_files_have_it() -> None:
    shared = (Param("x/params.yaml", "train.lr", 0.5),)
    before, after = replace(BEFORE, params=BEFORE.params + shared), replace(AFTER, params=AFTER.params + shared)
    changed = tables.params(compare(before, after, NONE).params, SizeLimits())
    assert "| `train.lr` | `0.1` | `0.01` | `params.yaml` |" in changed
    assert "params.yaml" not in tables.params(compare(BEFORE, AFTER, NONE).params, SizeLimits())


def row(sha: str, parent: str, taken: Snapshot, name: str = "", **sets: object) -> Row:
    kept = ExperimentRef(name, parent, sha, f"refs/exps/x/{name}") if name else None
    asked = {("params.yaml", key): value for key, value in sets.items()}
    return Row(sha, parent, 0.0, "", replace(taken, sha=sha), kept, sha == "base", asked)


def test_a_head_with_the_numbers_of_its_base_is_not_best() -> None:
    base, head = row("base", "", BEFORE), row("head", "base", replace(BEFORE, params=AFTER.params))
    assert arrange([head], base, [], NONE).best == ""
    tried = row("e", "head", AFTER, "tried")
    assert arrange([head], base, [tried], NONE).best == "e"
    stale = replace(snapshot(accuracy=0.99), sha="head", has_dvc=False, changed_since=("train.py",))
    older = replace(head, snapshot=stale)
    assert "were made before `train.py` changed" in arrange([older], base, [tried], NONE).left_out["head"]


def test_a_tie_names_the_file_of_an_ambiguous_metric() -> None:
    files = {"a.json": {"f1": 0.5}, "b.json": {"f1": 0.5}}
    before = snapshot(files=files)
    found = rank([one("x", before, before, NONE), one("y", before, before, NONE)], NONE)
    assert "`y` ties with `x` in `a.json:f1`" in found.tied


def test_requested_parameters_have_a_column_before_others_that_differ() -> None:
    params = tuple(Param("params.yaml", f"task.{name}", 1) for name in "abcd")
    others = tuple(replace(each, value=2) for each in params)
    base = row("base", "", replace(BEFORE, params=params))
    tried = row("e", "base", replace(AFTER, params=others), "e", model="small")
    listing = arrange([], base, [tried], NONE, everything=True)
    assert listing.params[0] == ("params.yaml", "model")
    assert tried.param(("params.yaml", "model")) == "small"


def test_null_is_a_value_and_a_missing_key_is_none() -> None:
    base = row("base", "", replace(BEFORE, params=(Param("params.yaml", "weight", None),)))
    tried = row("e", "base", replace(AFTER, params=()), "e")
    listing = arrange([], base, [tried], NONE, everything=True)
    assert listing.params == (("params.yaml", "weight"),)
    assert [each.param(listing.params[0]) for each in (base, tried)] == [None, GONE]


def test_a_run_that_changes_nothing_measures_its_baseline_again() -> None:
    before = replace(BEFORE, has_dvc=False, changed_since=("train.py",))
    run = report().run
    asked = replace(run, experiment=changed(run.experiment, overrides=()))
    outcome = report(asked, before)
    assert outcome.comparison and outcome.comparison.verdict is Verdict.NOT_COMPARABLE
    assert any("those of the baseline, measured again" in note for note in outcome.notes)
    assert not any("measured again" in note for note in report(before=before).notes)
