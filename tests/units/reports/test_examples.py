"""Examples of commands, made with the names of the project."""

from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import MetricFile, Param, Reading, Snapshot, Stage
from reports.messages.examples import here, setting, to_set

RUN = ("/run -S train.lr=0.01", "/run -S train.lr=0.1,0.01 -S model.depth=range(2,6)", "/run train -f")


def project(*params: Param, **fields: object) -> Snapshot:
    return Snapshot("a" * 40, params=params, **fields)  # type: ignore[arg-type] # what a test is about


def used(key: str, value: object, file: str = "params.yaml") -> Param:
    return Param(file, key, value, ("fit",))


def test_examples_use_the_projects_parameters_stages_and_metrics() -> None:
    found = project(used("name", "x"), used("alpha", 0.5), used("trees", 100), stages=(Stage("fit", "x"),))
    assert here("run", RUN, found, RepoConfig()) == (
        "/run -S alpha=0.05",
        "/run -S alpha=0.05,0.005 -S trees=200,400",
        "/run fit -f",
    )
    metrics = (MetricFile("a.json", Reading.READ, {"n": 3, "rmse": 1}), MetricFile("b.json", Reading.READ, {"rmse": 1}))
    assert here("show", ("/show --sort accuracy",), project(metrics=metrics), RepoConfig()) == (
        "/show --sort a.json:rmse",
    )


def test_there_is_no_example_of_a_command_that_the_project_cannot_use() -> None:
    assert here("run", RUN, project(stages=(Stage("fit", "x"),)), RepoConfig()) == ("/run fit -f",)
    assert here("show", ("/show", "/show --sort accuracy"), project(), RepoConfig()) == ("/show",)


def test_names_are_quoted_for_the_command_line_and_hostile_ones_left_out() -> None:
    odd = project(used("a b", 1.0), used("x`\n/run", 2), stages=(Stage("fit", "x"),))
    lines = here("run", RUN, odd, RepoConfig())
    assert lines == ("/run -S 'a b=0.1'", "/run fit -f")


def test_the_project_is_named_where_there_are_several() -> None:
    config = RepoConfig(projects={"vision": RepoConfig(), "speech": RepoConfig()})
    found = project(used("lr", 0.1), project="vision")
    assert here("run", RUN[:1], found, config) == ("/run --project vision -S lr=0.01",)


def test_an_example_sets_a_number_that_a_stage_reads() -> None:
    label, unread, count, rate = used("out", "data/x.png"), Param("params.yaml", "n", 3), used("k", 2), used("lr", 0.1)
    found = project(label, unread, count, rate)
    assert to_set(found) == rate and to_set(found, {("params.yaml", "k")}) == count
    assert to_set(found, shown=[label, unread]) is None
    assert setting(rate, found) == "-S lr=…"
    both = project(rate, used("lr", 0.2, "other.yaml"), used("a b", 1.0))
    assert setting(both.params[1], both) == "-S other.yaml:lr=…"
    assert setting(both.params[2], both) == "-S 'a b=…'"
    root, below = Stage("fit", "x", params=("params.yaml:lr",)), Stage("s/dvc.yaml:go", "x", params=("s/p.yaml:k",))
    two = project(rate, used("k", 2, "s/p.yaml"), stages=(root, below))
    assert [setting(each, two) for each in two.params] == ["-S lr=…", "-S k=… s/dvc.yaml"], "DVC looks there if told to"
    assert here("run", RUN[1:2], two, RepoConfig()) == ()
