"""Which commits and experiments are in the table, and in which order."""

from dataclasses import replace

import pytest

from experiments.judging.listing import Row, arrange, metric_names, once
from experiments.refs import ExperimentRef
from experiments.settings.repo_config import MetricRule, RepoConfig
from experiments.snapshot import MetricFile, Param, Reading, Snapshot

CONFIG = RepoConfig(primary="accuracy")


def row(sha: str, parent: str = "", accuracy: object = 0.9, lr: object = 0.1, message: str = "", name: str = "") -> Row:
    metrics = (MetricFile("m.json", Reading.READ, {"accuracy": accuracy, "step": 3}),)
    snapshot = Snapshot(sha, params=(Param("params.yaml", "lr", lr), Param("params.yaml", "seed", 7)), metrics=metrics)
    kept = ExperimentRef(name, parent, sha, f"refs/exps/x/{name}") if name else None
    return Row(sha, parent, 0.0, message, snapshot, kept, is_base=sha == "base")


BASE = row("base")


def listed(rows: list[Row], *experiments: Row, **how: object) -> list[str]:
    listing = arrange(rows, BASE, experiments, CONFIG, **how)  # type: ignore[arg-type] # what a test is about
    return [each.sha for each in listing.rows]


def test_a_commit_that_changes_nothing_is_hidden_unless_it_has_experiments() -> None:
    idle, changing = row("idle", "base"), row("changing", "idle", lr=0.2)
    assert listed([changing, idle]) == ["changing", "base"]
    assert listed([changing, idle], everything=True) == ["changing", "idle", "base"]
    assert listed([changing, idle], row("e", "idle", name="e")) == ["changing", "idle", "e", "base"]
    assert arrange([changing, idle], BASE, [], CONFIG).hidden == 1


def test_experiments_of_a_hidden_commit_are_listed_under_the_next_older_one() -> None:
    first, skipped = row("first", "base"), row("skipped", "first", lr=0.2, message="Set lr [SKIP studio]")
    assert listed([skipped, first], row("e", "skipped", name="e")) == ["first", "e", "base"]
    assert listed([skipped], row("e", "skipped", name="e")) == ["base", "e"]
    assert arrange([skipped], None, [row("e", "skipped", name="e")], CONFIG).rows[1].sha == "e", "there is no older one"


def test_columns_are_values_that_differ_and_the_metric_that_decides() -> None:
    one, other = row("one", "base", lr=0.2), row("other", "one", lr=0.3)
    listing = arrange([other, one], BASE, [], CONFIG)
    assert listing.metrics == (("m.json", "accuracy"),)
    assert listing.params == (("params.yaml", "lr"),)


def test_the_order_follows_the_direction_and_rows_without_a_number_are_last() -> None:
    values = {"a": 0.91, "b": float("nan"), "c": 0.93, "d": "high", "e": 0.92}
    rows = [row(sha, "head", value, lr=0.2, name=sha) for sha, value in values.items()]
    head = row("head", "base", lr=0.2)
    assert listed([head], *rows, sort="accuracy") == ["head", "c", "e", "a", "b", "d", "base"]
    lower = replace(CONFIG, metrics={"accuracy": MetricRule(better="lower")})
    listing = arrange([head], BASE, rows, lower, sort="m.json:accuracy")
    assert [each.sha for each in listing.rows] == ["head", "a", "e", "c", "b", "d", "base"]
    assert arrange([head], BASE, rows, CONFIG).best == "c"


def test_names_to_sort_by_include_the_file_where_it_is_needed() -> None:
    two = replace(BASE.snapshot, metrics=(*BASE.snapshot.metrics, MetricFile("n.json", Reading.READ, {"accuracy": 1})))
    assert metric_names([BASE]) == ("accuracy", "step")
    assert metric_names([replace(BASE, snapshot=two)]) == ("m.json:accuracy", "step", "n.json:accuracy")


def test_the_metric_that_is_sorted_by_is_the_first_column_even_without_a_direction() -> None:
    def of(sha: str, parent: str, width: float) -> Row:
        read = MetricFile("m.json", Reading.READ, {"accuracy": width / 10, "width": width})
        return replace(row(sha, parent), snapshot=Snapshot(sha, metrics=(read,)))

    listing = arrange([of("head", "base", 2.0)], of("base", "", 1.0), [], CONFIG, sort="width")
    assert listing.metrics[0] == ("m.json", "width")


@pytest.mark.parametrize(("accuracy", "above"), [(0.93, "head"), (0.95, "head"), (0.96, "")])
def test_a_row_must_be_better_than_a_hidden_commit_with_the_heads_numbers_to_be_best(
    accuracy: float, above: str
) -> None:
    measured = row("measured", "base", 0.95, lr=0.2, message="Set lr [skip studio]")
    head = row("head", "measured", 0.95, lr=0.3)
    listing = arrange([head, measured], BASE, [row("e", "head", accuracy, lr=0.4, name="e")], CONFIG)
    assert listing.best == ("" if above else "e")
    assert (listing.above.sha if listing.above else "") == above
    assert not listing.apart


def test_a_tie_with_the_base_in_every_metric_is_not_best() -> None:
    def of(row: Row, loss: float) -> Row:
        read = MetricFile("m.json", Reading.READ, {"accuracy": 0.9, "loss": loss})
        return replace(row, snapshot=replace(row.snapshot, metrics=(read,)))

    base, head = of(BASE, 0.2), of(row("head", "base"), 0.2)
    for loss, best in ((0.2, ""), (0.1, "e")):
        experiment = of(row("e", "head", lr=0.4, name="e"), loss)
        assert arrange([head], base, [experiment], CONFIG).best == best


def test_an_experiment_that_is_two_commits_of_the_branch_is_ranked_and_named_once() -> None:
    first = replace(row("first", "base", 0.95, lr=0.2, name="e"), taken_back=True)
    undo = row("undo", "first")
    again = replace(row("again", "undo", 0.95, lr=0.2), kept=first.kept)
    listing = arrange([again, undo, first], BASE, [], CONFIG)
    assert (listing.best, listing.named(again), listing.ranking.tied) == ("again", "e", "")
    assert once([undo, first]) == (undo, first), "nothing else stands for it"
    newest_off = replace(again, taken_back=True)
    assert once([newest_off, undo, first]) == (newest_off, undo)
    there = replace(first, taken_back=False)
    assert once([newest_off, undo, there]) == (undo, there), "what is on the branch stands for it"


def test_a_commit_that_was_taken_back_is_no_best_unless_it_is_an_experiment() -> None:
    gone = replace(row("gone", "base", 0.95, lr=0.2), taken_back=True)
    head = row("head", "gone")
    assert arrange([head, gone], BASE, [], CONFIG).best == ""
    assert arrange([head, replace(gone, taken_back=False)], BASE, [], CONFIG).best == "gone"
    named = replace(gone, kept=row("gone", "base", name="e").kept)
    assert arrange([head, named], BASE, [], CONFIG).best == "gone"


@pytest.mark.parametrize("on_branch", [True, False])
def test_of_a_commit_and_an_experiment_that_tie_the_experiment_is_best(on_branch: bool) -> None:
    tried = row("tried", "base", 0.95, lr=0.2, name="e")
    between = row("between", "tried" if on_branch else "base", 0.91, lr=0.3)
    head = row("head", "between", 0.95, lr=0.2)
    commits, aside = ([head, between, tried], []) if on_branch else ([head, between], [tried])
    listing = arrange(commits, BASE, aside, CONFIG)
    assert listing.best == "tried" and listing.above is None
    assert listing.ranking.tied.startswith("`head` ties with `e` in `accuracy`")


def test_experiments_of_one_name_are_told_apart_where_they_tie() -> None:
    commits = [row("head", "older", lr=0.3), row("older", "base", lr=0.2)]
    tried = [
        replace(each, kept=ExperimentRef("e", each.parent, each.sha, f"refs/exps/{each.parent}/e"))
        for each in (row("one", "head", 0.95, lr=0.4), row("other", "older", 0.95, lr=0.4))
    ]
    listing = arrange(commits, BASE, tried, CONFIG)
    assert listing.ranking.tied.startswith("`older/e` ties with `head/e` in `accuracy`")
    assert listing.named(tried[0]) == "head/e"
