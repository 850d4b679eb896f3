"""Builds the request to EC2 for one run, and the script that the instance runs when it starts."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from bot.ports.engines import EngineError, Order
from experiments.placement import Placement

OWNER, RUN, ATTEMPT, EXPIRES = "studio-owner", "studio-run", "studio-attempt", "studio-expires"
LARGEST = 16_384  # bytes of user data that EC2 accepts

# Training never runs as root. What the image keeps for the agent in root's home is handed to the agent's user. setpriv
# replaces itself with the agent, so no parent is left that would end the agent before it has said how the run ended.
USER = "studio-agent"
BECOME = f"""\
id -u {USER} > /dev/null 2>&1 || useradd --create-home --user-group --shell /bin/sh {USER}
home=$(getent passwd {USER} | cut -d: -f6)
mkdir -p "$home/.cache"
[ -e "$home/.cache/studio-agent" ] || mv "${{HOME:-/root}}/.cache/studio-agent" "$home/.cache/" 2> /dev/null
chown -R "{USER}:" "$home/.cache" "$folder"
set -- setpriv --reuid "$(id -u {USER})" --regid "$(id -g {USER})" --init-groups env HOME="$home" USER={USER}
"""
# cloud-init runs this once, as root. The shutdown timer is set first, before anything can fail.
_USER_DATA = """\
#!/bin/sh
shutdown -P +{minutes}
trap 'shutdown -P now' EXIT
exec > /dev/console 2>&1
umask 077
folder=$(mktemp -d)
cat > "$folder/run" <<'STUDIO'
{script}
STUDIO
{become}"$@" sh "$folder/run" &
child=$!
trap 'kill -TERM $child 2>/dev/null' TERM INT
wait $child
wait $child
rm -rf "$folder"
"""


def user_data(order: Order) -> str:
    """Return the script that cloud-init runs. Raises EngineError where it is larger than EC2 accepts.

    The token in it works once, so nothing in it is worth stealing after the machine has started.
    """
    script = order.script.rstrip("\n")
    made = _USER_DATA.format(minutes=-(-order.seconds // 60), script=script, become=BECOME)
    if len(made.encode()) > LARGEST:
        raise EngineError(f"What the machine is to run takes {len(made.encode())} bytes; EC2 takes {LARGEST}.")
    return made


def request(
    order: Order, owner: str, image: Mapping[str, Any], subnet: str, spot: bool, groups: Sequence[str], profile: str
) -> dict[str, Any]:
    """Return the arguments of RunInstances.

    The same order, zone and market always give the same arguments: EC2's ClientToken works only then.
    """
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


def _disks(image: Mapping[str, Any], place: Placement) -> list[dict[str, Any]]:
    """Return the root disk and every other disk of the image, each set to be deleted with the machine.

    An image's own settings may let its disks stay.
    """
    brought = {each["DeviceName"]: each["Ebs"] for each in image.get("BlockDeviceMappings", []) if each.get("Ebs")}
    root = image["RootDeviceName"]
    first: dict[str, Any] = {"VolumeType": "gp3"}
    if place.disk:  # EC2 refuses a disk that is smaller than the image's
        first["VolumeSize"] = max(place.disk, brought.get(root, {}).get("VolumeSize", 0))
    always = {"DeleteOnTermination": True, "Encrypted": True}
    others = [{"DeviceName": name, "Ebs": always} for name in brought if name != root]
    return [{"DeviceName": root, "Ebs": {**first, **always}}, *others]
