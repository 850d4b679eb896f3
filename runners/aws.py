"""AWS: one EC2 instance a run, by boto3, gone with its disk when its script ends."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import boto3
import botocore.exceptions
from botocore.config import Config

from bot.engines import Condition, EngineError, Machine, NoRoom, Order
from experiments.fleet import sizes
from experiments.fleet.runners import Aws
from experiments.place import Kind
from runners.aws_machine import user_data

OWNER, RUN, ATTEMPT, EXPIRES = "studio-owner", "studio-run", "studio-attempt", "studio-expires"
_CONFIG = Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard", "max_attempts": 4})
_FULL = ("InsufficientInstanceCapacity", "InsufficientHostCapacity", "SpotMaxPriceTooLow", "Unsupported")
_LATER = ("MaxSpotInstanceCountExceeded", "VcpuLimitExceeded", "InstanceLimitExceeded", "RequestLimitExceeded")
_BUSY = ("Throttling", "ThrottlingException", "ServiceUnavailable", "Unavailable", "InternalError", "InternalFailure")
_DENIED = ("UnauthorizedOperation", "AuthFailure", "InvalidClientTokenId", "AccessDenied", "ExpiredToken")
# What EC2 says where an instance was taken away (EC2 API Reference, StateReason).
_TAKEN = ("Server.SpotInstanceTermination", "Server.SpotInstanceShutdown", "Server.InternalError")
_CONDITIONS = {"pending": Condition.PENDING, "running": Condition.RUNNING, "stopping": Condition.RUNNING}


class AwsEngine:
    """See bot.engines.Engine. What is ours is known by its tags."""

    def __init__(self, runner: Aws, owner: str) -> None:
        self._runner = runner
        self._owner = owner
        self._regions = list(dict.fromkeys(sizes.region(Kind.AWS, each) for each in runner.regions))
        self._clients: dict[str, Any] = {}

    def launch(self, order: Order) -> Machine:
        """See the protocol. Spot first where it is asked for, in one zone after the other; then on demand, where that
        stays inside what the run may cost."""
        region, place = order.place.region, order.place
        if known := self._named(region, order.name):
            return known
        image = self._image(region)
        markets = [True, False] if place.spot else [False]
        full = ""
        for spot in markets:
            if place.spot and not spot and (why := _too_dear(order)):
                raise NoRoom(f"{full} {why}".strip())
            for subnet in self._of_region(self._runner.subnets, region) or [""]:
                request = self._request(order, image, subnet, spot)
                try:
                    with _understood(f"launch {place.machine} in {region}"):
                        answer = self._ec2(region).run_instances(**request)
                except _Full as error:
                    full = str(error)
                    continue
                return self._read(answer["Instances"][0], region)
        raise NoRoom(full)

    def status(self, machine: Machine) -> Machine:
        """See the protocol."""
        for region in self._regions:
            if known := self._named(region, machine.name):
                return known
        return Machine(machine.name, machine.id, machine.run, machine.attempt, Condition.ENDED, machine.expires)

    def cancel(self, machine: Machine, grace: int = 30) -> None:
        """See the protocol. EC2 presses the machine's power button and takes it away when that takes too long: the
        time for it is EC2's own, whatever `grace` is."""
        for region in self._regions:
            if known := self._named(region, machine.name):
                with _understood(f"terminate {known.id}"):
                    self._ec2(region).terminate_instances(InstanceIds=[known.id])

    def logs(self, machine: Machine, offset: int = 0) -> str:
        """See the protocol. EC2 keeps the console's last 64 KB, and brings them up to date every few minutes."""
        for region in self._regions:
            if known := self._named(region, machine.name):
                with _understood(f"read the console of {known.id}"):
                    answer = self._ec2(region).get_console_output(InstanceId=known.id)
                return str(answer.get("Output", "")).encode()[offset:].decode(errors="replace")  # boto3 has decoded it
        return ""

    def list_owned(self) -> Sequence[Machine]:
        """See the protocol."""
        alive = {"Name": "instance-state-name", "Values": [*_CONDITIONS, "shutting-down", "stopped"]}
        found = (each for region in self._regions for each in self._described(region, alive))
        return [machine for machine in found if machine.condition is not Condition.ENDED]

    def _named(self, region: str, name: str) -> Machine | None:
        """Also one that has ended: EC2 remembers it for about an hour, and its ClientToken for longer."""
        found = list(self._described(region, {"Name": "tag:Name", "Values": [name]}))
        alive = [machine for machine in found if machine.condition is not Condition.ENDED]
        return next(iter([*alive, *found]), None)

    def _described(self, region: str, *filters: dict[str, Any]) -> Iterator[Machine]:
        ours = {"Name": f"tag:{OWNER}", "Values": [self._owner]}
        with _understood(f"look at machines in {region}"):
            pages = self._ec2(region).get_paginator("describe_instances").paginate(Filters=[ours, *filters])
            for page in pages:
                for reservation in page["Reservations"]:
                    for instance in reservation["Instances"]:
                        yield self._read(instance, region)

    def _request(self, order: Order, image: dict[str, Any], subnet: str, spot: bool) -> dict[str, Any]:
        """The same to the letter for the same order, zone and market: that is what a ClientToken is good for."""
        place, runner = order.place, self._runner
        tags = {"Name": order.name, OWNER: self._owner, RUN: order.run, ATTEMPT: str(order.attempt)}
        tags[EXPIRES] = f"{order.expires:.0f}"
        tagged = [{"Key": key, "Value": value} for key, value in tags.items()]
        disk: dict[str, Any] = {"DeleteOnTermination": True, "Encrypted": True, "VolumeType": "gp3"}
        if place.disk:
            disk["VolumeSize"] = place.disk
        token = hashlib.sha256(f"{self._owner}/{order.name}/{subnet}/{spot}/{order.expires:.0f}".encode()).hexdigest()
        request = {
            "ImageId": image["ImageId"],
            "InstanceType": place.machine,
            "MinCount": 1,
            "MaxCount": 1,
            "ClientToken": token,
            "UserData": user_data(order),
            "InstanceInitiatedShutdownBehavior": "terminate",
            "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1, "HttpEndpoint": "enabled"},
            "BlockDeviceMappings": [{"DeviceName": image["RootDeviceName"], "Ebs": disk}],
            "TagSpecifications": [{"ResourceType": kind, "Tags": tagged} for kind in ("instance", "volume")],
        }
        if subnet:
            request["SubnetId"] = subnet
        if groups := self._of_region(runner.security_groups, order.place.region):
            request["SecurityGroupIds"] = list(groups)
        if runner.instance_profile:
            request["IamInstanceProfile"] = {"Name": runner.instance_profile}
        if spot:
            options = {"SpotInstanceType": "one-time", "InstanceInterruptionBehavior": "terminate"}
            request["InstanceMarketOptions"] = {"MarketType": "spot", "SpotOptions": options}
        return request

    def _image(self, region: str) -> dict[str, Any]:
        (image,) = self._of_region({name: [each] for name, each in self._runner.images.items()}, region) or [""]
        with _understood(f"look at the image {image}"):
            found = self._ec2(region).describe_images(ImageIds=[image])["Images"]
        if not found:
            raise EngineError(f"There is no image `{image}` in {region}.")
        return dict(found[0])

    def _of_region(self, named: Any, region: str) -> Sequence[str]:
        """By CML's word for it or the vendor's."""
        return next((each for name, each in named.items() if sizes.region(Kind.AWS, name) == region), ())

    def _ec2(self, region: str) -> Any:
        if region not in self._clients:
            try:
                session = boto3.session.Session(profile_name=self._runner.profile or None, region_name=region)
                self._clients[region] = session.client("ec2", config=_CONFIG)
            except botocore.exceptions.BotoCoreError as error:
                raise EngineError(f"The bot's AWS configuration is not right: {error}") from error
        return self._clients[region]

    def _read(self, instance: dict[str, Any], region: str) -> Machine:
        tags = {each["Key"]: each["Value"] for each in instance.get("Tags", [])}
        reason = instance.get("StateReason", {})
        condition = _CONDITIONS.get(instance["State"]["Name"], Condition.ENDED)
        ended = condition is Condition.ENDED
        return Machine(
            tags.get("Name", ""),
            instance["InstanceId"],
            tags.get(RUN, ""),
            int(tags.get(ATTEMPT, "0")),
            condition,
            float(tags.get(EXPIRES, "0")),
            zone=instance.get("Placement", {}).get("AvailabilityZone", region),
            spot=instance.get("InstanceLifecycle") == "spot",
            interrupted=ended and reason.get("Code", "") in _TAKEN,
            said=f"EC2 says {reason.get('Message', '').lower()}" if ended and reason.get("Message") else "",
        )


class _Full(Exception):
    """Not in this zone, or not in this market."""


@contextmanager
def _understood(doing: str) -> Iterator[None]:
    """What AWS says, in a sentence: without account numbers and request ids, which its messages are full of."""
    try:
        yield
    except botocore.exceptions.ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _FULL:
            raise _Full(f"EC2 has no room to {doing} now ({code}).") from error
        if code in (*_LATER, *_BUSY):
            raise NoRoom(f"EC2 will not {doing} now ({code}).") from error
        if code in _DENIED:
            raise EngineError(
                f"The bot may not {doing} ({code}): docs/runners/aws.md has the policy that its credentials need."
            ) from error
        raise EngineError(f"EC2 would not {doing}: {code}.") from error
    except botocore.exceptions.NoCredentialsError as error:
        raise EngineError(f"The bot has no AWS credentials to {doing}: docs/runners/aws.md tells where.") from error
    except botocore.exceptions.BotoCoreError as error:
        raise NoRoom(f"EC2 can't be reached to {doing} ({type(error).__name__}).") from error


def _too_dear(order: Order) -> str:
    """Why it may not be on demand in the place of spot; empty where it may."""
    place, hours = order.place, order.seconds / 3600
    if not place.price_on_demand:
        return "It waits for a spot machine: on demand is not allowed, or nobody said what it costs."
    if place.cap and place.price_on_demand * hours > place.cap:
        dear = f"{place.price_on_demand * hours:.2f} {place.currency}"
        return f"It waits for a spot machine: on demand it may cost {dear}, and {place.cap:.2f} are allowed."
    return ""
