"""Which projects a repository has: found where nobody named them, and named in `.github/studio.yml`."""

from tests.world.project import monorepo
from tests.world.world import World


def test_projects_that_nobody_named_are_found_and_the_block_is_given(world: World) -> None:
    pull = world.pull_request(project=monorepo(studio="timeout: 1h\n"))
    world.work()
    assert "projects:\n  speech: {}\n  vision: {}\n" in pull.overview and "dvc init" not in pull.overview
    pull.comment("/run -S train.lr=0.01")
    reply = pull.reply
    assert "There are DVC projects in `speech` and `vision`" in reply
    assert "projects:\n  speech: {}\n  vision: {}\n" in reply
    for line in ("/data", "/show", "/diff", "/plots"):
        pull.comment(line)
        reply = pull.reply
        assert reply.count("There are DVC projects in `speech` and `vision`") == 1, line
        assert "projects:\n  speech: {}\n  vision: {}\n" in reply and "has no DVC" not in reply
    pull.comment("/run --project vision")
    assert "names no `projects:`" in pull.reply


def test_projects_below_a_root_where_dvc_was_only_set_up_are_found(world: World) -> None:
    pull = world.pull_request(project=monorepo(studio="timeout: 1h\n") | {".dvc/config": "", ".dvcignore": ""})
    world.work()
    assert "projects:\n  speech: {}\n  vision: {}\n" in pull.overview
    for line in ("/run -S train.lr=0.01", "/params", "/data", "/status"):
        pull.comment(line)
        reply = pull.reply
        assert "There are DVC projects in `speech` and `vision`" in reply
        assert "projects:\n  speech: {}\n  vision: {}\n" in reply
        assert "dvc init" not in reply and "There is no DVC pipeline" not in reply


def test_a_list_of_folders_names_the_projects(world: World) -> None:
    pull = world.pull_request(project=monorepo(studio="primary: accuracy\nprojects: [vision, speech]\n"))
    pull.comment("/run --project vision -S train.lr=0.01 --temp")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "better" in pull.report


def test_projects_that_cannot_be_taken_are_not_called_unnamed(world: World) -> None:
    pull = world.pull_request(project=monorepo(studio="primary: accuracy\nprojects: [/vision]\n"))
    pull.comment("/run --project vision")
    reply = pull.reply
    assert "names no `projects:`" not in reply
    assert "`projects./vision` is no folder of the repository" in reply


def test_a_project_whose_folder_is_not_there_is_told(world: World) -> None:
    pull = world.pull_request(project=monorepo(studio="projects: {vison: {}}\n"))
    pull.comment("/run")
    assert "names the project vison, and this commit has no such folder" in pull.reply
