"""`/data`, `/run --data` and reports where data is read by nothing, kept nowhere, or not DVC's."""

import yaml

from tests.conversations.projects.test_data import REMOTE, project, tracked
from tests.conversations.results.test_reached import run
from tests.world.project import files, results, write
from tests.world.runner import Machine
from tests.world.storing import storing
from tests.world.world import World


def test_another_version_of_what_no_stage_reads_is_neither_offered_nor_trained(world: World) -> None:
    unread = files() | {".dvc/config": REMOTE}
    pull = world.pull_request(project=unread | tracked("one"))
    pull.push(tracked("one two"), "Add two")
    world.work()
    pull.comment("/data")
    assert "/run" not in pull.reply
    for typed in ("/run --data data/raw.csv@main", "/run --data data/raw.csv@main --script"):
        comment = pull.comment(typed)
        assert pull.reactions(comment) == ["eyes", "confused"]
        assert "No stage depends on `data/raw.csv`" in pull.reply


def test_an_older_version_is_not_offered_where_no_remote_could_have_it(world: World) -> None:
    pull = world.pull_request(project=project("one") | {".dvc/config": ""})
    pull.push(project("one two") | {".dvc/config": ""}, "Add two")
    world.work()
    pull.comment("/data")
    reply = pull.reply
    assert "names no default remote" in reply and "/run" not in reply
    assert "`dvc remote add --default NAME URL`, committed and pushed, names one." in reply


def test_what_stages_make_without_the_cache_is_left_out_by_name(world: World) -> None:
    pull = world.pull_request(project=files())
    pull.comment("/data")
    assert "/data --all" not in pull.reply
    pull.comment("/data --all")
    assert "Left out, because `cache: false` keeps them out of DVC: `metrics.json`, `loss.csv`." in pull.reply


def test_an_address_is_no_data_of_the_project(world: World) -> None:
    out = yaml.safe_load(tracked("one")["data/raw.csv.dvc"])["outs"]
    source = {"path": "https://archive.example.org/raw.csv", "checksum": "5d41402a", "size": 3}
    imported = {"data/raw.csv.dvc": yaml.safe_dump({"deps": [source], "outs": out, "frozen": True})}
    pull = world.pull_request(project=files() | imported)
    pull.comment("/data")
    reply = pull.reply
    assert "**1 input that DVC tracks.**" in reply and "archive.example.org" not in reply


def test_input_that_a_commit_names_is_no_data_of_its_run(world: World) -> None:
    """The stage makes nothing that DVC keeps, and beside it stands data that nobody reads."""
    notes = yaml.safe_dump({"outs": [{"md5": "ab" * 16, "size": 5, "hash": "md5", "path": "notes.csv"}]})
    pull = world.pull_request(project=files() | {"notes.csv.dvc": notes, ".gitignore": "/notes.csv\n"})
    pull.comment("/run -S train.lr=0.01 -n tried")

    def script(machine: Machine) -> None:
        machine.claim()
        params = (machine.project / "params.yaml").read_text()
        write(machine.project, results(params, {"accuracy": 0.95, "loss": 0.05}, [1.0, 0.1]))
        machine.commit()
        machine.done(delivered={"data": "no remote"})

    world.runner.does(script)
    report = pull.report
    assert "DVC keeps none of it, so all of it is in Git." in report
    assert "pushed to" not in report and "pushed to" not in pull.overview


def test_a_remote_that_the_commit_names_is_made_the_default(world: World) -> None:
    pull = world.pull_request(project=storing() | {".dvc/config": "['remote \"local\"']\n    url = /srv/dvc\n"})
    report = run(world, pull, {"data": "no remote"})
    assert "Once `dvc remote default local` is committed, `/retry tried --push` pushes" in report
    assert "dvc remote add" not in report and "`dvc remote default local`" in pull.overview
    pull.comment("/retry tried --push")
    assert "Commit one (`dvc remote default local`), then push" in pull.reply
