"""`/data` and `/run --data`: which data there is, in which versions, and training with another one."""

import hashlib
from collections.abc import Mapping

import pytest
import yaml

from tests.world.project import PIPELINE, files, results, write
from tests.world.runner import Machine
from tests.world.storing import storing
from tests.world.world import PullRequest, World

READING = PIPELINE.replace("deps: [train.py]", "deps: [train.py, data/raw.csv]")


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def tracked(content: str) -> dict[str, str]:
    """Return the .dvc file that `dvc add data/raw.csv` writes."""
    out = {"md5": md5(content), "size": len(content), "hash": "md5", "path": "raw.csv"}
    return {"data/raw.csv.dvc": yaml.safe_dump({"outs": [out]}, sort_keys=False), "data/.gitignore": "/raw.csv\n"}


def locked(contents: Mapping[str, str], content: str) -> dict[str, str]:
    """Return the dvc.lock of a training with this data."""
    lock = yaml.safe_load(contents["dvc.lock"])
    entry = {"path": "data/raw.csv", "hash": "md5", "md5": md5(content), "size": len(content)}
    lock["stages"]["train"]["deps"].append(entry)
    return {**contents, "dvc.lock": yaml.safe_dump(lock, sort_keys=False)}


REMOTE = "[core]\n    remote = store\n['remote \"store\"']\n    url = s3://digits/data\n"


def project(content: str) -> dict[str, str]:
    return locked(files(), content) | {"dvc.yaml": READING, ".dvc/config": REMOTE} | tracked(content)


@pytest.fixture
def pull(world: World) -> PullRequest:
    """Return a pull request whose data changed twice."""
    made = world.pull_request(project=project("one"))
    made.push(project("one two"), "Add two")
    made.push(project("one two three"), "Add three")
    world.work()
    return made


def test_an_output_is_known_since_dvc_yaml_has_it(world: World) -> None:
    stored = storing()
    pull = world.pull_request(project=files(), contents={"dvc.lock": stored["dvc.lock"]})
    pull.push({"dvc.yaml": stored["dvc.yaml"]}, "Declare the model")
    since = pull.head
    pull.push({"dvc.lock": stored["dvc.lock"] + "# touched\n"})
    world.work()
    pull.comment("/data --all")
    (row,) = [line for line in pull.reply.splitlines() if line.startswith("| `model.txt`")]
    assert since[:7] in row and "Declare the model" in row


def test_data_is_listed_with_its_versions(world: World, pull: PullRequest) -> None:
    first, second, third = pull.git(
        "log", "--format=%h", "--abbrev=7", "--reverse", "tune", "--", "data/raw.csv.dvc"
    ).split()
    pull.comment("/data")
    reply = pull.reply
    assert "**1 input that DVC tracks.**" in reply
    rows = [line for line in reply.splitlines() if line.startswith("| ")][2:]
    assert [third in rows[0], second in rows[1], first in rows[2]] == [True] * 3
    assert f"| `data/raw.csv` | `{md5('one two three')[:8]}` now | 13 bytes |" in rows[0] and "Add three" in rows[0]
    assert f"`/run --data data/raw.csv@{second}` trains with that version, where the DVC remote has it" in reply


def test_what_stages_make_is_listed_on_demand(world: World) -> None:
    lock = files()["dvc.lock"]
    pipeline = PIPELINE.replace("          cache: false\n          x: step", "          x: step")
    pull = world.pull_request(project=files() | {"dvc.yaml": pipeline, "dvc.lock": lock})
    pull.comment("/data")
    assert "DVC tracks no input data here" in pull.reply
    pull.comment("/data --all")
    reply = pull.reply
    assert "`loss.csv` (made by a stage)" in reply and "/run" not in reply


def test_without_dvc_there_is_none(world: World) -> None:
    pull = world.pull_request(project={"train.py": "print()\n"})
    comment = pull.comment("/data")
    assert pull.reactions(comment) == ["eyes", "confused"]
    assert "has no DVC" in pull.reply


def test_a_long_list_is_on_a_page(world: World) -> None:
    many = {
        f"data/{number}.csv.dvc": tracked(str(number))["data/raw.csv.dvc"].replace("raw.csv", f"{number}.csv")
        for number in range(60)
    }
    pull = world.pull_request(project=files() | many)
    pull.comment("/data")
    reply = pull.reply
    assert "**60 inputs that DVC tracks.**" in reply and "… 20 more" in reply
    assert "[The whole list](https://studio.example.com/pages/" in reply


def on_what_is_there(machine: Machine) -> None:
    """Train so that more data gives a better metric."""
    machine.claim()
    machine.say("training")
    digest = yaml.safe_load((machine.tree / "data/raw.csv.dvc").read_text())["outs"][0]["md5"]
    content = next(each for each in ("one", "one two", "one two three") if md5(each) == digest)
    params = (machine.tree / "params.yaml").read_text()
    accuracy = 0.9 + len(content) / 1000
    write(machine.tree, locked(results(params, {"accuracy": accuracy, "loss": 0.1}, [1.0, 0.1]), content))
    machine.commit()
    machine.done()


def test_it_trains_with_the_version_of_another_commit_and_lands_with_it(world: World, pull: PullRequest) -> None:
    _, second, _ = pull.git("log", "--format=%h", "--abbrev=7", "--reverse", "tune", "--", "data/raw.csv.dvc").split()
    comment = pull.comment(f"/run --data data/raw.csv@{second} -S train.lr=0.05 -n less")
    assert pull.reactions(comment) == ["eyes", "rocket"]
    first: list[object] = []

    def noting(machine: Machine) -> None:
        on_what_is_there(machine)
        first.append(machine.spec["pull_first"])

    world.runner.does(noting)
    assert first == [["data/raw.csv"]], "so that a remote which lacks this version is named"
    report = pull.report
    assert f"| `data/raw.csv` | `{md5('one two three')[:8]}` | `{md5('one two')[:8]}` (`{second}`) |" in report
    assert "\n| `accuracy` | 0.900 | 0.907 | +0.007 |" in report, "and no column of verdicts, where nothing was judged"
    assert "Not comparable" in report and "`data/raw.csv` differs from that of the baseline" in report
    assert "git checkout FETCH_HEAD -- data/raw.csv.dvc" in report
    assert pull.message == f"Set train.lr=0.05 with data/raw.csv@{second}"
    assert pull.head == pull.experiments["less"]
    assert tracked("one two")["data/raw.csv.dvc"] == pull.git("show", f"{pull.head}:data/raw.csv.dvc") + "\n"
    with world.ago(60):
        pull.push({"README.md": "# On\n"})
    world.work()
    pull.comment("/run --data data/raw.csv@main --temp -n least")
    world.runner.does(on_what_is_there)
    assert "(`main`)" in pull.report
    pull.comment("/apply least")
    assert "least" in pull.reply
    assert md5("one") in pull.git("show", f"{pull.head}:data/raw.csv.dvc")


def test_all_of_a_sweep_have_it_and_of_repeats_not_the_baseline(world: World, pull: PullRequest) -> None:
    pull.push({".github/studio.yml": "primary: accuracy\nseed: seed\n"})
    pull.git("update-ref", "refs/heads/main", pull.head)
    world.work()
    pull.comment("/run --data data/raw.csv@HEAD~1 -S train.lr=0.05,0.01 -n wide")
    assert "Steps from a commit" in pull.reply
    sha = pull.git("log", "-1", "--format=%h", "--abbrev=7", "tune~2", "--", "data/raw.csv.dvc")
    pull.comment(f"/run --data data/raw.csv@{sha} -S train.lr=0.05,0.01 -n wide")
    world.runner.trains_all(on_what_is_there)
    assert pull.new()
    for number in (1, 2):
        assert md5("one two\n"[:-1]) in pull.git("show", f"{pull.experiments[f'wide-{number}']}:data/raw.csv.dvc")
    pull.comment(f"/run --data data/raw.csv@{sha} --repeat 2 -n sure")
    seen = []

    def watched(machine: Machine) -> None:
        on_what_is_there(machine)
        seen.append(sorted(machine.spec["edits"]))

    world.runner.trains_all(watched)
    assert pull.new()
    assert seen == [["data/raw.csv.dvc"], ["data/raw.csv.dvc", "params.yaml"], [], ["params.yaml"]]


def test_data_of_another_version_than_asked_for_is_refused(world: World, pull: PullRequest) -> None:
    pull.comment("/run --data data/raw.csv@main -n sly")

    def sly(machine: Machine) -> None:
        machine.claim()
        machine.say("training")
        params = (machine.tree / "params.yaml").read_text()
        write(
            machine.tree, tracked("one two three") | locked(results(params, {"accuracy": 1.0}, [1.0]), "one two three")
        )
        machine.commit()
        machine.done()

    world.runner.does(sly)
    assert "It was not trained with `data/raw.csv@main`" in pull.report
    assert "sly" not in pull.experiments


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("data/raw.csv", "Which version of"),
        ("data/raw.csv@", "Which version of"),
        ("data/rwa.csv@main", "DVC tracks no `data/rwa.csv`: did you mean `data/raw.csv`?"),
        ("../../etc/passwd@main", "DVC tracks no"),
        ("data/raw.csv@nowhere", "No experiment, branch, tag or commit `nowhere`"),
        ("data/raw.csv@tune", "is as it is here"),
        ("data/raw.csv@--upload-pack=x", "--upload-pack"),
        ("data/raw.csv@main --data data/raw.csv@main", "given twice"),
    ],
)
def test_what_cannot_be_chosen_is_pointed_at(world: World, pull: PullRequest, word: str, told: str) -> None:
    comment = pull.comment(f"/run --data {word}")
    assert pull.reactions(comment) == ["eyes", "confused"]
    reply = pull.reply
    assert told in reply and "^" in reply


def test_other_data_is_told_where_nothing_is_measured_on_it_itself(world: World) -> None:
    """It is read by an earlier stage than the one that measures."""
    prepared = "stages:\n  prepare:\n    cmd: python prepare.py\n    deps: [data/raw.csv]\n    outs: [rows.csv]\n"
    pipeline = READING.replace("data/raw.csv", "rows.csv").replace("stages:\n", prepared)

    def contents(content: str) -> dict[str, str]:
        made = locked(files(), content)
        lock = yaml.safe_load(made["dvc.lock"])
        raw, rows = lock["stages"]["train"]["deps"].pop(), {"path": "rows.csv", "hash": "md5", "md5": md5("rows")}

        lock["stages"]["train"]["deps"].append(rows)
        lock["stages"]["prepare"] = {"cmd": "python prepare.py", "deps": [raw], "outs": [rows]}
        written = {"dvc.lock": yaml.safe_dump(lock, sort_keys=False), "dvc.yaml": pipeline, ".dvc/config": REMOTE}
        return made | written | tracked(content)

    pull = world.pull_request(project=contents("one"))
    pull.push(contents("one two"))
    told = "Data differs: `data/raw.csv` is another version than at the base."
    world.work()
    assert told in pull.overview
    pull.comment("/diff")
    assert told in pull.reply
    pull.comment("/run --data data/raw.csv@main -n older")
    assert "| `older` | – | `data/raw.csv@main` |" in pull.overview
