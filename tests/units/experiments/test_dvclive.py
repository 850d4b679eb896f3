"""Which changes that training made to dvc.yaml are taken over, and which never are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import params
from experiments.dvclive import DvcliveEntry, NotTaken, added, holds, with_entries
from experiments.params import ParamsError
from tests.world.dvclive import DECLARED

FILE = "dvc.yaml"
HEAD = """\
# Ours
stages:
    train:
        cmd: python train.py   # it logs
        deps: [train.py]
        params: [lr]
        outs: ['model.bin']
"""
STAGES = "stages:\n  train:\n    cmd: python train.py\n    deps: [train.py]\n    params: [lr]\n    outs: [model.bin]\n"
MORE = """\
- dvclive/plots/images
- dvclive/plots/sklearn/cm.json:
    template: confusion
    x: actual
    y: predicted
    title: Confusion Matrix
- dvclive/plots/custom/a/b.json:
    x: a
    y: [b, c]
"""
LIVE = DECLARED + MORE


def taken(before: str, after: str, alone: bool = False) -> str:
    """Return what the branch gets."""
    return with_entries(FILE, before, added(FILE, before, after, alone))


@pytest.mark.parametrize(
    ("declared", "path", "expected"),
    [
        ("dvclive/metrics.json", "dvclive/metrics.json", True),
        ("dvclive/metrics.json", "dvclive/metrics.json/conftest.py", False),
        ("dvclive/metrics.json", "dvclive/metrics.json/a.json", False),
        ("dvclive/plots/metrics", "dvclive/plots/metrics/train/loss.tsv", True),
        ("dvclive/plots/metrics", "dvclive/plots/metrics/conftest.py", False),
        ("a/plots/images", "a/plots/images/x.PNG", True),
        ("a/plots/images", "a/plots/images/Makefile", False),
        ("plots/images", "plots/images/ours.csv", True),
        ("a/plots/sklearn/cm.json", "a/plots/sklearn/cm.json/x.py", False),
        ("curves", "curves/notes.md", True),
        ("dvclive", "dvclive/plots/metrics/notes.md", True),
    ],
)
def test_only_data_is_new_in_what_a_training_may_have_declared(declared: str, path: str, expected: bool) -> None:
    assert holds(declared, path) is expected


def test_a_file_that_reads_as_before_keeps_its_text() -> None:
    assert taken(HEAD, STAGES) == HEAD
    assert taken(HEAD + "metrics: []\n", STAGES) == HEAD + "metrics: []\n"


def test_dvclives_additions_are_put_below_the_existing_text() -> None:
    written = LIVE.replace(" y:", ' "y":')  # YAML 1.1 takes this word for true
    assert taken(HEAD, STAGES + LIVE) == HEAD + written
    assert taken("", LIVE) == written
    assert taken(HEAD.rstrip("\n"), STAGES + LIVE) == HEAD + written


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("metrics: [m.json]", "metrics: [m.json, dvclive/metrics.json]"),
        ("metrics: [m.json,]  # ours", "metrics: [m.json, dvclive/metrics.json,]  # ours"),
        ("metrics: []", "metrics: [dvclive/metrics.json]"),
        ("metrics:\n- m.json  # ours", "metrics:\n- m.json  # ours\n- dvclive/metrics.json"),
        ("metrics:\n    - m.json\n", "metrics:\n    - m.json\n    - dvclive/metrics.json\n"),
        ("metrics:\r\n- m.json\r\n", "metrics:\r\n- m.json\r\n- dvclive/metrics.json\r\n"),
    ],
)
def test_an_entry_goes_after_the_others_of_its_list(listed: str, expected: str) -> None:
    after = f"{STAGES}metrics: [{'m.json, ' if 'm.json' in listed else ''}dvclive/metrics.json]"
    assert taken(HEAD + listed, after) == HEAD + expected


def test_dvclive_entries_that_training_drops_or_changes_stay_as_people_wrote_them() -> None:
    ours = HEAD + "plots:\n- dvclive/plots/metrics: {x: epoch, title: Ours}\n- dvclive/plots/images\n"
    after = STAGES + "metrics: [dvclive/metrics.json]\nplots: [dvclive/plots/metrics: {x: step}]\n"
    assert taken(ours, after) == f"{ours}metrics:\n- dvclive/metrics.json\n"
    written = HEAD + "metrics: [./dvclive/metrics.json]\n"
    assert taken(written, STAGES + "metrics: [dvclive/metrics.json]\n") == written


def test_several_folders_and_a_separate_dvc_yaml_of_dvclive_are_understood() -> None:
    folds = "metrics: [out/fold_0/metrics.json, out/fold_1/metrics.json]\n"
    found = added(FILE, HEAD, STAGES + folds)
    assert [each.folder for each in found] == ["out/fold_0", "out/fold_1"]
    own = "params:\n- params.yaml\nmetrics:\n- metrics.json\n"
    assert taken("", own.replace("- metrics.json\n", "- metrics.json\n- metrics.json\n"), alone=True) == own
    for before, alone in (("", False), (HEAD, True)):
        with pytest.raises(NotTaken, match="not in a folder of DVCLive's own"):
            added(FILE, before, (STAGES if before else "") + own, alone)


def test_files_are_dvclives_by_their_place() -> None:
    entries = added(FILE, HEAD, STAGES + LIVE)

    def covered(path: str) -> bool:
        return any(each.covers(path) for each in entries)

    yes = "params.yaml metrics.json plots/metrics/train/loss.tsv plots/images/a.PNG plots/sklearn/cm.json"
    assert all(covered(f"dvclive/{path}") for path in yes.split())
    no = "train.py plots/metrics/conftest.py plots/images/a.py plots/sklearn/other.json params.yaml/x plots/metrics.tsv"
    assert not any(covered(f"dvclive/{path}") for path in no.split())
    assert not any(map(covered, ("params.yaml", "metrics.json", "dvclive2/metrics.json")))


BAD = {
    "a command": STAGES.replace("train.py\n", "evil.py\n", 1),
    "a stage": STAGES + "  more:\n    cmd: curl evil\n",
    "no stage": "metrics: [dvclive/metrics.json]\n",
    "another dependency": STAGES.replace("[train.py]", "[other.py]"),
    "vars": STAGES + "vars: [{a: 1}]\n",
    "artifacts": STAGES + "artifacts: {model: {path: model.bin, type: model}}\n",
    "datasets": STAGES + "datasets: [{name: a, type: dvc}]\n",
    "an unknown key": STAGES + "more: 1\n",
    "a stage by an alias": f"x: &x {{cmd: evil}}\n{STAGES}  more: *x\n",
    "a stage by a merge": STAGES.replace("    cmd: python train.py\n", "    <<: {cmd: evil}\n"),
    "a key twice": STAGES + STAGES,
    "a second document": f"{STAGES}---\nstages: {{}}\n",
    "a tag": STAGES + "metrics: !!python/object/apply:os.system [id]\n",
    "an alias bomb": STAGES
    + "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
    + "".join(f"{n}: &{n} [{', '.join([f'*{o}'] * 10)}]\n" for o, n in zip("abcdef", "bcdefg", strict=True)),
    "an alias in itself": STAGES + "metrics: &m [*m]\n",
    "no YAML": "stages: [",
    "no mapping": "- stages\n",
    "no list": STAGES + "metrics: dvclive/metrics.json\n",
    "nothing": "",
}
ENTRIES = {
    "metrics": [
        "../metrics.json",
        "dvclive/../../metrics.json",
        "/etc/metrics.json",
        "metrics.json",
        "src/train.py",
        "dvclive//metrics.json",
        "./dvclive/metrics.json",
        "-x/metrics.json",
        "a\\\\b/metrics.json",
        ".github/metrics.json",
        "dvclive/.DVC/metrics.json",
        ".git/metrics.json",
        "${path}/metrics.json",
        "s3://bucket/metrics.json",
        "a\\nb/metrics.json",
        "x" * 600 + "/metrics.json",
        "x/" * 12 + "metrics.json",
    ],
    "params": ["params.yaml", "config/other.yaml", "../dvclive/params.yaml", "${oc.env:HOME}/params.yaml"],
    "plots": ["src", "dvclive", "dvclive/plots", "dvclive/plots/other", "plots/metrics", "dvclive/plots/sklearn/x.py"],
}
PLOTS = [
    "{x: {src/secret.csv: a}}",
    "{y: {src/secret.csv: a}}",
    "{y: [{src/secret.csv: a}]}",
    "{y: []}",
    "{x: 1}",
    "{template: ../../secret.json}",
    "{template: mine}",
    "{title: '${oc.env:HOME}'}",
    "{title: [a]}",
    "{more: a}",
    "[]",
    "{}",
    "text",
]


@pytest.mark.parametrize("after", BAD.values(), ids=BAD.keys())
def test_no_other_change_by_training_is_taken(after: str) -> None:
    with pytest.raises(NotTaken):
        added(FILE, HEAD, after)


@pytest.mark.parametrize(("key", "path"), [(key, path) for key, paths in ENTRIES.items() for path in paths])
def test_only_paths_of_dvclive_are_taken(key: str, path: str) -> None:
    with pytest.raises(NotTaken):
        added(FILE, HEAD, f'{STAGES}{key}: ["{path}"]\n')


@pytest.mark.parametrize("plot", PLOTS)
def test_no_plot_may_read_another_file(plot: str) -> None:
    with pytest.raises(NotTaken):
        added(FILE, HEAD, f"{STAGES}plots: [dvclive/plots/metrics: {plot}]\n")


def test_entries_of_people_stay_and_no_list_has_duplicates_or_grows_without_bound() -> None:
    with pytest.raises(NotTaken, match="no longer as it was"):
        added(FILE, HEAD + "metrics: [m.json]\n", STAGES)
    with pytest.raises(NotTaken, match="no longer as it was"):
        added(FILE, HEAD + "plots: [m.csv: {x: a}]\n", STAGES + "plots: [m.csv: {x: b}]\n")
    with pytest.raises(NotTaken, match="twice"):
        added(FILE, HEAD, STAGES + "plots: [dvclive/plots/metrics: {x: a}, dvclive/plots/metrics: {x: b}]\n")
    with pytest.raises(NotTaken, match="more than a path"):
        added(FILE, HEAD, STAGES + "metrics: [dvclive/metrics.json: {x: a}]\n")
    listed = ", ".join(f"d{number}/metrics.json" for number in range(201))
    with pytest.raises(NotTaken, match="201 more entries"):
        added(FILE, HEAD, f"{STAGES}metrics: [{listed}]\n")


@pytest.mark.parametrize(
    "before",
    [
        "{stages: {train: {cmd: a}}}\n",
        "stages: {train: {cmd: a}}\n...\n",
        "stages: {train: {cmd: a}}\nplots: &l [p.csv]\nmetrics: *l\n",
        "stages: {train: {cmd: a}}\nmetrics:\n",
    ],
    ids=["in brackets", "an end", "an alias", "no list"],
)
def test_a_file_to_which_no_entry_can_be_added_stays_as_it_is(before: str) -> None:
    with pytest.raises(NotTaken):
        with_entries(FILE, before, [DvcliveEntry("metrics", "dvclive/metrics.json")])


NAMES = st.sampled_from(
    ["dvclive", "src", "..", "a b", "#", "é", "on", "1", "- x", "'", '"', "${a}", "\u2028", "{", "]", ": "]
)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
TEXT = st.text(max_size=8)
SAID = st.dictionaries(
    st.sampled_from(["x", "y", "title", "template", "z"]), st.one_of(TEXT, st.lists(TEXT)), max_size=3
)


@given(PATHS, PATHS, SAID, st.sampled_from([HEAD, "", STAGES + "plots: [p.csv]\nmetrics:\n  - m.json\n"]))
def test_what_is_taken_adds_to_the_text_and_changes_nothing_else(one: str, two: str, said: object, before: str) -> None:
    old = params.read(FILE, before)
    plots = [*old.get("plots", []), {f"{two}/plots/custom/{one}.json": said} if said else f"{two}/plots/images"]
    after = {**old, "metrics": [*old.get("metrics", []), f"{one}/metrics.json"], "plots": plots}
    try:
        text = taken(before, params.yaml_literal.flow(after))
    except (NotTaken, ParamsError):
        return
    assert params.read(FILE, text) == after
    for line in before.splitlines():
        assert line.rstrip("]") in text
