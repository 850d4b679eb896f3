"""The bot composes a commit's Hydra configuration exactly as DVC does for training; a hostile commit gains nothing."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from dvc.utils.hydra import compose_and_dump

from experiments.composition import Composition
from tests.contracts.snapshots.snapshot_projects import REPOSITORY, Files, Workbench

ENABLED = "[hydra]\n    enabled = True\n"
PRIMARY = """\
defaults:
  - model: vgg
  - db@backup: mysql
  - _self_
lr: 0.1
small: 1e-5
text: '1e-5'
odd: '0o14'
on: yes
when: 2024-01-31
none: null
must: ???
double: ${.lr}
from_group: ${model.name}
decoded: ${oc.decode:'3'}
layers: [1, {a: é}]
empty: {}
1: one
"""
PROJECT: Files = {
    ".dvc/config": ENABLED,
    "conf/config.yaml": PRIMARY,
    "conf/model/vgg.yaml": "name: vgg\n",
    "conf/model/resnet.yaml": "name: resnet\nblocks: [2, 2]\n",
    "conf/model/big/vit.yaml": "name: vit\n",
    "conf/db/mysql.yaml": "port: 3306\n",
    "conf/experiment/best.yaml": "# @package _global_\ndefaults:\n  - override /model: resnet\nlr: 0.5\n",
}

WIDE = "a0: {x: 1}\n" + "".join(f"a{n + 1}: {{p: '${{a{n}}}', q: '${{a{n}}}'}}\n" for n in range(30))


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


def compose(bench: Workbench, files: Files, *words: str) -> Composition:
    (found,) = bench.snapshots.compose(REPOSITORY, bench.commit({".dvc/config": ENABLED, **files}), "", [words])
    return found


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("model=resnet", "lr=0.01", "+extra={a: [1, x]}", "~text", "++new=null"),
        ("+experiment=best", "lr=1"),
        ("model=big/vit", "~db@backup", "must='a b'"),
        ("model=[vgg,resnet]", "layers=[]"),
    ],
)
def test_the_composed_file_equals_dvcs_byte_for_byte(bench: Workbench, tmp_path: Path, words: Sequence[str]) -> None:
    found = compose(bench, PROJECT, *words)
    out = tmp_path / "params.yaml"
    compose_and_dump(out, str(bench.tree / "conf"), None, "config", str(tmp_path), list(words))
    assert (found.problem, found.text) == ("", out.read_text())
    assert found.unknown == ()


def test_groups_are_listed_with_their_options_and_choices(bench: Workbench) -> None:
    found = compose(bench, PROJECT)
    assert found.choices == {"model": "vgg", "db@backup": "mysql"}
    assert found.groups["model"] == ("resnet", "vgg")
    assert found.options("model") == ("resnet", "vgg", "big/vit")
    assert set(found.groups) == {"model", "model/big", "db", "experiment"}
    assert found.folder == "conf"


def test_groups_that_the_defaults_list_takes_several_times(bench: Workbench) -> None:
    defaults = "[model: [vgg, resnet], db@backup: [mysql], model/vgg@plain, experiment: [], data: null]"
    files = {**PROJECT, "conf/config.yaml": f"defaults: {defaults}\nlr: 1\n", "conf/data/x.yaml": "a: 1\n"}
    found = compose(bench, files)
    assert found.choices == {"model": ("vgg", "resnet"), "db@backup": ("mysql",), "experiment": (), "data": None}
    for word in ("model=resnet", "db@backup=[]", "experiment=best", "data=x", "+model=big/vit"):
        assert compose(bench, {}, word).problem == "", "what is said to be in the list can be chosen"
    assert "No match in the defaults list" in compose(bench, {}, "db=mysql").problem


def test_folder_and_name_come_from_dvcs_settings(bench: Workbench) -> None:
    config = f"{ENABLED}    config_dir = a/b\n    config_name = main\n"
    assert compose(bench, {".dvc/config": config, "a/b/main.yaml": "lr: 1\n"}).text == "lr: 1\n"


def test_a_project_in_a_folder_has_its_own_configuration(bench: Workbench) -> None:
    files = {"vision/.dvc/config": ENABLED, "vision/conf/config.yaml": "lr: 2\n", "conf/config.yaml": "lr: 1\n"}
    sha = bench.commit({".dvc/config": ENABLED, **files, "speech/.dvc/config": f"{ENABLED}    config_dir = ../conf\n"})
    (vision,) = bench.snapshots.compose(REPOSITORY, sha, "vision", [[]])
    (speech,) = bench.snapshots.compose(REPOSITORY, sha, "speech", [[]])
    assert (vision.text, vision.folder) == ("lr: 2\n", "conf")
    assert "outside" in speech.problem


def test_several_trials_are_composed_in_one_reading(bench: Workbench) -> None:
    sha = bench.commit(PROJECT)
    before = bench.mirror.checkouts
    one, other, wrong = bench.snapshots.compose(REPOSITORY, sha, "", [["lr=1"], ["lr=2"], ["nope=2"]])
    assert ("lr: 1\n" in one.text, "lr: 2\n" in other.text) == (True, True)
    assert "Could not override 'nope'" in wrong.problem
    assert bench.mirror.checkouts == before + 1


def test_values_of_the_training_machine_stay_unresolved(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY", "canary-7431")
    found = compose(
        bench,
        {
            "conf/config.yaml": "lr: 1\nhome: ${oc.env:HOME,x}\nlist: [1, '${oc.env:CANARY}']\ntime: ${now:%Y}\n"
            "python: ${python_version:}\ndir: ${hydra:run.dir}\nnode: ${hydra.job.name}\nown: ${secret:canary}\n"
            "loop: ${pool}\npool: ${loop}\nby: ${home}\n"
        },
    )
    assert set(found.unknown) == {"home", "list.1", "time", "python", "dir", "node", "own", "loop", "pool", "by"}
    assert "canary-7431" not in found.text
    assert "lr: 1\n" in found.text


def test_no_code_of_the_project_runs(bench: Workbench, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    code = f"open({str(mark)!r}, 'w').write('x')\n"
    found = compose(
        bench,
        {
            ".dvc/config": f"{ENABLED}    plugins_path = plugins\n",
            "conf/config.yaml": "a: {_target_: os.system, _args_: [id]}\nlr: 1\n",
            "hydra_plugins/evil.py": code,
            "plugins/hydra_plugins/evil.py": code,
            "sitecustomize.py": code,
            "hydra/__init__.py": code,
            "omegaconf.py": code,
            "conf/__init__.py": code,
        },
    )
    assert found.problem == ""
    assert not mark.exists()


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"conf/config.yaml": "hydra:\n  searchpath: ['file:///etc', 'pkg://this']\n"}, "searchpath"),
        ({"conf/config.yaml": "hydra: ${x}\nx: {searchpath: ['pkg://this']}\n"}, "searchpath"),
        ({"conf/config.yaml": "defaults: [more]\n", "conf/more.yaml": "hydra: {searchpath: ['pkg://this']}\n"},
         "only supported from the primary config"),
        ({"conf/config.yaml": "defaults: ['{outside}']\n"}, "outside"),
        ({"conf/config.yaml": "defaults: ['../../../../../../../../../../..{outside}']\n"}, "outside"),
        ({"conf/config.yaml": "defaults: [a@b: '../..{outside}']\n"}, ""),
        ({".dvc/config": f"{ENABLED}    config_dir = /etc\n"}, "outside the repository"),
        ({".dvc/config": f"{ENABLED}    config_dir = ../..\n"}, "outside the repository"),
        ({".dvc/config": f"{ENABLED}    config_name = ../../outside\n"}, "outside the repository"),
        ({".dvc/config": f"{ENABLED}    config_module = app\n", "app.py": "boom"}, "Python module"),
        ({"conf/config.yaml": "a: [1\n"}, "line 2"),
        ({"conf/config.yaml": "a: !!python/object/apply:os.system [id]\n"}, "constructor"),
        ({"conf/config.yaml": "- a\n"}, ""),
        ({"conf/config.yaml": "a: &a [*a]\n"}, "aliases"),
        ({"conf/config.yaml": WIDE}, "holds too much"),
        ({"conf/config.yaml": "#" * 1_100_000}, "bytes"),
        ({"conf/config.yaml": "defaults: [config]\n"}, ""),
        ({"conf/other.yaml": "a: 1\n"}, "There is no conf/config.yaml"),
    ],
)  # fmt: skip
def test_a_hostile_configuration_ends_in_a_sentence(
    bench: Workbench, tmp_path: Path, files: dict[str, str], sentence: str
) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("token: canary-7431\n")
    (bench.tree / "conf").mkdir()
    found = compose(bench, {name: text.replace("{outside}", str(outside)) for name, text in files.items()})
    assert sentence in found.problem
    assert found.problem.endswith(".")
    assert "canary-7431" not in json.dumps([found.text, found.problem])
    assert str(bench.tree) not in found.problem and "/tmp/snapshot" not in found.problem


def test_a_broken_option_hides_only_itself(bench: Workbench) -> None:
    files = {**PROJECT, "conf/model/broken.yaml": "a: [1\n"}
    assert compose(bench, files).problem == ""
    chosen = compose(bench, {}, "model=broken")
    assert "broken.yaml was left out" in chosen.problem


def test_an_interpolation_that_grows_without_end_is_stopped(tmp_path: Path) -> None:
    bench = Workbench(tmp_path, seconds=5)
    text = "a0: xxxxxxxxxx\n" + "".join(f"a{n + 1}: ${{a{n}}}${{a{n}}}\n" for n in range(60))
    started = time.monotonic()
    found = compose(bench, {"conf/config.yaml": text})
    assert found.problem
    assert time.monotonic() - started < 15


def test_only_a_sha_becomes_a_path(bench: Workbench) -> None:
    with pytest.raises(ValueError, match="SHA"):
        bench.snapshots.compose(REPOSITORY, "../../etc", "", [[]])
