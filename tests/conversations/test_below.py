"""A pipeline at the project's root and another one below: DVC looks at the one below where it is named."""

import pytest

from tests.world.project import files
from tests.world.world import PullRequest, World

BELOW = """stages:
  three:
    wdir: ..
    cmd: python sub3/three.py
    deps: [sub3/three.py]
    params:
    - sub3/params.yaml: [k]
    metrics:
    - sub3/out.json: {cache: false}
"""
FILES = {"sub3/dvc.yaml": BELOW, "sub3/params.yaml": "k: 0.5\n", "sub3/three.py": "print(3)\n"}


@pytest.fixture
def two(world: World) -> PullRequest:
    """The pipeline below never ran."""
    return world.pull_request(project={**files(), **FILES})


@pytest.mark.parametrize("more", ["", " --script", " -f", " -n named --temp", ",0.2", " train"])
def test_where_dvc_would_not_look_nothing_is_started(two: PullRequest, world: World, more: str) -> None:
    typed = f"/run -S sub3/params.yaml:k=0.1{more}"
    two.comment(typed)
    reply = two.reply
    assert "`k` is read by `sub3/dvc.yaml:three` only" in reply
    assert f"```\n{typed} sub3/dvc.yaml\n```" in reply and f"```\n{typed} -P\n```" in reply
    assert list(world.wired.ports.store.active()) == []


@pytest.mark.parametrize("more", ["sub3/dvc.yaml", "sub3/dvc.yaml:three", "-P"])
def test_what_is_proposed_there_works(two: PullRequest, more: str) -> None:
    two.comment(f"/run -S sub3/params.yaml:k=0.1 {more} --script")
    assert "Of the stages, `sub3/dvc.yaml:three` would run" in two.reply
    two.comment("/params k")
    assert "`/run -S k=… sub3/dvc.yaml` trains with another value" in two.reply
    two.push({"README.md": "More\n"})
    two.world.work()
    assert "`/run -P` trains this head" in two.overview, "`/run` would not look at what never ran"
