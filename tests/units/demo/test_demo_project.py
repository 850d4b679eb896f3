"""The template of the demo's project fits the demo's steps."""

import re

import yaml

from demo.seed import CHANGE, TEMPLATE
from experiments.settings import repo_config


def test_the_branch_changes_one_line_of_the_parameters() -> None:
    text = (TEMPLATE / "params.yaml").read_text()
    assert text.count(CHANGE[0]) == 1
    changed = yaml.safe_load(text.replace(*CHANGE))
    assert changed["train"].pop("hidden") == 64
    assert changed["train"] == {
        name: value for name, value in yaml.safe_load(text)["train"].items() if name != "hidden"
    }


def test_its_settings_are_understood() -> None:
    settings = repo_config.parse((TEMPLATE / ".github" / "studio.yml").read_bytes())
    assert settings.problems == ()
    assert settings.primary == "accuracy"
    assert settings.metrics["accuracy"] == repo_config.MetricRule("higher", 0.005)


def test_every_requirement_is_pinned_and_none_names_an_index() -> None:
    lines = (TEMPLATE / "requirements.txt").read_text().splitlines()
    assert lines
    assert not [line for line in lines if not re.match(r"[a-z0-9-]+==[\w.]+( ; .+)?$", line)]


def test_one_metric_file_is_in_git_and_one_in_the_cache() -> None:
    metrics = yaml.safe_load((TEMPLATE / "dvc.yaml").read_text())["stages"]["train"]["metrics"]
    assert metrics == [{"results/metrics.json": {"cache": False}}, "evaluation.json"]


def test_every_parameter_has_a_comment() -> None:
    lines = (TEMPLATE / "params.yaml").read_text().splitlines()
    assert not [line for line in lines if line.startswith("  ") and "#" not in line]
