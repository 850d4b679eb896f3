"""`/run` in a project that Hydra composes: overrides go to DVC, and what was composed is what must come back."""

import pytest
import yaml

from tests.world import hydra
from tests.world.project import PIPELINE, monorepo
from tests.world.runner import Machine
from tests.world.world import PullRequest, World

BETTER = {"accuracy": 0.95}


@pytest.fixture
def pull(world: World) -> PullRequest:
    return world.pull_request(project=hydra.files())


def composed(pull: PullRequest, commit: str = "tune") -> dict[str, dict[str, object]]:
    """Return the params.yaml of a commit."""
    read: dict[str, dict[str, object]] = yaml.safe_load(pull.git("show", f"{commit}:params.yaml"))
    return read


def test_overrides_and_groups_go_to_dvc_and_land(world: World, pull: PullRequest) -> None:
    comment = pull.comment("/run -S train.lr=0.01 -S model=resnet -S +train.extra=1 -S ~train.momentum -S +db=mysql")
    assert pull.reactions(comment) == ["eyes", "rocket"]
    world.runner.does(hydra.training(BETTER))
    report = pull.report
    assert "better" in report
    assert "-S train.lr=0.01 -S model=resnet -S +train.extra=1" in report
    assert pull.message.startswith("Set train.lr=0.01, model=resnet, +train.extra=1, ~train.momentum, +db=m")
    landed = composed(pull)
    assert landed["model"] == {"name": "resnet", "blocks": [2, 2], "width": 7}
    assert landed["train"]["lr"] == 0.01 and landed["train"]["extra"] == 1 and "momentum" not in landed["train"]
    assert landed["db"] == {"port": 3306}
    changed = pull.git("diff", "--name-only", pull.head_before, pull.head).split()
    assert changed == ["dvc.lock", "loss.csv", "metrics.json", "params.yaml"]


def test_a_value_goes_to_dvc_in_the_type_it_has_in_the_configuration(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=1 -S params.yaml:train.optimizer=0.5 -S train.epochs=1e1 -S model.name='v g'")
    seen: list[str] = []

    def look(machine: Machine) -> None:
        hydra.training(BETTER)(machine)
        seen.extend(hydra.words(machine))

    world.runner.does(look)
    assert "better" in pull.report
    assert seen == ["train.lr=1.0", "train.optimizer='0.5'", "train.epochs=10", "model.name=v g"]
    assert composed(pull)["train"] | {"host": ""} == {
        "lr": 1.0, "epochs": 10, "optimizer": "0.5", "momentum": 0.9, "host": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "caret", "said", "corrected"),
    [
        ("model=resnt", "resnt", "did you mean `resnet`?", "model=resnet"),
        ("modle=resnet", "modle", "Nearest: the group `model` (now `vgg`)", "model=resnet"),
        ("db=mysql", "db", "defaults list", "+db=mysql"),
        ("+model=resnet", "+model", "`vgg` is chosen already", "model=resnet"),
        ("model=vgg,resnt", "resnt", "did you mean `resnet`?", "model=vgg,resnet"),
        ("train.lrr=0.01", "train.lrr", "Nearest: `train.lr` (now `0.1`, a number)", "train.lr=0.01"),
        ("zzz=1", "zzz", "`+zzz=1` adds it", "+zzz=1"),
        ("+train.lr=1", "+train.lr", "`+` is not needed", "train.lr=1"),
        ("~train.momentun", "train.momentun", "Nearest: `train.momentum`", "~train.momentum"),
        ("train.lr=fast", "fast", "takes a number", ""),
        ("train.epochs=1,2.5", "2.5", "takes a whole number", ""),
        ("+x=${oc.env:HOME}", "${oc.env:HOME}", "is not allowed", ""),
        ("hydra.searchpath=[/etc]", "hydra.searchpath", "a setting of Hydra itself", ""),
        ("train=1", "train", "group of parameters", ""),
    ],
)
def test_what_is_wrong_has_a_caret_and_the_command_as_it_should_be(
    pull: PullRequest, typed: str, caret: str, said: str, corrected: str
) -> None:
    comment = pull.comment(f"/run -S {typed}")
    assert pull.reactions(comment) == ["eyes", "confused"]
    reply = pull.reply
    assert said in reply
    lines = reply.splitlines()
    above = lines.index(f"/run -S {typed}")
    under = lines[above + 1]
    assert lines[above][under.index("^") : under.rindex("^") + 1] == caret
    assert (f"/run -S {corrected}" in lines) == bool(corrected)


def test_a_sweep_varies_groups_and_the_values_of_each_option(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S model=vgg,resnet -S train.lr=0.01,0.001 -S seed=9 -n wide")
    table = pull.reply
    assert "0 of 4 ended" in table
    assert "| `wide-3` | – | `resnet` | `0.01` | queued" in table
    assert "`seed`" not in table  # it does not vary
    assert world.runner.trains_all(hydra.training(BETTER)) == ["wide-1", "wide-2", "wide-3", "wide-4"]
    assert "best of 4, unconfirmed" in pull.reply
    third = composed(pull, pull.experiments["wide-3"])
    assert third["model"] == {"name": "resnet", "blocks": [2, 2], "width": 9}
    assert third["train"]["lr"] == 0.01
    assert pull.head == pull.head_before


def test_a_key_of_a_chosen_option_can_be_set_and_one_of_the_other_cannot(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S model=resnet -S model.depth=18")
    assert "no parameter `model.depth`" in pull.reply
    pull.comment("/run -S model.width=9 -S model=resnet")
    world.runner.does(hydra.training(BETTER))
    assert "better" in pull.report
    assert composed(pull)["model"]["width"] == 9


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["model=resnet"], "`train.lr` was asked as `0.01` and trained as `0.1`"),
        (["train.lr=0.01"], "`model.name` was asked as `resnet` and trained as `vgg`"),
        (["train.lr=0.01", "model=resnet", "seed=8"], "`model.width` was asked as `7` and trained as `8`"),
        (["train.lr=0.01", "model=resnet", "+more=1"], "`more` was asked as `absent` and trained as `1`"),
    ],
)
def test_what_was_not_asked_for_is_refused(world: World, pull: PullRequest, given: list[str], said: str) -> None:
    pull.comment("/run -S train.lr=0.01 -S model=resnet")
    world.runner.does(hydra.training(BETTER, given))
    assert said in pull.report
    assert pull.head == pull.head_before
    assert not pull.experiments


def test_the_next_run_begins_at_the_configuration_again_and_params_says_so(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -S model=resnet")
    world.runner.does(hydra.training(BETTER))
    assert "better" in pull.report
    pull.comment("/params")
    reply = pull.reply
    assert "| `train.lr` | `0.1` |" in reply.replace("  ", " ")
    assert "`model.depth`" in reply
    assert "| `model` | `vgg` | `resnet`, `vgg` |" in reply
    assert "| `db` | – | `mysql` |" in reply
    pull.comment("/run -S train.epochs=20")
    world.runner.does(hydra.training({"accuracy": 0.96}))
    assert "better" in pull.report
    assert composed(pull)["train"]["lr"] == 0.1
    assert composed(pull)["model"]["name"] == "vgg"


def test_from_brings_the_overrides_of_a_run_and_what_is_given_goes_before(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -S model=resnet -S +train.extra=1 --temp -n one")
    world.runner.does(hydra.training(BETTER))
    assert "better" in pull.report
    pull.push({"README.md": "# Later\n"})
    world.work()
    pull.comment("/run --from one -S train.lr=0.05")
    world.runner.does(hydra.training(BETTER))
    assert "better" in pull.report
    assert pull.message == "Set model=resnet, +train.extra=1, train.lr=0.05"
    assert composed(pull)["model"]["name"] == "resnet"


def test_from_finds_what_an_experiment_of_somebody_else_composed(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -S model=resnet -S ~train.momentum --temp -n one")
    world.runner.does(hydra.training(BETTER))
    assert "better" in pull.report
    theirs = f"refs/exps/{pull.head_before[:2]}/{pull.head_before[2:]}/theirs"
    pull.git("update-ref", theirs, pull.experiments["one"])
    pull.comment("/run --from theirs --temp -n again")
    world.runner.does(hydra.training(BETTER))
    assert "better" in pull.report
    one, again = pull.experiments["one"], pull.experiments["again"]
    assert composed(pull, one) == composed(pull, again)


def test_from_says_when_todays_configuration_has_no_such_thing(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.momentum=0.5 --temp -n one")
    world.runner.does(hydra.training(BETTER))
    assert "better" in pull.report
    pull.push({"conf/config.yaml": hydra.PRIMARY.replace("  momentum: 0.9\n", "")})
    world.work()
    pull.comment("/run --from one")
    assert "no parameter `train.momentum`" in pull.reply


def test_retry_has_the_same_overrides(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S model=resnet -n one")
    world.runner.does(hydra.training(BETTER, []))
    assert "trained as" in pull.report
    pull.comment("/retry one")
    world.runner.does(hydra.training(BETTER))
    assert "better" in pull.report
    assert composed(pull)["model"]["name"] == "resnet"


def test_parameters_alone_are_not_applied_but_told(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 --temp -n one")
    world.runner.does(hydra.training(BETTER))
    assert "better" in pull.report
    pull.comment("/apply one --params-only")
    reply = pull.reply
    assert "configuration folder" in reply
    assert "| `train.lr` | `0.1` | `0.01` |" in reply
    assert "/run --from one" in reply


def test_an_experiment_is_applied_to_a_head_that_moved(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -S model=resnet --temp -n one")
    world.runner.does(hydra.training(BETTER))
    assert "better" in pull.report
    pull.push({"README.md": "# Later\n"})
    world.work()
    pull.comment("/apply one")
    assert "is on `tune`" in pull.reply
    assert composed(pull)["model"]["name"] == "resnet"
    assert pull.git("show", "tune:README.md") == "# Later"


def test_two_composed_files_are_not_merged(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 --temp -n one")
    world.runner.does(hydra.training(BETTER))
    assert "better" in pull.report
    pull.comment("/run -S model=resnet -n two")
    world.runner.does(hydra.training(BETTER))
    assert "better" in pull.report
    pull.comment("/apply one")
    assert "composed anew" in pull.reply
    assert composed(pull)["model"]["name"] == "resnet"


def test_after_an_undo_an_experiment_on_what_was_taken_back_is_applied_whole(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S model=resnet -n taken")
    world.runner.does(hydra.training(BETTER))
    pull.comment("/run -S train.lr=0.01 --temp -n one")
    world.runner.does(hydra.training({"accuracy": 0.97}))
    pull.comment("/undo")
    pull.new()
    pull.comment("/apply one")
    assert "is on `tune`" in pull.reply
    assert pull.git("diff", "--stat", pull.experiments["one"], "tune") == "", "its results are none of the base's"


def test_a_parameter_commit_first_would_be_written_over(pull: PullRequest) -> None:
    pull.comment("/run --commit first -S train.lr=0.01")
    assert "would be overwritten" in pull.reply
    assert pull.head == pull.head_before


def test_other_parameter_files_are_edited_as_ever(world: World) -> None:
    pipeline = PIPELINE.replace("params: [train.lr,", "params: [{data.yaml: [size]}, train.lr,")
    pull = world.pull_request(project=hydra.files() | {"data.yaml": "size: 10  # rows\n", "dvc.yaml": pipeline})
    pull.comment("/run -S data.yaml:size=20 -S train.lr=0.01 --temp -n both")
    world.runner.does(hydra.training(BETTER))
    assert "0.90 → 0.95" in pull.report
    assert pull.git("show", f"{pull.experiments['both']}:data.yaml") == "size: 20  # rows"


def test_one_of_several_projects_is_composed(world: World) -> None:
    own = {f"vision/{name}": text for name, text in hydra.files().items() if not name.startswith(".github")}
    pull = world.pull_request(project=monorepo() | own)
    pull.comment("/run --project vision -S model=resnet -S train.lr=0.01 --temp -n one")
    world.runner.does(hydra.training(BETTER))
    assert "better" in pull.report
    theirs = f"refs/exps/{pull.head_before[:2]}/{pull.head_before[2:]}/theirs"
    pull.git("update-ref", theirs, pull.experiments["one"])
    pull.push({"README.md": "# Later\n"})
    world.work()
    pull.comment("/run --from theirs --temp -n again")
    world.runner.does(hydra.training(BETTER))
    assert "better" in pull.report
    one, again = (pull.git("show", f"{pull.experiments[name]}:vision/params.yaml") for name in ("one", "again"))
    assert "name: resnet" in one and one == again
    pull.comment("/apply one")
    assert "is on `tune`" in pull.reply
    assert pull.git("show", "tune:vision/params.yaml") == one


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        ({"conf/config.yaml": "defaults: [model: nothere]\n"}, "Could not find"),
        ({"conf/config.yaml": "hydra: {searchpath: ['pkg://os']}\n"}, "searchpath"),
        ({".dvc/config": "[hydra]\n    enabled = True\n    config_dir = ../../etc\n"}, "outside the repository"),
        ({".dvc/config": "[hydra]\n    enabled = True\n    config_module = app.conf\n"}, "Python module"),
        ({"params.yaml": "- no mapping\n"}, "is not in this commit, or can't be read"),
    ],
)
def test_a_project_that_cannot_be_checked_is_told_why(world: World, contents: dict[str, str], said: str) -> None:
    pull = world.pull_request(project=hydra.files() | contents)
    pull.comment("/run -S train.lr=0.01")
    assert said in pull.reply


def test_a_composed_file_that_is_not_in_git_is_not_compared_and_it_is_said_how_it_would_be(world: World) -> None:
    pull = world.pull_request(project={name: text for name, text in hydra.files().items() if name != "params.yaml"})
    pull.comment("/diff")
    said = "Hydra composes them into `params.yaml`, which is not in the base and the head. To have them compared from "
    assert f"{said}the next commit on, run `dvc exp run` once" in pull.reply


def test_the_overview_tells_what_can_be_typed(pull: PullRequest, world: World) -> None:
    world.work()
    assert "/run -S train.lr=…" in pull.overview
