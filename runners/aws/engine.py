"""The AWS engine: one EC2 instance for each run, which is deleted with its disk when its script ends."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import boto3
import botocore.exceptions
from botocore.config import Config

from bot.ports.engines import Condition, EngineError, Machine, NoRoom, Order
from experiments.fleet import sizes
from experiments.fleet.runners import Aws
from experiments.placement import EngineKind
from runners.aws.answers import UNSUPPORTED, Full, plain, understood
from runners.aws.request import ATTEMPT, EXPIRES, OWNER, RUN, request

PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0)  # seconds between looks, until EC2's lists show the instance that it launched
_CONFIG = Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard", "max_attempts": 4})
# EC2 gives these reasons for an instance that was taken away or never came (EC2 API Reference, StateReason).
_TAKEN = (
    "Server.InsufficientInstanceCapacity",
    "Server.InternalError",
    "Server.SpotInstanceShutdown",
    "Server.SpotInstanceTermination",
)
# The script ended, or could not begin. The console says more about it than this reason does.
_BY_ITSELF = "Client.InstanceInitiatedShutdown"
# A stopped instance has not ended: it still exists, and its disk costs money.
_CONDITIONS = {
    "pending": Condition.PENDING,
    "running": Condition.RUNNING,
    "stopping": Condition.RUNNING,
    "stopped": Condition.RUNNING,
}


class AwsEngine:
    """Launches and ends EC2 instances, as bot.ports.engines.Engine says. It knows its own instances by their tags."""

    def __init__(self, runner: Aws, owner: str) -> None:
        self._runner = runner
        self._owner = owner
        self._regions = list(dict.fromkeys(sizes.region(EngineKind.AWS, each) for each in runner.regions))
        self._clients: dict[str, Any] = {}

    def launch(self, order: Order) -> Machine:
        """Launch the order's machine, as the protocol says.

        Where spot is asked for, each zone is tried for a spot machine first. Then each zone is tried on demand, if that
        costs no more than the run may cost.
        """
        region, place = sizes.region(EngineKind.AWS, order.place.region), order.place
        if known := self._named(region, order.name):
            return known[0]
        image = self._image(region)
        refusals: list[Full] = []
        for spot in [True, False] if place.spot else [False]:
            if place.spot and not spot and (why := _too_expensive(order)):
                raise _no_room(order, refusals, why)
            for subnet in self._zones(region, order.attempt):
                try:
                    return self._run(order, region, image, subnet, spot)
                except Full as full:
                    refusals.append(full)
        raise _no_room(order, refusals)

    def status(self, machine: Machine) -> Machine:
        """Return the machine as EC2 sees it now, as the protocol says."""
        for region in self._near(machine):
            if known := self._named(region, machine.name):
                return known[0]
        return Machine(machine.name, machine.id, machine.run, machine.attempt, Condition.ENDED, machine.expires)

    def cancel(self, machine: Machine, grace: int = 30) -> None:
        """Terminate the machine, as the protocol says.

        EC2 shuts the machine down and cuts its power when that takes too long. EC2 itself sets the time for it: `grace`
        has no effect.
        """
        for region in self._near(machine):
            if known := self._named(region, machine.name):
                # Terminate every instance of that name: should there ever be two, neither may stay.
                for each in known:
                    if each.condition is not Condition.ENDED:
                        self._terminate(region, each.id)
                return

    def logs(self, machine: Machine, offset: int = 0) -> str:
        """Return the console's output, as the protocol says.

        EC2 keeps the last 64 KB and updates them every few minutes.
        """
        for region in self._near(machine):
            if known := self._named(region, machine.name):
                with understood(f"read the console of {known[0].id}"):
                    answer = self._ec2(region).get_console_output(InstanceId=known[0].id)
                return str(answer.get("Output", "")).encode()[offset:].decode(errors="replace")  # boto3 has decoded it
        return ""

    def list_owned(self) -> Sequence[Machine]:
        """Return our machines in all regions that have not ended, as the protocol says."""
        alive = {"Name": "instance-state-name", "Values": list(_CONDITIONS)}
        return [each for region in self._regions for each in self._described(region, alive)]

    def _run(self, order: Order, region: str, image: Mapping[str, Any], subnet: str, spot: bool) -> Machine:
        """Launch the machine in one zone and market, and wait until EC2's lists show it."""
        groups = self._of_region(self._runner.security_groups, region) or ()
        wanted = request(order, self._owner, image, subnet, spot, groups, self._runner.instance_profile)
        with understood(f"launch {order.place.machine} in {region}"):
            answer = self._ec2(region).run_instances(**wanted)
        machine = _read(answer["Instances"][0], region)
        for pause in PAUSES:  # EC2's lists lag behind its launches: what they miss would be taken for gone
            time.sleep(pause)
            try:
                if self._named(region, machine.name):
                    break
            except NoRoom:  # it is launched, whether or not EC2 can be asked about it now
                break
        return machine

    def _terminate(self, region: str, instance: str) -> None:
        with understood(f"terminate {instance}"):
            try:
                self._ec2(region).terminate_instances(InstanceIds=[instance])
            except botocore.exceptions.ClientError as error:
                if error.response.get("Error", {}).get("Code") != "InvalidInstanceID.NotFound":  # EC2 has forgotten it
                    raise

    def _named(self, region: str, name: str) -> list[Machine]:
        """Return our machines of that name; those that have ended come last.

        EC2 remembers an ended instance for about an hour, and its ClientToken for a day.
        """
        found = self._described(region, {"Name": "tag:Name", "Values": [name]})
        return sorted(found, key=lambda machine: machine.condition is Condition.ENDED)

    def _described(self, region: str, *filters: dict[str, Any]) -> Iterator[Machine]:
        ours = {"Name": f"tag:{OWNER}", "Values": [self._owner]}
        with understood(f"look at machines in {region}"):
            pages = self._ec2(region).get_paginator("describe_instances").paginate(Filters=[ours, *filters])
            for page in pages:
                for reservation in page["Reservations"]:
                    for instance in reservation["Instances"]:
                        yield _read(instance, region)

    def _image(self, region: str) -> Mapping[str, Any]:
        image = self._of_region(self._runner.images, region)
        if image is None:
            raise EngineError(f"No image is named for {region}: its operator can, as `images` of the runner.")
        with understood(f"look at the image {image} in {region}"):
            found = self._ec2(region).describe_images(ImageIds=[image])["Images"]
        if not found:
            raise EngineError(f"There is no image `{image}` in {region}.")
        return dict(found[0])

    def _zones(self, region: str, attempt: int) -> Sequence[str]:
        """Return the subnets in the order in which they are tried.

        Each attempt begins with the next one: a run whose machine was taken away tries another zone first.
        """
        subnets = list(self._of_region(self._runner.subnets, region) or [""])
        first = (attempt - 1) % len(subnets)
        return [*subnets[first:], *subnets[:first]]

    def _near(self, machine: Machine) -> Sequence[str]:
        """Return all regions, the machine's own first, so that an outage in another region cannot hide the machine."""
        return sorted(self._regions, key=lambda region: not machine.zone.startswith(region))

    def _of_region(self, named: Mapping[str, Any], region: str) -> Any:
        """Return what the operator gave for a region, by CML's name for it or AWS's; None where there is nothing."""
        return next((each for name, each in named.items() if sizes.region(EngineKind.AWS, name) == region), None)

    def _ec2(self, region: str) -> Any:
        if region not in self._clients:
            try:
                session = boto3.session.Session(profile_name=self._runner.profile or None, region_name=region)
                self._clients[region] = session.client("ec2", config=_CONFIG)
            except botocore.exceptions.BotoCoreError as error:
                raise EngineError(f"The bot's AWS configuration is not right: {error}") from error
        return self._clients[region]


def _read(instance: Mapping[str, Any], region: str) -> Machine:
    tags = {each["Key"]: each["Value"] for each in instance.get("Tags", [])}
    code, message = (str(instance.get("StateReason", {}).get(key, "")) for key in ("Code", "Message"))
    condition = _CONDITIONS.get(instance["State"]["Name"], Condition.ENDED)
    ended = condition is Condition.ENDED
    sentence = plain(message.removeprefix(f"{code}: ")) if ended and code != _BY_ITSELF else ""
    return Machine(
        tags.get("Name", ""),
        instance["InstanceId"],
        tags.get(RUN, ""),
        int(tags.get(ATTEMPT, "0")),
        condition,
        float(tags.get(EXPIRES, "0")),
        zone=instance.get("Placement", {}).get("AvailabilityZone", region),
        spot=instance.get("InstanceLifecycle") == "spot",
        interrupted=ended and code in _TAKEN,
        message=f"EC2 says {sentence[0].lower()}{sentence[1:]}" if sentence else "",
    )


def _no_room(order: Order, refusals: Sequence[Full], why: str = "") -> Exception:
    """Return the exception to raise where every zone and market was refused: EngineError or NoRoom."""
    if all(each.code == UNSUPPORTED for each in refusals):
        market = " as a spot machine" if why else ""
        return EngineError(f"EC2 has no {order.place.machine} in {order.place.region}{market}: choose another machine.")
    return NoRoom(f"{refusals[-1]} {why}".strip())


def _too_expensive(order: Order) -> str:
    """Return why the order may not run on demand in place of spot; empty where it may."""
    place, hours = order.place, order.seconds / 3600
    if not place.price_on_demand:
        return "It waits for a spot machine: on demand is not allowed, or nobody said what it costs."
    if place.cap and place.price_on_demand * hours > place.cap:
        cost = f"{place.price_on_demand * hours:.2f} {place.currency}"
        return f"It waits for a spot machine: on demand it may cost {cost}, and {place.cap:.2f} are allowed."
    return ""
