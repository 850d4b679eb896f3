"""An engine that launches machines which a test controls."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.ports.engines import Condition, EngineError, Machine, NoRoom, Order
from tests.world.runner import Machine as Agent
from tests.world.runner import Script

if TYPE_CHECKING:
    from tests.world.world import World


class Killed(BaseException):
    """Stands for a SIGKILL to the bot: none of the bot's code runs after it."""


class ScriptedEngine:
    """The Engine of the tests."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.orders: list[Order] = []
        self.machines: dict[str, Machine] = {}
        self.no_room = ""
        self.refuses = ""
        self.dies = ""  # before | after: the bot, at the call
        self.queued = ""  # why a machine waits, where it does
        self.meanwhile: Callable[[], object] = lambda: None  # before the bot has the answer to its launch
        self.cancelled: list[str] = []
        self.again: set[str] = set()  # have ended, and are in the queue of a cluster another time

    def launch(self, order: Order) -> Machine:
        """See the port."""
        if self.no_room:
            raise NoRoom(self.no_room)
        if self.refuses:
            raise EngineError(self.refuses)
        if self.dies == "before":
            raise Killed
        self.orders.append(order)
        if order.name not in self.machines:
            number = len(self.machines) + 1
            self.machines[order.name] = Machine(
                order.name,
                f"i-{number}",
                order.run,
                order.attempt,
                Condition.PENDING if self.queued else Condition.RUNNING,
                0.0 if self.queued else order.expires,
                spot=order.place.spot,
                message=self.queued,
            )
        if self.dies == "after":
            raise Killed
        self.meanwhile()
        return self.machines[order.name]

    def status(self, machine: Machine) -> Machine:
        """See the port."""
        return self.machines.get(machine.name, replace(machine, condition=Condition.ENDED))

    def cancel(self, machine: Machine, grace: int = 30) -> None:
        """See the port."""
        self.cancelled.append(machine.name)
        self.again.discard(machine.name)
        self.ends(machine.name)

    def logs(self, machine: Machine, offset: int = 0) -> str:
        """See the port."""
        return ""

    def list_owned(self) -> Sequence[Machine]:
        """See the port."""
        alive = [name for name, each in self.machines.items() if each.condition is not Condition.ENDED]
        return [self.machines[name] for name in (*alive, *self.again)]

    def starts(self) -> None:
        """Start the jobs that wait in the queue of a cluster."""
        for name, each in self.machines.items():
            self.machines[name] = replace(each, condition=Condition.RUNNING, message="")

    def ends(self, name: str = "", interrupted: bool = False, message: str = "") -> None:
        """End a machine, the newest where none is named."""
        name = name or list(self.machines)[-1]
        gone = replace(self.machines[name], condition=Condition.ENDED, interrupted=interrupted, message=message)
        self.machines[name] = gone

    def boots(self, script: Script) -> None:
        """The newest machine runs what it was given: its agent gets the key, and does this."""
        agent = self.agent()
        script(agent)
        self.ends()
        self.world.work()

    def agent(self, number: int = -1) -> Agent:
        """Return the agent on that machine, or on the newest, with the key to its run."""
        message = self.bootstrap(number)
        answer = self.exchange(message)
        assert answer.status_code == 204, answer.text
        return Agent(self.world.web, message["run"], _key(message))

    def bootstrap(self, number: int = -1) -> dict[str, Any]:
        """Return what the script of a machine, or of the newest, passes to the agent."""
        found = re.search(r"<<'END'\n(\{.*\})\nEND\n$", self.orders[number].script)
        assert found, self.orders[number].script
        return dict(json.loads(found[1]))

    def exchange(self, message: dict[str, Any], key: str = "") -> Any:
        """Spend the one-use token to register the agent's key as that of the attempt."""
        headers = {"Authorization": f"Bearer {message['boot']}"}
        body = {
            "attempt": message["attempt"],
            "key_sha256": hashlib.sha256((key or _key(message)).encode()).hexdigest(),
        }
        return self.world.web.post(f"/api/runs/{message['run']}/boot", json=body, headers=headers)


def _key(message: dict[str, Any]) -> str:
    """Return the key that the agent of this machine makes."""
    return f"key of {message['run']}, {message['attempt']}"
