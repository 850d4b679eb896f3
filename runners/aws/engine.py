"""AWS: one EC2 instance a run, by boto3, gone with its disk when its script ends."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import boto3
import botocore.exceptions
from botocore.config import Config

from bot.ports.engines import Condition, EngineError, Machine, NoRoom, Order
from experiments.fleet import sizes
from experiments.fleet.runners import Aws
from experiments.placement import Kind
from runners.aws.answers import UNSUPPORTED, Full, plain, understood
from runners.aws.request import ATTEMPT, EXPIRES, OWNER, RUN, request

PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0)  # seconds until EC2's lists have to know what EC2 launched
_CONFIG = Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard", "max_attempts": 4})
# What EC2 says where an instance was taken away, or never came (EC2 API Reference, StateReason).
_TAKEN = (
    "Server.InsufficientInstanceCapacity",
    "Server.InternalError",
    "Server.SpotInstanceShutdown",
    "Server.SpotInstanceTermination",
)
# Its script was through, or could not begin: its console says more than these words of EC2's.
_BY_ITSELF = "Client.InstanceInitiatedShutdown"
# One that somebody stopped is there still, and its disk costs: it has not ended.
_CONDITIONS = {
    "pending": Condition.PENDING,
    "running": Condition.RUNNING,
    "stopping": Condition.RUNNING,
    "stopped": Condition.RUNNING,
}


class AwsEngine:
    """See bot.ports.engines.Engine. What is ours is known by its tags."""

    def __init__(self, runner: Aws, owner: str) -> None:
        self._runner = runner
        self._owner = owner
        self._regions = list(dict.fromkeys(sizes.region(Kind.AWS, each) for each in runner.regions))
        self._clients: dict[str, Any] = {}

    def launch(self, order: Order) -> Machine:
        """See the protocol. Spot first where it is asked for, in one zone after the other; then on demand, where that
        stays inside what the run may cost."""
        region, place = sizes.region(Kind.AWS, order.place.region), order.place
        if known := self._named(region, order.name):
            return known[0]
        image = self._image(region)
        refusals: list[Full] = []
        for spot in [True, False] if place.spot else [False]:
            if place.spot and not spot and (why := _too_dear(order)):
                raise _no_room(order, refusals, why)
            for subnet in self._zones(region, order.attempt):
                try:
                    return self._run(order, region, image, subnet, spot)
                except Full as full:
                    refusals.append(full)
        raise _no_room(order, refusals)

    def status(self, machine: Machine) -> Machine:
        """See the protocol."""
        for region in self._near(machine):
            if known := self._named(region, machine.name):
                return known[0]
        return Machine(machine.name, machine.id, machine.run, machine.attempt, Condition.ENDED, machine.expires)

    def cancel(self, machine: Machine, grace: int = 30) -> None:
        """See the protocol. EC2 presses the machine's power button and takes it away when that takes too long: the
        time for it is EC2's own, whatever `grace` is."""
        for region in self._near(machine):
            if known := self._named(region, machine.name):
                # All of that name: should there ever be two, none of them is to stay.
                for each in known:
                    if each.condition is not Condition.ENDED:
                        self._terminate(region, each.id)
                return

    def logs(self, machine: Machine, offset: int = 0) -> str:
        """See the protocol. EC2 keeps the console's last 64 KB, and brings them up to date every few minutes."""
        for region in self._near(machine):
            if known := self._named(region, machine.name):
                with understood(f"read the console of {known[0].id}"):
                    answer = self._ec2(region).get_console_output(InstanceId=known[0].id)
                return str(answer.get("Output", "")).encode()[offset:].decode(errors="replace")  # boto3 has decoded it
        return ""

    def list_owned(self) -> Sequence[Machine]:
        """See the protocol."""
        alive = {"Name": "instance-state-name", "Values": list(_CONDITIONS)}
        return [each for region in self._regions for each in self._described(region, alive)]

    def _run(self, order: Order, region: str, image: Mapping[str, Any], subnet: str, spot: bool) -> Machine:
        """One choice of zone and market."""
        groups = self._of_region(self._runner.security_groups, region) or ()
        wanted = request(order, self._owner, image, subnet, spot, groups, self._runner.instance_profile)
        with understood(f"launch {order.place.machine} in {region}"):
            answer = self._ec2(region).run_instances(**wanted)
        machine = _read(answer["Instances"][0], region)
        for pause in PAUSES:  # EC2's lists come after its launches, and what they don't know would be taken for gone
            time.sleep(pause)
            try:
                if self._named(region, machine.name):
                    break
            except NoRoom:  # it is launched, whether it can be looked at now or not
                break
        return machine

    def _terminate(self, region: str, instance: str) -> None:
        with understood(f"terminate {instance}"):
            try:
                self._ec2(region).terminate_instances(InstanceIds=[instance])
            except botocore.exceptions.ClientError as error:
                if error.response.get("Error", {}).get("Code") != "InvalidInstanceID.NotFound":  # forgotten meanwhile
                    raise

    def _named(self, region: str, name: str) -> list[Machine]:
        """Also one that has ended, after those that have not: EC2 remembers it for about an hour, and its ClientToken
        for a day."""
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
        """Subnets in the order they are tried in: what was taken away in one zone begins again in the next."""
        subnets = list(self._of_region(self._runner.subnets, region) or [""])
        first = (attempt - 1) % len(subnets)
        return [*subnets[first:], *subnets[:first]]

    def _near(self, machine: Machine) -> Sequence[str]:
        """Its own region first, so that another one that is away keeps nobody from it."""
        return sorted(self._regions, key=lambda region: not machine.zone.startswith(region))

    def _of_region(self, named: Mapping[str, Any], region: str) -> Any:
        """By CML's word for it or the vendor's; None where nothing is named."""
        return next((each for name, each in named.items() if sizes.region(Kind.AWS, name) == region), None)

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
    said = plain(message.removeprefix(f"{code}: ")) if ended and code != _BY_ITSELF else ""
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
        said=f"EC2 says {said[0].lower()}{said[1:]}" if said else "",
    )


def _no_room(order: Order, refusals: Sequence[Full], why: str = "") -> Exception:
    """What is said where every choice was refused."""
    if all(each.code == UNSUPPORTED for each in refusals):
        market = " as a spot machine" if why else ""
        return EngineError(f"EC2 has no {order.place.machine} in {order.place.region}{market}: choose another machine.")
    return NoRoom(f"{refusals[-1]} {why}".strip())


def _too_dear(order: Order) -> str:
    """Why it may not be on demand in the place of spot; empty where it may."""
    place, hours = order.place, order.seconds / 3600
    if not place.price_on_demand:
        return "It waits for a spot machine: on demand is not allowed, or nobody said what it costs."
    if place.cap and place.price_on_demand * hours > place.cap:
        dear = f"{place.price_on_demand * hours:.2f} {place.currency}"
        return f"It waits for a spot machine: on demand it may cost {dear}, and {place.cap:.2f} are allowed."
    return ""
