"""Small projects that were misread once, and what is said of each."""

import json
from collections.abc import Mapping

import pytest
import yaml

from tests.world.project import PIPELINE, write
from tests.world.runner import Machine
from tests.world.world import PullRequest, World

BARE = {".dvc/config": "", ".github/studio.yml": "primary: loss\n"}
CITIES = ("lima", "oslo", "rome")
FOREACH = """\
stages:
  eval:
    foreach: [lima, oslo, rome]
    do:
      cmd: python eval.py ${item}
      params: [lr]
      metrics:
        - out/${item}.json:
            cache: false
"""


def changed(world: World, project: Mapping[str, str], contents: Mapping[str, str]) -> PullRequest:
    """A pull request of this project that changes these files."""
    pull = world.pull_request(project={**BARE, **project})
    pull.push(contents)
    world.work()
    return pull


def test_the_metrics_of_a_table_with_a_padded_header_are_found_by_their_names(world: World) -> None:
    header = "   epoch,      loss, mAP\n"
    files = {"dvc.yaml": "metrics: [results.csv]\n", "results.csv": f"{header}   0,   0.5, 0.1\n"}
    pull = changed(world, files, {"results.csv": f"{header}   0,   0.4, 0.1\n"})
    overview = pull.overview
    assert "**▲ Better: `loss` 0.5 → 0.4 (-0.1).**" in overview and "No metric file has" not in overview
    assert "| unchanged | `mAP` | 0.1 | 0.1 | 0 |" in overview
    pull.comment("/show --sort loss")
    assert "`loss` 0.4 (base 0.5)" in pull.reply


@pytest.mark.parametrize("accuracy", ["", ', "accuracy": 0.5'], ids=["alone", "beside a better one"])
def test_a_nan_written_as_text_on_both_sides_is_no_unchanged_metric(world: World, accuracy: str) -> None:
    measured = f'{{"loss": "nan"{accuracy}}}'
    files = {"dvc.yaml": "metrics: [m.json]\n", ".github/studio.yml": "", "m.json": measured}
    pull = changed(world, files, {"m.json": measured.replace("0.5", "0.6"), "README.md": "# Numbers\n"})
    overview = pull.overview
    assert "**? Not comparable: `loss` NaN → NaN.**" in overview
    verdict = "| not comparable " if accuracy else "\n"  # no column where nothing was judged
    assert f"{verdict}| `loss` | NaN | NaN | – |" in overview and "unchanged" not in overview


def evaluated(lr: float) -> dict[str, str]:
    """What one evaluation a city leaves: Oslo's error falls with the rate, and Rome's grows."""
    worse = {"lima": 0.0, "oslo": -lr, "rome": lr}
    found = {f"out/{city}.json": json.dumps({"rmse": round(2 + worse[city], 6)}) for city in CITIES}
    stages = {
        f"eval@{city}": {"cmd": f"python eval.py {city}", "params": {"params.yaml": {"lr": lr}}} for city in CITIES
    }
    return {**found, "dvc.lock": yaml.safe_dump({"schema": "2.0", "stages": stages})}


def test_one_name_in_three_files_is_never_taken_for_the_first_of_them(world: World) -> None:
    def script(machine: Machine) -> None:
        machine.claim()
        write(machine.project, evaluated(yaml.safe_load((machine.project / "params.yaml").read_text())["lr"]))
        machine.say("training", "")
        machine.commit()
        machine.done()

    files = {"dvc.yaml": FOREACH, "params.yaml": "lr: 0.1\n", ".github/studio.yml": "primary: rmse\n"}
    pull = world.pull_request(project={**BARE, **files, **evaluated(0.1)})
    pull.comment("/run -S lr=0.2,0.3 -n wide")
    world.runner.trains_all(script)
    several = "`rmse` is a metric of 3 files"
    table, told = pull.new()
    assert "none is best" in told and several in told and "★" not in table + told
    assert "◆ mixed (`out/oslo.json:rmse` -0.1)" in told
    pull.comment("/run -S lr=0.4 --temp -n alone")
    world.runner.does(script)
    assert "**◆ Mixed: `out/oslo.json:rmse` 1.9 → 1.6 (-0.3).** Of 3 metrics: 1 better, 1 worse, 1" in pull.report
    for line in ("/show --sort rmse", "/plots --trend rmse"):
        pull.comment(line)
        assert f"{several}. Write which one is meant: `out/lima.json:rmse`, `out/oslo.json:rmse`" in pull.reply
    for line in ("/apply best", "/show"):
        pull.comment(line)
        reply = pull.reply
        assert f"{several}, and only one can order them" in reply and "★" not in reply


def test_what_is_wrong_in_dvc_yaml_is_what_comes_next(world: World) -> None:
    broken = PIPELINE.replace("    cmd: python train.py\n", "  cmd: python train.py\n")
    pull = world.pull_request(contents={"dvc.yaml": broken})
    world.work()
    known = pull.overview
    assert "**No metric could be read at this head.**" in known and "not allowed here (line 4)" in known
    assert "**Next:** fix what is named above and push it" in known
    pull.comment("/show")
    assert "measured anything" not in pull.reply
