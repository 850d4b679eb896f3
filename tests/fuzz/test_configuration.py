"""`.github/studio.yml`: whatever bytes it contains, they become settings and sentences about mistakes, and soon."""

from dataclasses import fields

import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from experiments.settings.check import located, proposal
from experiments.settings.fields import PATH
from experiments.settings.repo_config import LAND, MOST, PROJECTS, RepoConfig, parse
from experiments.snapshot import Snapshot
from tests.fuzz.pace import tried, within
from tests.fuzz.words import written

SECONDS = 5.0
NAMES = [each.name for each in fields(RepoConfig)]
KEYS = [
    *NAMES,
    "params",
    "plots",
    "better",
    "noise",
    "metric",
    "at_least",
    "at_most",
    "name",
    "machine",
    "path",
    "x",
    "y",
]
SCALARS = st.sampled_from(
    [
        "",
        "1",
        "0",
        "-1",
        "9" * 60,
        "nan",
        ".inf",
        "1e999",
        "3h",
        "8 days",
        "higher",
        "lower",
        "first",
        "full",
        "remove",
        "ask",
        "acc",
        "m.json",
        "conf/",
        "../x",
        "/etc",
        "--force",
        ".git/x",
        "a/../b",
        "vision",
        "true",
        "null",
        "~",
        "0x1F",
        "1:30",
        "2024-99-99",
        "<<",
        "=",
        "१",
    ]
) | written("a", "b/c", "..", "${x}", most=6)
KEY = st.sampled_from(KEYS) | st.sampled_from(["vision", "a/b", "primry"]) | SCALARS
TREE = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEY, inner, max_size=5), max_leaves=20
)
DOCUMENT = st.dictionaries(KEY, TREE, max_size=8)
PIECES = written(
    *(f"{key}: " for key in KEYS),
    *(f"\n  {key}: " for key in KEYS),
    "\n- ",
    "&a ",
    "*a",
    "!!python/object:x ",
    "!t ",
    "|\n",
    ">-\n",
    "? ",
    "%YAML 9.9\n",
    "...\n",
    "<<: ",
    "[[[[[[[[[[[[[",
    "{a: {a: {a: ",
)


def yaml_of(document: object) -> bytes:
    return yaml.safe_dump(document, allow_unicode=True).encode("utf-8", "surrogatepass")


FILE = (
    DOCUMENT.map(yaml_of)
    | DOCUMENT.map(yaml_of)
    | PIECES.map(lambda text: text.encode("utf-8", "replace"))
    | st.binary()
)


@tried(200)
@given(FILE)
def test_whatever_it_holds_is_settings_and_sentences(text: bytes) -> None:
    with within(SECONDS):
        config = parse(text)
        told = located(text, config.problems)
    assert all(each.startswith((f"`{PATH}`", "`")) and "\n" not in each for each in config.problems)
    assert len(told) <= 21
    assert len(config.projects) <= PROJECTS
    assert not config.problems or not text.strip() or told
    for one in (config, *(config.of(folder) for folder in config.folders)):
        assert 1 <= one.jobs <= MOST and 1 <= one.confirm_above <= MOST and 1 <= one.checkpoint_minutes <= MOST
        assert 0 <= one.timeout <= 7 * 24 * 3600
        assert one.land in LAND and one.closed in ("", "remove") and one.commit in ("", "first")
        assert all(0 <= rule.noise < float("inf") for rule in one.metrics.values())
        paths = (
            *one.declared.params,
            *one.declared.metrics,
            *(plot.path for plot in one.declared.plots),
            *one.requirements,
        )
        assert all(_is_inside(path) for path in paths)
        one.trains(Snapshot("a" * 40))
    assert all(folder == "" or _is_inside(folder) for folder in config.folders)


@tried(60)
@given(FILE, FILE)
def test_what_a_pull_request_makes_of_it_is_told_and_a_file_that_is_the_same_is_not(before: bytes, head: bytes) -> None:
    with within(SECONDS):
        assert proposal(before, before, head) is None
        found = proposal(before, head, before)
        assert (found is None) == (before == head)


@tried(60)
@given(DOCUMENT)
def test_it_is_the_same_however_it_is_laid_out(document: object) -> None:
    flow = yaml.safe_dump(document, allow_unicode=True, default_flow_style=True, width=10**6)
    assume(_reads(flow))  # PyYAML writes long keys so that it can't read them
    assert parse(flow.encode("utf-8", "surrogatepass")) == parse(yaml_of(document))


def _reads(text: str) -> bool:
    try:
        yaml.compose(text, yaml.BaseLoader)
    except yaml.YAMLError:
        return False
    return True


def _is_inside(path: str) -> bool:
    return bool(path) and not path.startswith(("/", "-")) and ".." not in path.split("/") and "\0" not in path
