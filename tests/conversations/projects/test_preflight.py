"""What stands in the way of training is said before a machine starts."""

from html import unescape

import pytest

from experiments.run_state import RunState
from tests.world.project import PARAMS, PIPELINE, files
from tests.world.runner import Machine, training
from tests.world.world import PullRequest, World

CONFLICT = "<<<<<<< HEAD\n{0}=======\n{0}>>>>>>> main\n"


def nothing_began(world: World, pull: PullRequest) -> None:
    assert list(world.wired.ports.store.active()) == []
    assert pull.head == pull.head_before and not pull.experiments and pull.checks(pull.head) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("params.yaml", CONFLICT.format(PARAMS)),
        ("dvc.yaml", CONFLICT.format(PIPELINE)),
        ("dvc.lock", CONFLICT.format(files()["dvc.lock"])),
    ],
)
@pytest.mark.parametrize("line", ["/run -S train.lr=0.01", "/run --script", "/run"])
def test_an_unfinished_merge_starts_nothing(world: World, path: str, text: str, line: str) -> None:
    pull = world.pull_request(contents={path: text})
    pull.comment(line)
    reply = pull.reply
    assert f"`{path}` can't be read, line 1: a merge conflict" in reply, reply
    assert "nothing was started" in reply
    assert "declares no parameter file" not in reply and "dvc init" not in reply
    nothing_began(world, pull)
    overview = pull.overview
    assert f"`{path}` can't be read, line 1: a merge conflict." in overview
    assert "`/run" not in overview, "what would be refused is not proposed"


def test_parameters_with_an_unfinished_merge_are_not_called_undeclared(world: World) -> None:
    pull = world.pull_request(contents={"params.yaml": CONFLICT.format(PARAMS)})
    pull.comment("/params")
    reply = pull.reply
    assert "- `params.yaml` can't be read, line 1: a merge conflict." in reply
    assert "Stages name them" not in reply and "declares no parameter file" not in reply


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        ("train:\n  cmd: python train.py\n  deps:\n  - path: train.py\n    md5: abc\n", "was written by DVC 1"),
        ("{{{{\n", "dvc.lock was left out"),
    ],
)
def test_a_lock_that_dvc_refuses_starts_nothing(world: World, lock: str, said: str) -> None:
    pull = world.pull_request(contents={"dvc.lock": lock})
    pull.comment("/run -S train.lr=0.01")
    reply = pull.reply
    assert said in reply and "nothing was started" in reply
    nothing_began(world, pull)
    assert pull.overview.count(said) == 1, "said once"
    for line in ("/params", "/status"):
        pull.comment(line)
        reply = pull.reply
        assert "Nothing can be trained here until this is fixed:" in reply and reply.count(said) == 1
        assert "`/run" not in reply, "what would be refused is not proposed"


READING = PIPELINE.replace("deps: [train.py]", "deps: [train.py, data.csv]")
TRACKED = f"outs:\n- md5: {'b' * 32}\n  size: 3\n  hash: md5\n  path: data.csv\n"


def test_data_that_nobody_has_is_said_before_training(world: World) -> None:
    """What DVC tracks, with no remote to fetch it from: certain where no run of the repository left it anywhere."""
    pull = world.pull_request(contents={"dvc.yaml": READING, "data.csv.dvc": TRACKED})
    said = (
        "The stage `train` reads `data.csv`, which DVC tracks, and `.dvc/config` names no default remote to fetch it "
        "from. `dvc remote add --default NAME URL` and `dvc push` put it where it can be had; commit `.dvc/config`."
    )
    world.work()
    assert said in pull.overview
    pull.comment("/run -S train.lr=0.01")
    assert said in pull.reply
    nothing_began(world, pull)
    pull.comment("/run --temp")  # DVC may find that nothing is to be done
    assert f"Before it trains:\n\n- {said}" in pull.reply
    world.runner.finishes(accuracy=0.95)
    assert said in pull.report
    pull.comment("/run -S train.lr=0.01 --temp")  # a machine may have kept it
    assert pull.new() == []


def test_an_output_outside_of_the_repository_is_not_to_be_added(world: World) -> None:
    start = f"/data/{'x' * 90}/"
    reading = f"  use:\n    cmd: echo\n    deps: [{start}a.csv, {start}b.csv, /home/ada/metrics.json]\n"
    making = f"  make:\n    cmd: echo\n    outs: [{start}a.csv: {{cache: false}}]\n"
    pull = world.pull_request(contents={"dvc.yaml": f"{PIPELINE}{reading}{making}"})
    world.work()
    own = "makes it: write its path from the repository's folder wherever it is named."
    known = pull.overview
    assert f"`{start}a.csv` is outside the repository" in known and f"The stage `make` {own}" in known
    assert f"The stage `train` {own}" in known, "of the metrics, under an absolute path"
    assert f"`{start}b.csv` is outside the repository" in known and known.count("`dvc add` or `dvc import-url`") == 1


def test_what_other_stages_lack_is_not_said_of_a_run_that_leaves_them_alone(world: World) -> None:
    other = "  other:\n    cmd: git commit -m x\n    deps: [nowhere.csv]\n"
    pull = world.pull_request(contents={"dvc.yaml": f"{PIPELINE}{other}"})
    pull.comment("/run train -S train.lr=0.01 --temp")
    world.runner.finishes(accuracy=0.95)
    report = pull.report
    assert "nowhere.csv" not in report and "with Git" not in report
    pull.comment("/run -S train.lr=0.02 --temp")
    assert "nowhere.csv" in pull.reply
    world.runner.finishes(accuracy=0.95)
    assert "nowhere.csv" in pull.report


def test_a_remote_that_is_no_default_one_is_named(world: World) -> None:
    remote = "['remote \"local\"']\n    url = /srv/dvc\n"
    pull = world.pull_request(contents={"dvc.yaml": READING, "data.csv.dvc": TRACKED, ".dvc/config": remote})
    world.work()
    assert (
        "`.dvc/config` names no default remote to fetch it from. It has the remote `local`: `dvc remote default "
        "local` makes it the default; commit `.dvc/config`."
    ) in pull.overview
    pull.push({".dvc/config": f"{remote}['remote \"other\"']\n    url = /srv/other\n"})
    world.work()
    assert "It has `local` and `other`: `dvc remote default NAME` makes one of them the default" in pull.overview


def test_data_in_a_folder_the_runner_may_not_read_is_said_before_training(world: World) -> None:
    remote = "[core]\n    remote = s\n['remote \"s\"']\n    url = /mnt/dvc\n"
    pull = world.pull_request(contents={"dvc.yaml": READING, "data.csv.dvc": TRACKED, ".dvc/config": remote})
    world.work()
    assert "/mnt/dvc" not in pull.overview, "which runner it will be nobody knows yet"
    pull.comment("/run -S train.lr=0.01")
    assert (
        "The stage `train` reads `data.csv`, which DVC tracks, and its DVC remote `/mnt/dvc` is a folder that training "
        "of this repository may not read there: the bot's operator can add `grace/digits=/mnt/dvc` to `LOCAL_REMOTES`."
    ) in pull.reply
    nothing_began(world, pull)
    world.runner_port.readable = ("/mnt",)
    pull.comment("/run --script -S train.lr=0.01")
    assert "/mnt/dvc" not in pull.reply


def test_a_dependency_that_is_nowhere_is_said_before_training(world: World) -> None:
    pull = world.pull_request(contents={"dvc.yaml": READING})
    pull.comment("/run -S train.lr=0.01")
    assert "`data.csv` is neither in Git nor tracked by DVC, and the stage `train` reads it." in pull.reply
    nothing_began(world, pull)


def test_what_failed_before_is_said_and_may_be_tried_again(world: World, pull: PullRequest) -> None:
    def fails(machine: Machine) -> None:
        machine.claim()
        machine.say("training", "Traceback\n")
        machine.done(1, "`dvc exp run` ended with exit code 255.")

    pull.comment("/run -S train.lr=0.01 -n first")
    world.runner.does(fails)
    assert "first" in pull.report
    pull.comment("/run -S train.lr=0.01 --script")
    said = "This failed before, on the same commit with the same parameters, as `first`: `dvc exp run` ended with exit"
    assert said in pull.reply
    pull.comment("/run -S train.lr=0.01 -n second")
    assert f"Before it trains:\n\n- {said}" in pull.reply
    world.runner.finishes(accuracy=0.95)
    assert "second" in pull.report


def test_requirements_that_are_not_taken_are_said(world: World) -> None:
    pull = world.pull_request(contents={"src/requirements.txt": "numpy\n", "environment.yml": "name: x\n"})
    pull.comment("/run -S train.lr=0.01")
    said = "Nothing but DVC is installed: `environment.yml` and `src/requirements.txt` are not read."
    assert said in pull.reply
    world.work()
    assert said in pull.overview


def test_the_python_that_a_project_asks_for_is_told(world: World) -> None:
    pyproject = "[project]\nname = 'x'\nversion = '1'\nrequires-python = '>=3.10'\ndependencies = ['numpy']\n"
    pull = world.pull_request(contents={"pyproject.toml": pyproject})
    pull.comment("/run --script -S train.lr=0.01")
    assert "from `pyproject.toml`, with a Python that is `>=3.10` (`pyproject.toml`)" in pull.reply
    pull.comment("/run -S train.lr=0.01")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "Environment: Python 3.11.7 (pyproject.toml asks for >=3.10), DVC 3.67.1" in unescape(pull.report)


def test_requirements_that_the_configuration_names_are_asked_for(world: World) -> None:
    studio = "requirements: [src/requirements.txt, 'pyproject.toml:train']\nhistory: full\n"
    pull = world.pull_request(contents={"src/requirements.txt": "numpy\n", ".github/studio.yml": studio})
    pull.comment("/run --script -S train.lr=0.01")
    reply = pull.reply
    assert "in an environment from `src/requirements.txt` and `pyproject.toml:train`" in reply
    assert "not read" not in reply
    pull.comment("/run -S train.lr=0.01")
    asked: dict[str, object] = {}

    def script(machine: Machine) -> None:
        training({"accuracy": 0.91})(machine)
        asked.update(machine.spec)

    world.runner.does(script)
    assert pull.report
    assert asked["requirements"] == ["src/requirements.txt", "pyproject.toml:train"]
    assert asked["branch"] == "tune" and asked["history"] == "full"


def test_what_can_not_be_installed_starts_nothing(world: World) -> None:
    pull = world.pull_request(contents={"requirements.txt": "-e ./lib\n"})
    pull.comment("/run -S train.lr=0.01")
    assert "requirements.txt, line 1: '-e ./lib' installs from a folder." in pull.reply
    nothing_began(world, pull)


def test_a_stage_that_commits_is_said(world: World) -> None:
    pipeline = PIPELINE.replace("cmd: python train.py", "cmd: python train.py && git -c user.name=x commit -am x")
    pull = world.pull_request(contents={"dvc.yaml": pipeline})
    pull.comment("/run -S train.lr=0.01")
    assert "The stage `train` commits with Git." in pull.reply


def test_a_configuration_that_dvc_refuses_starts_nothing_and_fetches_nothing(world: World) -> None:
    pull = world.pull_request(contents={".dvc/config": "[hydra]\n    output_file = params.yaml\n"})
    for line in ("/run -S train.lr=0.01", "/run --script"):
        pull.comment(line)
        reply = pull.reply
        assert "refuses `.dvc/config`: `extra keys not allowed @ data" in reply
        assert "nothing was started" in reply
    nothing_began(world, pull)


OLD = "train:\n  cmd: python train.py\n  deps:\n  - path: train.py\n    md5: abc\n"


@pytest.mark.parametrize(
    ("contents", "studio"),
    [
        ({"dvc.lock": OLD}, "script: ./train.sh\nprimary: accuracy\n"),
        ({"requirements.txt": "-r ../outside.txt\n", "req.txt": "numpy\n"}, "requirements: [req.txt]\n"),
    ],
)
def test_what_the_configuration_makes_harmless_keeps_nothing_from_being_trained(
    world: World, contents: dict[str, str], studio: str
) -> None:
    pull = world.pull_request(contents={**contents, ".github/studio.yml": studio})
    world.work()
    assert "**Next:** fix" not in pull.overview
    pull.comment("/run -S train.lr=0.01")
    assert "nothing was started" not in "".join(pull.new())
    world.runner.does(training({"accuracy": 0.95}))
    assert pull.new()
    assert pull.runs[0].state is RunState.SUCCEEDED
