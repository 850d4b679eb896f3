"""An EC2 instance for one run: what EC2 is asked for, and what the instance runs when it starts."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from bot.engines import EngineError, Order
from experiments.place import Place

OWNER, RUN, ATTEMPT, EXPIRES = "studio-owner", "studio-run", "studio-attempt", "studio-expires"
LARGEST = 16_384  # bytes of user data that EC2 takes

# cloud-init runs it as root, once. It reads one line after the other, so the timer is armed before anything can fail.
_USER_DATA = """\
#!/bin/sh
shutdown -P +{minutes}
trap 'shutdown -P now' EXIT
umask 077
folder=$(mktemp -d)
cat > "$folder/run" <<'STUDIO'
{script}
STUDIO
sh "$folder/run" > /dev/console 2>&1 &
child=$!
trap 'kill -TERM $child 2>/dev/null' TERM INT
wait $child
wait $child
rm -rf "$folder"
"""


def user_data(order: Order) -> str:
    """Nothing in it is worth stealing once the machine has begun: its token is good once."""
    made = _USER_DATA.format(minutes=-(-order.seconds // 60), script=order.script.rstrip("\n"))
    if len(made.encode()) > LARGEST:
        raise EngineError(f"What the machine is to run takes {len(made.encode())} bytes; EC2 takes {LARGEST}.")
    return made


def request(
    order: Order, owner: str, image: Mapping[str, Any], subnet: str, spot: bool, groups: Sequence[str], profile: str
) -> dict[str, Any]:
    """The same to the letter for the same order, zone and market: that is what a ClientToken is good for."""
    tags = {"Name": order.name, OWNER: owner, RUN: order.run, ATTEMPT: str(order.attempt)}
    tags[EXPIRES] = f"{order.expires:.0f}"
    tagged = [{"Key": key, "Value": value} for key, value in tags.items()]
    choice = f"{owner}/{order.name}/{subnet}/{spot}/{order.expires:.0f}"
    wanted: dict[str, Any] = {
        "ImageId": image["ImageId"],
        "InstanceType": order.place.machine,
        "MinCount": 1,
        "MaxCount": 1,
        "ClientToken": hashlib.sha256(choice.encode()).hexdigest(),
        "UserData": user_data(order),
        "InstanceInitiatedShutdownBehavior": "terminate",
        "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1, "HttpEndpoint": "enabled"},
        "BlockDeviceMappings": _disks(image, order.place),
        "TagSpecifications": [{"ResourceType": kind, "Tags": tagged} for kind in ("instance", "volume")],
    }
    if subnet:
        wanted["SubnetId"] = subnet
    if groups:
        wanted["SecurityGroupIds"] = list(groups)
    if profile:
        wanted["IamInstanceProfile"] = {"Name": profile}
    if spot:
        options = {"SpotInstanceType": "one-time", "InstanceInterruptionBehavior": "terminate"}
        wanted["InstanceMarketOptions"] = {"MarketType": "spot", "SpotOptions": options}
    return wanted


def _disks(image: Mapping[str, Any], place: Place) -> list[dict[str, Any]]:
    """The root disk, and every other that the image brings along: by itself an image may let them stay when the
    machine goes."""
    brought = {each["DeviceName"]: each["Ebs"] for each in image.get("BlockDeviceMappings", []) if each.get("Ebs")}
    root = image["RootDeviceName"]
    first: dict[str, Any] = {"VolumeType": "gp3"}
    if place.disk:  # EC2 refuses one that is smaller than what is to be on it
        first["VolumeSize"] = max(place.disk, brought.get(root, {}).get("VolumeSize", 0))
    always = {"DeleteOnTermination": True, "Encrypted": True}
    others = [{"DeviceName": name, "Ebs": always} for name in brought if name != root]
    return [{"DeviceName": root, "Ebs": {**first, **always}}, *others]
