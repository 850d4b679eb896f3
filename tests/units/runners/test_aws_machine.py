"""The request that launches a machine on EC2, as far as it can be checked without EC2."""

from dataclasses import replace

import pytest

from bot.ports.engines import EngineError, Order
from experiments.placement import EngineKind, Placement
from runners.aws.request import LARGEST, request, user_data

ORDER = Order(
    "studio-tests-1-1", "1", 1, Placement("ec2", EngineKind.AWS, machine="t3.micro", disk=20), "echo\n", 600, 9.0
)
IMAGE = {"ImageId": "ami-1", "RootDeviceName": "/dev/xvda", "BlockDeviceMappings": []}
ROOT = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 50, "DeleteOnTermination": False}}
DATA = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 9, "DeleteOnTermination": False}}
SCRATCH = {"DeviceName": "/dev/sdb", "VirtualName": "ephemeral0"}
GONE = {"DeleteOnTermination": True, "Encrypted": True}


def test_every_disk_of_the_image_is_encrypted_and_deleted_with_the_machine() -> None:
    asked = request(ORDER, "tests", {**IMAGE, "BlockDeviceMappings": [ROOT, DATA, SCRATCH]}, "", False, (), "")
    assert asked["BlockDeviceMappings"] == [
        {"DeviceName": "/dev/xvda", "Ebs": {"VolumeType": "gp3", "VolumeSize": 50, **GONE}},
        {"DeviceName": "/dev/sdf", "Ebs": GONE},
    ]


@pytest.mark.parametrize(("disk", "size"), [(0, {}), (100, {"VolumeSize": 100})])
def test_the_root_disk_has_the_requested_size(disk: int, size: dict[str, int]) -> None:
    order = replace(ORDER, place=replace(ORDER.place, disk=disk))
    (root,) = request(order, "tests", {**IMAGE, "BlockDeviceMappings": [ROOT]}, "", False, (), "")[
        "BlockDeviceMappings"
    ]
    assert root["Ebs"] == {"VolumeType": "gp3", **size, **GONE}


def test_only_configured_values_are_requested() -> None:
    bare = request(ORDER, "tests", IMAGE, "", False, (), "")
    assert not {"SubnetId", "SecurityGroupIds", "IamInstanceProfile", "InstanceMarketOptions"} & set(bare)
    full = request(ORDER, "tests", IMAGE, "subnet-1", True, ("sg-1",), "reader")
    assert (full["SubnetId"], full["SecurityGroupIds"]) == ("subnet-1", ["sg-1"])
    assert full["IamInstanceProfile"] == {"Name": "reader"}
    assert full["InstanceMarketOptions"]["SpotOptions"]["InstanceInterruptionBehavior"] == "terminate"
    assert len(full["ClientToken"]) <= 64 and full["ClientToken"] != bare["ClientToken"]


def test_a_request_larger_than_ec2_accepts_is_reported() -> None:
    with pytest.raises(EngineError, match=f"EC2 takes {LARGEST}"):
        user_data(replace(ORDER, script="#" * LARGEST))
