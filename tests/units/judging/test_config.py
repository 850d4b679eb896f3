"""`.github/studio.yml`: its settings, and the sentences about its mistakes."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.judging.metric_words import HIGHER, HIGHER_PHRASES, LOWER, LOWER_PHRASES, UNKNOWABLE
from experiments.settings.declared import PROPERTIES, Declared, DeclaredPlot
from experiments.settings.repo_config import LARGEST, MetricRule, RepoConfig, parse

WHOLE = b"""
primary: accuracy
metrics:
  accuracy: {better: higher, noise: 0.005}
  eval.json:drift:
    better: lower
script: |
  make data
  dvc repro
timeout: 1h30m
jobs: 2
confirm_above: 50
"""


def test_every_field_is_read() -> None:
    rules = {"accuracy": MetricRule("higher", 0.005), "eval.json:drift": MetricRule("lower")}
    assert parse(WHOLE) == RepoConfig("accuracy", rules, "make data\ndvc repro", 5400, jobs=2, confirm_above=50)


@pytest.mark.parametrize("text", [None, b"", b"# nothing yet\n", b"---\n", b"metrics:\nprimary:\n"])
def test_without_settings_the_defaults_apply(text: bytes | None) -> None:
    assert parse(text) == RepoConfig()


PLAIN = b"""
script: python train.py
params: [params.yaml, ./conf/model.toml, settings.py, params.yaml]
metrics:
  - metrics.json
  - accuracy: {better: higher}
    loss: {noise: 0.1}
  - results/eval.csv
plots:
  - plots/
  - {path: plots/acc.tsv, x: step, y: [train, test], title: Accuracy}
"""


def test_projects_without_dvc_declare_their_files_beside_rules() -> None:
    config = parse(PLAIN)
    assert config.problems == ()
    assert config.metrics == {"accuracy": MetricRule("higher"), "loss": MetricRule("", 0.1)}
    plots = (
        DeclaredPlot("plots"),
        DeclaredPlot("plots/acc.tsv", {"x": "step", "y": ("train", "test"), "title": "Accuracy"}),
    )
    params = ("params.yaml", "conf/model.toml", "settings.py")
    assert config.declared == Declared(params, ("metrics.json", "results/eval.csv"), plots)
    assert config.declared.results == ("metrics.json", "results/eval.csv", "plots", "plots/acc.tsv")


@pytest.mark.parametrize(
    "path",
    [
        "../m.json",
        "a/../../m.json",
        "/m.json",
        "//m.json",
        ".",
        "''",
        ".git/config",
        ".GIT/config",
        "sub/.git/config",
        ".github/workflows/x.yml",
        ".dvc/config",
        "'a\\\\b.json'",
        '"a\\nb.json"',
        "a" * 501,
    ],
)
@pytest.mark.parametrize("setting", ["params: [{}, good.json]", "metrics: [{}, good.json]", "plots: [{}, good.json]"])
def test_a_path_that_leads_outside_is_named_and_the_others_apply(setting: str, path: str) -> None:
    config = parse(setting.format(path).encode())
    (problem,) = config.problems
    assert f"under `{setting.partition(':')[0]}`" in problem
    declared = config.declared
    assert [*declared.params, *declared.metrics, *(plot.path for plot in declared.plots)] == ["good.json"]


def test_a_rule_for_one_file_overrides_the_rule_for_the_name() -> None:
    config = parse(b"metrics: {a: {noise: 1}, 'f.json:a': {noise: 2}}")
    assert (config.rule("f.json", "a").noise, config.rule("g.json", "a").noise, config.rule("g.json", "b").noise) == (
        2,
        1,
        0,
    )


def test_settings_of_a_project_override_those_of_the_file() -> None:
    config = parse(
        b"primary: acc\ntimeout: 3h\nmetrics: {acc: {noise: 1}, loss: {noise: 1}}\n"
        b"projects:\n  ./models/vision/: {primary: f1, metrics: {acc: {noise: 2}}}\n  .: {}\n"
    )
    assert config.folders == ("models/vision", "")
    vision, root = config.of("models/vision"), config.of("")
    assert (vision.primary, vision.timeout, vision.rule("", "acc").noise, vision.rule("", "loss").noise) == (
        "f1",
        10800,
        2,
        1,
    )
    assert (root.primary, root.timeout, root.rule("", "acc").noise) == ("acc", 10800, 1)


def test_without_projects_there_is_one_at_the_root() -> None:
    config = parse(b"timeout: 3h")
    assert config.folders == ("",)
    assert config.of("") == config


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"projects: [vision, speech]", ("vision", "speech")),
        (b"projects: [./vision/]", ("vision",)),
        (b"projects: vision", ("vision",)),
        (b"projects: [vision, {speech: {timeout: 4h}}, {., }]", ("vision", "speech", "")),
        (b"projects:\n- models/a\n- models/b\n", ("models/a", "models/b")),
    ],
)
def test_a_list_of_folders_names_projects(text: bytes, expected: tuple[str, ...]) -> None:
    config = parse(b"primary: f1\n" + text)
    assert (config.folders, config.problems) == (expected, ())
    assert {config.of(each).primary for each in expected} == {"f1"}


def test_a_mistake_anywhere_is_reported_for_every_project() -> None:
    config = parse(b"primry: x\nprojects: {a: {tmeout: 1h}, b: {}}")
    assert len(config.problems) == 2
    assert config.of("a").problems == config.of("b").problems == config.problems


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"primry: x", "there is no `primry`: did you mean `primary`?"),
        (b"zzz: x", "there are `primary`, `metrics`, `script`, `timeout`, "),
        (b"primary: [a]", "`primary` should be one value and is a list."),
        (b"metrics: 3", "`metrics` should be a mapping of names or a list of files and is a single value."),
        (b"metrics: {a: up}", "`metrics.a` should hold `better` and `noise`, and is a single value."),
        (b"metrics: {a: {bettr: higher}}", "there is no `metrics.a.bettr`: did you mean `better`?"),
        (b"metrics: {a: {better: up}}", "`metrics.a.better` is `higher` or `lower`, and not `up`."),
        (b"metrics: {a: {noise: -1}}", "`metrics.a.noise` is a number from 0, as in `0.005`, and not `-1`."),
        (b"metrics: {a: {noise: .inf}}", "and not `.inf`."),
        (b"metrics: {a: {noise: nan}}", "and not `nan`."),
        (b"params: [[a]]", "`params` lists paths of files, and one entry is a list."),
        (b"requirements: -r.txt", "`-r.txt` under `requirements` begins with a dash"),
        (b"plots: [{path: a, yy: b}]", "there is no `plots.yy`: did you mean `y`?"),
        (b"plots: [{path: a, x: [b]}]", "`plots.x` should be one value and is a list."),
        (b"plots: [{x: b}]", "under `plots` is not inside the project"),
        (
            b"params: [conf/m.toml]\nplots: [conf, loss.csv]",
            "`conf` is declared as a result and `conf/m.toml`, which it holds, as a parameter file.",
        ),
        (b"params: [m.json]\nmetrics: [m.json]", "`m.json` is declared as a result and `m.json`"),
        (b"jobs: many", "`jobs` is a number from 1 to 500, and not `many`."),
        (b"confirm_above: 0", "`confirm_above` is a number from 1 to 500, and not `0`."),
        (b"timeout: 1:30", "`1:30` is no length of time"),
        (b"timeout: 30d", "from 1 s to 7 days"),
        (b"projects: [[vision]]", "`projects` lists folders, as in `[vision]`, and one entry is a list."),
        (b"projects: [vision, ../speech]", "`projects.../speech` is no folder of the repository"),
        (b"projects: [vision, vision]", "`projects.vision` is the same folder as another of `projects`."),
        (b"projects: {vision: 4h}", "`projects.vision` should hold settings, or `{}`, and is a single value."),
        (b"projects: {vision: {primry: x}}", "there is no `projects.vision.primry`: did you mean `primary`?"),
        (b"projects: {a: {projects: {}}}", "there is no `projects.a.projects`"),
        (b"closed: delete", "`closed` is `remove` or is left out, and not `delete`"),
        (b"projects: {a: {closed: remove}}", "there is no `projects.a.closed`"),
        (b"projects: {a: {jobs: 2}}", "there is no `projects.a.jobs`"),
        (b"projects: {a: {confirm_above: x}}", "`projects.a.confirm_above` is a number"),
        (b"projects: {a: {timeout: 30d}}", "`projects.a.timeout`: "),
        (b"projects: {a: {metrics: {b: {better: up}}}}", "`projects.a.metrics.b.better` is `higher` or `lower`"),
        (b"projects: {a: {gate: {metric: b}}}", "`projects.a.gate` asks nothing of `b`"),
        (b"projects: {/etc: {}}", "`projects./etc` is no folder of the repository"),
        (b"projects: {a/../../b: {}}", "is no folder of the repository"),
        (b"projects: {--force: {}}", "is no folder of the repository"),
        (b"projects: {.github/x: {}}", "is a folder that belongs to Git, DVC or GitHub"),
        (b"projects: {'a`b': {}}", "holds quotes, backslashes"),
        (b"projects: {a: {}, ./a/: {}}", "`projects../a/` is the same folder as another of `projects`."),
        (b"[1, 2]", "should hold `name: value` lines"),
        (b"a: b: c", "is not YAML: mapping values are not allowed here in line 1"),
        (b"a\x00b", "is not YAML: unacceptable character"),
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"a: &x [1]\nb: *x", "uses an alias in line 2"),
        (b"[" * 50, "is nested deeper than 12 levels in line 1"),
        (b"#" * (LARGEST + 1), "has 65,537 bytes and 65,536 are allowed"),
    ],
)
def test_each_mistake_is_one_sentence(text: bytes, sentence: str) -> None:
    (problem,) = parse(text).problems
    assert "`.github/studio.yml`" in problem
    assert sentence in problem


def test_correct_settings_beside_a_mistake_still_apply() -> None:
    config = parse(b"timeout: 3h\nprimary: [x]\nmetrics: {a: {better: up, noise: 0.1}, b: {better: lower}}\nnew: 1\n")
    assert config.timeout == 10800
    assert config.metrics == {"a": MetricRule("", 0.1), "b": MetricRule("lower")}
    assert len(config.problems) == 3


def test_a_bomb_of_aliases_is_rejected_quickly() -> None:
    bomb = b"a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + b"".join(
        b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12)
    )
    began = time.perf_counter()
    assert "alias" in parse(bomb).problems[0]
    assert time.perf_counter() - began < 1


def test_yaml_tags_create_no_objects() -> None:
    assert parse(b"primary: !!python/object/apply:os.getcwd []").primary == ""


@given(st.binary(max_size=200) | st.text(alphabet="ab:-[]{}&*!|>'\"\n ,#?%@`", max_size=60).map(str.encode))
def test_no_bytes_make_it_stumble(text: bytes) -> None:
    assert parse(text).timeout == RepoConfig().timeout


def test_every_setting_and_every_known_name_is_in_the_document() -> None:
    text = (Path(__file__).parents[3] / "docs" / "repository-configuration.md").read_text()
    for field in ("primary", "metrics", "script", "timeout", "better", "noise", "params", "plots", *PROPERTIES):
        assert f"`{field}`" in text
    for name in [*(HIGHER + LOWER + UNKNOWABLE).split(), *re.split(r"[|\n]", HIGHER_PHRASES + "|" + LOWER_PHRASES)]:
        assert f"`{name.strip()}`" in text or not name.strip()


def test_which_results_land_is_one_of_three_words() -> None:
    assert parse(b"").land == "always"
    assert parse(b"land: better").land == "better"
    assert parse(b"land: ask\nprojects: {vision: {land: always}}").of("vision").land == "always"
    wrong = parse(b"land: sometimes")
    assert wrong.land == "always"
    assert wrong.problems == ("`.github/studio.yml`: `land` is `always`, `better` or `ask`, and not `sometimes`.",)
