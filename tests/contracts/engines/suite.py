"""Test what every engine does. A test module of an engine subclasses `EngineSuite` and has a fixture `launcher`."""

from bot.ports.engines import Condition
from tests.contracts.engines.backend import Launcher

WAITS = "trap 'echo notified > {notified}; exit 0' TERM; echo begun > {begun}; while :; do sleep 0.1; done"


class EngineSuite:
    """Hold an engine to the contract of bot/ports/engines.py."""

    def test_a_script_runs_and_its_machine_ends(self, launcher: Launcher) -> None:
        mark = launcher.folder / "ran"
        machine = launcher.launch(f"echo from the machine > {mark}")
        ended = launcher.becomes(machine, Condition.ENDED)
        assert mark.read_text() == "from the machine\n"
        assert (ended.name, ended.run, ended.attempt, ended.interrupted) == (machine.name, machine.run, 1, False)
        launcher.until(lambda: not launcher.names())

    def test_a_machine_is_launched_once_however_often_it_is_ordered(self, launcher: Launcher) -> None:
        begun = launcher.folder / "begun"
        order = launcher.order(f"echo x >> {begun}; while :; do sleep 0.1; done")
        first, second = launcher.engine.launch(order), launcher.engine.launch(order)
        assert first.id == second.id
        launcher.until(begun.exists)
        assert launcher.engine.launch(order).id == first.id
        assert launcher.names() == [order.name]
        assert begun.read_text() == "x\n"

    def test_an_ended_machine_is_not_started_again(self, launcher: Launcher) -> None:
        ran = launcher.folder / "ran"
        order = launcher.order(f"echo x >> {ran}")
        machine = launcher.engine.launch(order)
        launcher.becomes(machine, Condition.ENDED)
        launcher.engine.launch(order)
        launcher.until(lambda: not launcher.names())
        assert ran.read_text() == "x\n"

    def test_a_cancelled_machine_is_told_and_ends(self, launcher: Launcher) -> None:
        notified, begun = launcher.folder / "notified", launcher.folder / "begun"
        machine = launcher.launch(WAITS.format(notified=notified, begun=begun))
        launcher.until(begun.exists)
        launcher.engine.cancel(machine, 10)
        launcher.becomes(machine, Condition.ENDED)
        launcher.until(lambda: notified.exists() and notified.read_text() == "notified\n")
        launcher.engine.cancel(machine)
        assert not launcher.names()

    def test_a_machine_that_ignores_the_signal_is_ended_too(self, launcher: Launcher) -> None:
        begun = launcher.folder / "begun"
        machine = launcher.launch(f"trap '' TERM; echo > {begun}; while :; do sleep 0.1; done")
        launcher.until(begun.exists)
        launcher.engine.cancel(machine, 1)
        launcher.becomes(machine, Condition.ENDED)

    def test_a_machine_ends_by_itself_at_its_limit(self, launcher: Launcher) -> None:
        machine = launcher.launch("while :; do sleep 0.1; done", launcher.backend.shortest or 2)
        launcher.until(lambda: launcher.engine.status(machine).condition is Condition.ENDED, 180)

    def test_machines_of_other_owners_are_neither_listed_nor_ended(self, launcher: Launcher) -> None:
        begun = launcher.folder / "begun"
        machine = launcher.launch(f"echo > {begun}; while :; do sleep 0.1; done")
        launcher.until(begun.exists)
        assert not launcher.backend.of("others").list_owned()
        assert launcher.names() == [machine.name]

    def test_a_listed_machine_names_its_owner_and_its_limit(self, launcher: Launcher) -> None:
        order = launcher.order("while :; do sleep 0.1; done")
        launcher.engine.launch(order)
        (machine,) = launcher.engine.list_owned()
        assert (machine.run, machine.attempt) == (order.run, order.attempt)
        assert machine.expires == 0 or abs(machine.expires - order.expires) < 120

    def test_the_output_of_a_script_can_be_read(self, launcher: Launcher) -> None:
        machine = launcher.launch("echo one; echo two >&2; while :; do sleep 0.1; done")
        launcher.until(lambda: "two" in launcher.engine.logs(machine))
        whole = launcher.engine.logs(machine)
        assert "one\n" in whole
        assert launcher.engine.logs(machine, len(whole.encode()) - 4).endswith(whole[-4:])
