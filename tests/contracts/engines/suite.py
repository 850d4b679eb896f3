"""What every engine does. A test module of an engine subclasses `EngineSuite` and has a fixture `floor`."""

from bot.ports.engines import Condition
from tests.contracts.engines.stand import Floor

WAITS = "trap 'echo told > {told}; exit 0' TERM; echo begun > {begun}; while :; do sleep 0.1; done"


class EngineSuite:
    """The contract of bot/ports/engines.py."""

    def test_what_it_is_given_runs_and_ends(self, floor: Floor) -> None:
        mark = floor.folder / "ran"
        machine = floor.launch(f"echo from the machine > {mark}")
        ended = floor.becomes(machine, Condition.ENDED)
        assert mark.read_text() == "from the machine\n"
        assert (ended.name, ended.run, ended.attempt, ended.interrupted) == (machine.name, machine.run, 1, False)
        floor.until(lambda: not floor.names())

    def test_a_machine_is_launched_once_however_often_it_is_asked_for(self, floor: Floor) -> None:
        begun = floor.folder / "begun"
        order = floor.order(f"echo x >> {begun}; while :; do sleep 0.1; done")
        first, second = floor.engine.launch(order), floor.engine.launch(order)
        assert first.id == second.id
        floor.until(begun.exists)
        assert floor.engine.launch(order).id == first.id
        assert floor.names() == [order.name]
        assert begun.read_text() == "x\n"

    def test_one_that_has_ended_is_not_started_again(self, floor: Floor) -> None:
        ran = floor.folder / "ran"
        order = floor.order(f"echo x >> {ran}")
        machine = floor.engine.launch(order)
        floor.becomes(machine, Condition.ENDED)
        floor.engine.launch(order)
        floor.until(lambda: not floor.names())
        assert ran.read_text() == "x\n"

    def test_what_is_cancelled_is_told_and_ends(self, floor: Floor) -> None:
        told, begun = floor.folder / "told", floor.folder / "begun"
        machine = floor.launch(WAITS.format(told=told, begun=begun))
        floor.until(begun.exists)
        floor.engine.cancel(machine, 10)
        floor.becomes(machine, Condition.ENDED)
        floor.until(lambda: told.exists() and told.read_text() == "told\n")
        floor.engine.cancel(machine)
        assert not floor.names()

    def test_what_does_not_hear_is_ended_all_the_same(self, floor: Floor) -> None:
        begun = floor.folder / "begun"
        machine = floor.launch(f"trap '' TERM; echo > {begun}; while :; do sleep 0.1; done")
        floor.until(begun.exists)
        floor.engine.cancel(machine, 1)
        floor.becomes(machine, Condition.ENDED)

    def test_it_ends_by_itself_at_its_limit(self, floor: Floor) -> None:
        machine = floor.launch("while :; do sleep 0.1; done", floor.stand.shortest or 2)
        floor.until(lambda: floor.engine.status(machine).condition is Condition.ENDED, 180)

    def test_what_others_own_is_neither_seen_nor_touched(self, floor: Floor) -> None:
        begun = floor.folder / "begun"
        machine = floor.launch(f"echo > {begun}; while :; do sleep 0.1; done")
        floor.until(begun.exists)
        assert not floor.stand.of("others").list_owned()
        assert floor.names() == [machine.name]

    def test_owned_ones_tell_whose_they_are_and_until_when(self, floor: Floor) -> None:
        order = floor.order("while :; do sleep 0.1; done")
        floor.engine.launch(order)
        (machine,) = floor.engine.list_owned()
        assert (machine.run, machine.attempt) == (order.run, order.attempt)
        assert machine.expires == 0 or abs(machine.expires - order.expires) < 120

    def test_what_its_script_printed_can_be_read(self, floor: Floor) -> None:
        machine = floor.launch("echo one; echo two >&2; while :; do sleep 0.1; done")
        floor.until(lambda: "two" in floor.engine.logs(machine))
        whole = floor.engine.logs(machine)
        assert "one\n" in whole
        assert floor.engine.logs(machine, len(whole.encode()) - 4).endswith(whole[-4:])
