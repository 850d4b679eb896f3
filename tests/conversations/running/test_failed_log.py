"""What a failed report shows of the log: training's own last lines, and why in a sentence."""

from runners.agent.packages.installing import why
from tests.units.agent.test_agent_reasons import BUILD
from tests.world.runner import Machine
from tests.world.world import PullRequest, World

INSTALLED = "".join(f" + package-{number}==1.0\n" for number in range(80))
WHY = "The stage `train` ended with exit code 1: `KeyError: 'petal'`."


def fails(machine: Machine, own: str) -> None:
    machine.claim()
    machine.say("preparing", INSTALLED)
    said = {"state": "training", "offset": len(INSTALLED), "log": own, "live": "", "training": len(INSTALLED)}
    machine.post("beat", said)
    machine.done(1, WHY)


def test_the_installer_does_not_crowd_out_trainings_own_lines(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n first")
    world.runner.does(lambda machine: fails(machine, "epoch 1\nKeyError: 'petal'\n"))
    report = pull.report
    assert "KeyError" in report and "epoch 1\nKeyError: 'petal'" in report
    assert "package-79" not in report
    pull.comment("/logs first")
    reply = pull.reply
    assert "package-79" in reply and "epoch 1" in reply


def test_where_training_printed_nothing_what_came_before_is_shown(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n first")
    world.runner.does(lambda machine: fails(machine, ""))
    assert "package-79" in pull.report


def test_a_value_is_to_be_changed_only_where_one_was_set(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n first")
    world.runner.does(lambda machine: fails(machine, ""))
    assert "**Next:** change the value, or fix what the log shows and push" in pull.report
    pull.comment("/run -f -n second")
    world.runner.does(lambda machine: fails(machine, ""))
    report = pull.report
    assert "**Next:** fix what the log shows and push" in report and "change the value" not in report


def test_a_progress_bar_is_seen_while_it_moves(world: World, pull: PullRequest) -> None:
    def moves(machine: Machine) -> None:
        machine.claim()
        for percent in (10, 60):
            live = f"epoch 1  {percent}%\n"
            machine.post("beat", {"state": "training", "offset": 0, "log": "", "live": live, "training": 0})
            pull.comment("/logs first")
            assert f"epoch 1  {percent}%" in pull.reply
        machine.done(1, WHY)

    pull.comment("/run -S train.lr=0.01 -n first")
    world.runner.does(moves)
    assert "epoch 1  60%" in pull.report


def test_a_package_that_does_not_build_is_one_sentence_in_the_headline(world: World, pull: PullRequest) -> None:
    printed = INSTALLED + BUILD * 9
    reason = why(printed, "requirements.txt", "3.11.7")

    def ends(machine: Machine) -> None:
        machine.claim()
        machine.say("preparing", printed)
        machine.done(1, reason)

    pull.comment("/run -S train.lr=0.01 -n first")
    world.runner.does(ends)
    headline = next(line for line in pull.report.splitlines() if line.startswith("**"))
    assert "`old-thing==0.22` could not be built for Python 3.11.7: `ModuleNotFoundError: No module named" in headline
    assert len(headline) < 400 and "Traceback" not in headline
    pull.comment("/logs first")
    assert "Traceback" in pull.reply
