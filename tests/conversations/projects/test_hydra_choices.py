"""What people see of a project that Hydra composes of several options of a group."""

from tests.world import hydra
from tests.world.world import World


def test_a_group_that_the_defaults_have_as_a_list_is_shown_and_chosen(world: World) -> None:
    several = {"conf/config.yaml": hydra.PRIMARY.replace("model: vgg", "model: [resnet, vgg]")}
    pull = world.pull_request(project=hydra.files() | several)
    pull.comment("/params")
    assert "| `model` | `resnet`, `vgg` | `resnet`, `vgg` |" in pull.reply
    pull.comment("/run -S model=resnet --temp -n one")
    world.runner.does(hydra.training({"accuracy": 0.95}))
    assert "better" in pull.report
    assert "resnet" in pull.git("show", f"{pull.experiments['one']}:params.yaml")


def test_it_is_said_beforehand_that_the_head_does_not_have_what_will_be_trained(world: World) -> None:
    pull = world.pull_request(project=hydra.files())
    pull.push({"params.yaml": hydra.COMPOSED.replace("seed: 7", "seed: 8").replace("epochs: 10", "epochs: 20")})
    world.work()
    over = "composes `params.yaml` anew for each training, and not as it is in this commit"
    assert f"{over}: `train.epochs` `20` → `10`, `seed` `8` → `7`." in pull.overview
    pull.comment("/run --script -S train.epochs=30")
    reply = pull.reply
    assert f"{over}: `seed` `8` → `7`." in reply
    assert "Which stages would run can't be said beforehand: Hydra composes the parameters when it trains." in reply
    pull.push({"params.yaml": hydra.COMPOSED})
    world.work()
    assert over not in pull.overview


def test_nothing_was_trained_last_where_nothing_was_trained(world: World) -> None:
    pull = world.pull_request(project={name: text for name, text in hydra.files().items() if name != "dvc.lock"})
    pull.comment("/params")
    reply = pull.reply
    assert "Composed by Hydra from `conf`, where each training begins." in reply and "trained last" not in reply
