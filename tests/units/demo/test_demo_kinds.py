"""The demo's small projects of other kinds fit the demo's steps."""

import pytest

from demo.hub import OTHERS
from demo.kinds import KINDS, TEMPLATES, DemoProject
from experiments.settings import repo_config


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_its_pull_request_changes_one_line_and_its_settings_are_understood(kind: DemoProject) -> None:
    path, text, other = kind.change
    assert (TEMPLATES / kind.name / path).read_text().count(text) == 1
    assert text != other
    settings = repo_config.parse((TEMPLATES / kind.name / ".github" / "studio.yml").read_bytes())
    assert settings.problems == ()
    assert settings.folders == kind.folders
    assert settings.rule("metrics.json", "loss").better == "lower"


def test_each_has_a_repository() -> None:
    assert tuple(kind.repository for kind in KINDS) == OTHERS
