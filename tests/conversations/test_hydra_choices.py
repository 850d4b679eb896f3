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
