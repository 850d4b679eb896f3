"""A pipeline at the project's root and another one below: DVC looks at the one below where it is named."""

from collections.abc import Callable

import pytest
import yaml

from tests.contracts.snapshots.snapshot_projects import md5
from tests.world.project import PARAMS, files, write
from tests.world.runner import Machine, training
from tests.world.sweeping import crash
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


def lock(k: float) -> str:
    """Return the dvc.lock of `three`, run with this value."""
    read, out = (
        {"path": path, "hash": "md5", "md5": md5(data), "size": len(data)}
        for path, data in (("sub3/three.py", FILES["sub3/three.py"]), ("sub3/out.json", f'{{"score": {k}}}\n'))
    )
    params = {"sub3/params.yaml": {"k": k}}
    three = {"cmd": "python sub3/three.py", "deps": [read], "params": params, "outs": [out]}
    return yaml.safe_dump({"schema": "2.0", "stages": {"three": three}}, sort_keys=False)


TRAINED = {**files(), **FILES, "sub3/dvc.lock": lock(0.5), "sub3/out.json": '{"score": 0.5}\n'}


def three_alone(k: float) -> Callable[[Machine], None]:
    def script(machine: Machine) -> None:
        machine.claim()
        machine.say("training")
        write(machine.project, {"sub3/dvc.lock": lock(k), "sub3/out.json": f'{{"score": {k}}}\n'})
        machine.commit()
        machine.done()

    return script


def test_of_what_is_stale_elsewhere_only_parameters_are_offered_everywhere(world: World) -> None:
    pull = world.pull_request(project=TRAINED, contents={"params.yaml": PARAMS.replace("lr: 0.1", "lr: 0.2")})
    world.work()
    assert "**Next:** `/run` trains this head" in pull.overview
    pull.comment("/run -S sub3/params.yaml:k=4 -n k4 sub3/dvc.yaml --script")
    assert "`train` would not be brought up to date: DVC would not look at it. Without names of stages it would." in (
        pull.reply
    ), "its own stage alone"
    pull.comment("/run -S sub3/params.yaml:k=4 -n k4 sub3/dvc.yaml")
    world.runner.does(three_alone(4))
    report = pull.report
    assert "Its commit is stale: `params.yaml:train.lr` changed" in report
    assert "`/run -P`, which looks at every `dvc.yaml`, trains all that changed." in report, "`/run` would not see `k`"
    assert "**Next:** `/apply k4 --params-only` puts its parameters on this branch" in report
    (check,) = pull.checks(pull.head)
    assert not check.actions
    assert "not on the branch: `/apply k4 --params-only`" in pull.overview
    pull.comment("/status")
    said = pull.reply
    assert "- `/apply k4 --params-only` puts its parameters on the branch" in said and "- `/branch k4`" in said
    pull.comment("/branch k4")
    pull.new()
    pull.comment("/status")
    said = pull.reply
    assert "- `/apply k4 --params-only` puts its parameters on the branch" in said and "/branch" not in said
    pull.comment("/apply k4")
    refusal = pull.reply
    assert "do not hold on" in refusal and "```\n/run --from k4 sub3/dvc.yaml\n```" in refusal
    pull.comment("/apply k4 --params-only")
    assert "`/run -P` trains them." in pull.reply
    assert "`k4`" in pull.overview and "/apply k4" not in pull.overview, "its parameters are there"
    pull.comment("/status")
    assert "/apply k4" not in pull.reply
    pull.comment("/apply k4")
    assert "--params-only" not in pull.reply
    pull.comment("/apply k4 --params-only")
    assert f"The parameters of `k4` are on `tune` already, at `{pull.head[:7]}`." in pull.reply
    pull.comment("/run --from k4 sub3/dvc.yaml -n fk4")
    world.runner.does(three_alone(4))
    report = pull.report
    assert "`/run -P`, which looks at every `dvc.yaml`, trains all that changed." in report
    assert "**Next:** this branch does not get its results as they are: `/run -P` trains all that changed;" in report


def test_what_is_stale_only_below_is_not_left_to_run_alone(world: World) -> None:
    pull = world.pull_request(project=TRAINED, contents={"sub3/params.yaml": "k: 4\n"})
    world.work()
    assert "**Next:** `/run -P` trains this head" in pull.overview
    pull.comment("/run -n plain --script -f")
    said = "`sub3/dvc.yaml:three` would not be brought up to date: DVC would not look at it. With `-P` it would."
    assert said in pull.reply
    pull.comment("/run -n plain -f")
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}))
    report = pull.report
    assert "Its commit is stale: `sub3/params.yaml:k` changed" in report
    assert "so it stayed an experiment. `/run -P`, which looks at every `dvc.yaml`, trains all that changed." in report
    assert "**Next:** this branch does not get its results as they are: `/run -P` trains all that changed;" in report
    pull.comment("/apply plain")
    refusal = pull.reply
    assert "To train what changed with today's code:\n\n```\n/run -P\n```" in refusal and "alone" not in refusal
    pull.comment("/status")
    assert "--from" not in pull.reply, "it sets no parameter"
    pull.comment("/branch plain")
    assert "`/branch plain` gives it one of its own" in report and "`plain` is on the new branch" in pull.reply
    assert "--params-only" not in report and "/apply plain" not in pull.overview, "it changed no parameter"


def test_what_is_proposed_of_a_run_below_names_its_target_everywhere(world: World) -> None:
    pull = world.pull_request(project=TRAINED)
    world.work()
    pull.comment("/run -S sub3/params.yaml:k=4 -n k4 sub3/dvc.yaml")
    world.runner.does(three_alone(4))
    assert "new head" in pull.report
    again = "`/run --from k4 sub3/dvc.yaml`"
    pull.comment("/undo")
    assert f"{again} trains its parameters once more" in pull.reply
    assert f"taken back: {again}" in pull.overview
    pull.comment("/status")
    assert f"- {again} trains its parameters" in pull.reply
    pull.comment("/run --resume k4 sub3/dvc.yaml")
    assert f"{again} takes its parameters into another one" in pull.reply
    pull.comment("/run -S sub3/params.yaml:k=7 -n broken sub3/dvc.yaml")
    world.runner.does(crash)
    assert "`/run --from broken sub3/dvc.yaml` trains its parameters with the new head" in pull.report
    pull.push({"README.md": "# Mended\n"})
    pull.comment("/retry broken")
    assert "```\n/run --from broken sub3/dvc.yaml\n```" in pull.reply


def test_a_sweep_is_listed_with_the_file_of_what_it_sets(world: World, two: PullRequest) -> None:
    two.comment("/run -S sub3/params.yaml:k=1,2 -n ks sub3/dvc.yaml")
    world.work()
    two.new()
    assert "| `sub3/params.yaml:k` |" in two.overview
