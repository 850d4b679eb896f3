"""Who may ask for what, and what they are told when something is wrong."""

import pytest
from inline_snapshot import snapshot

from tests.world.wording import settled
from tests.world.world import PullRequest, World


def test_params_lists_every_hyperparameter_with_its_stages(pull: PullRequest) -> None:
    comment = pull.comment("/params", by=World.reader)
    assert settled(pull.reply) == snapshot("""\
**Parameters** at `<SHA>`

| parameter | value | type | file | stages |
| :-- | --: | :-- | :-- | :-- |
| `train.lr` | `0.1` | float | `params.yaml` | `train` |
| `train.epochs` | `10` | int | `params.yaml` | `train` |
| `train.optimizer` | `sgd` | string | `params.yaml` | `train` |
| `seed` | `7` | int | `params.yaml` | – |

`/run -S train.lr=…` trains with another value; now it is `0.1`.

<!-- studio:reply:<ID> -->\
""")
    assert pull.reactions(comment) == ["eyes", "rocket"]


def test_params_can_be_filtered(pull: PullRequest) -> None:
    pull.comment("/params epo")
    reply = pull.reply
    assert "train.epochs" in reply
    assert "train.lr" not in reply


def test_help_tells_all_commands_and_each(pull: PullRequest) -> None:
    pull.comment("/help", by=World.reader)
    reply = pull.reply
    assert "/run" in reply
    assert "/params" in reply
    pull.comment("/studio help run")
    reply = pull.reply
    short, _, whole = reply.partition("<details>")
    assert "/run -S train.lr=0.01\n" in short and "/run train -f" in short
    assert "evaluate" not in short, "this project has no such stage"
    assert "model.depth" not in short
    assert len(short) < 700
    assert "--timeout" in whole


def test_every_problem_of_a_comment_is_named_in_one_reply(pull: PullRequest) -> None:
    comment = pull.comment("/run -S train.lrr=0.01 -S train.epochs=ten trian\n\n/prams")
    assert pull.reactions(comment) == ["eyes", "confused"]
    reply = pull.reply
    for part in ("^", "train.lr", "now `10`, a whole number", "/params"):
        assert part in reply
    assert pull.world.runner_port.trained == []


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("/run -S train.lr=${oc.env:HOME}", "${"),
        ("/run -S ../other.yaml:a=1", "params.yaml"),
        ("/run -S /etc/passwd:a=1", "params.yaml"),
        ("/run -S dvc.yaml:stages=1", "params.yaml"),
        ("/run -S train=1", "train.lr"),
        ("/run -n a/b", "a/b"),
        ("/run --tmep", "--temp"),
        ("/run --timeout soon", "soon"),
    ],
)
def test_hostile_and_mistaken_values_are_refused_before_anything_happens(
    pull: PullRequest, command: str, told: str
) -> None:
    comment = pull.comment(command)
    assert told in pull.reply
    assert pull.reactions(comment) == ["eyes", "confused"]
    assert pull.world.wired.ports.store.active() == []


def test_a_reader_may_look_and_not_act(pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01", by=World.reader)
    reply = pull.reply
    assert "write" in reply
    assert "read" in reply


def test_somebody_without_any_right_is_refused(pull: PullRequest) -> None:
    pull.comment("/params", by=World.outsider)
    assert "no access" in pull.reply


def test_bots_edits_and_deletions_command_nothing(world: World, pull: PullRequest) -> None:
    comment = pull.comment("nothing yet")
    world.sandbox.edit_comment(comment.id, "/run -S train.lr=0.01", "ada")
    world.sandbox.delete_comment(comment.id, "ada")
    pull.comment("/run -S train.lr=0.01", by="ml-studio[bot]")
    world.work()
    assert pull.new() == ["/run -S train.lr=0.01"]  # the bot's own words, that commanded nothing
    assert world.wired.ports.store.active() == []


def test_a_closed_pull_request_is_not_trained(world: World, pull: PullRequest) -> None:
    world.sandbox.close_pull("grace/digits", pull.number, "ada")
    pull.comment("/run -S train.lr=0.01")
    assert "closed" in pull.reply


def test_a_runner_that_does_not_admit_the_repository_says_why(world: World, pull: PullRequest) -> None:
    world.runner_port.refusal = "Install bubblewrap, or list it in TRUSTED_REPOSITORIES."
    pull.comment("/run -S train.lr=0.01")
    assert "TRUSTED" in pull.reply


def test_other_bots_commands_and_prose_are_left_alone(pull: PullRequest) -> None:
    for body in ("/deploy production", "I would /run this", "`/run`", "> /run -S a=1"):
        assert pull.reactions(pull.comment(body)) == []
