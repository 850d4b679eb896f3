"""The engine against moto's EC2, whose instances run what they are given."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest

from bot.ports.engines import Condition, EngineError, NoRoom, Order
from runners.aws import engine as engine_aws
from runners.aws.engine import AwsEngine
from runners.aws.request import LARGEST
from tests.contracts.engines.aws_cloud import KEYS, REGION, AwsStand, cloud, runner
from tests.contracts.engines.stand import Floor
from tests.contracts.engines.stand import floor as floor_of
from tests.contracts.engines.suite import EngineSuite

pytestmark = pytest.mark.xdist_group("aws")
FOREVER = "while :; do sleep 0.1; done"


@pytest.fixture(scope="module", autouse=True)
def address() -> Iterator[str]:
    with cloud() as running:
        yield running


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[AwsStand]:
    made = AwsStand(tmp_path / "machines")
    yield made
    made.end()


@pytest.fixture
def floor(stand: AwsStand, tmp_path: Path) -> Iterator[Floor]:
    with floor_of(stand, tmp_path) as made:
        yield made


def described(stand: AwsStand, order: Order) -> dict[str, Any]:
    """The instance of an order."""
    (found,) = [each for each in stand.described() if {"Key": "Name", "Value": order.name} in each.get("Tags", [])]
    return found


class Full:
    """EC2 that has no room, which moto always has."""

    def __init__(self, engine: AwsEngine, *answers: str) -> None:
        self.asked: list[dict[str, Any]] = []
        self._answers = [*answers]
        engine._ec2(REGION).meta.events.register("provide-client-params.ec2.RunInstances", self._heard)

    def _heard(self, params: dict[str, Any], **_: Any) -> None:
        self.asked.append(params)
        if code := self._answers.pop(0) if self._answers else "":
            error = {"Error": {"Code": code, "Message": "account 123456789012 request 7"}}
            raise botocore.exceptions.ClientError(error, "RunInstances")


class TestAws(EngineSuite):
    """What every engine does."""

    def test_a_machine_is_as_safe_as_ec2_makes_it(self, floor: Floor, stand: AwsStand) -> None:
        order = floor.order(FOREVER)
        floor.engine.launch(order)
        instance = described(stand, order)
        assert instance["MetadataOptions"]["HttpTokens"] == "required"
        assert instance["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
        assert "IamInstanceProfile" not in instance
        behaviour = stand.ec2.describe_instance_attribute(
            InstanceId=instance["InstanceId"], Attribute="instanceInitiatedShutdownBehavior"
        )
        assert behaviour["InstanceInitiatedShutdownBehavior"]["Value"] == "terminate"
        (disk,) = instance["BlockDeviceMappings"]
        (volume,) = stand.ec2.describe_volumes(VolumeIds=[disk["Ebs"]["VolumeId"]])["Volumes"]
        assert disk["Ebs"]["DeleteOnTermination"] and volume["Encrypted"] and volume["Size"] == 20
        for tags in (instance["Tags"], volume["Tags"]):
            assert {"Key": "studio-run", "Value": order.run} in tags
            assert {"Key": "studio-expires", "Value": f"{order.expires:.0f}"} in tags

    def test_its_user_data_holds_no_secret_and_arms_the_timer_first(self, floor: Floor, stand: AwsStand) -> None:
        order = floor.order("echo", seconds=3601)
        machine = floor.engine.launch(order)
        script = stand.user_data(machine.id)
        assert script.splitlines()[1] == "shutdown -P +61"
        assert not [value for value in KEYS.values() if value in script]
        assert len(script.encode()) < LARGEST

    def test_one_whose_boot_script_was_killed_ends_by_its_timer(self, floor: Floor, stand: AwsStand) -> None:
        machine = floor.launch(FOREVER, 120)
        floor.until(lambda: machine.id in stand.instances and bool(stand.instances[machine.id].power))
        stand.instances[machine.id].process.send_signal(signal.SIGKILL)
        floor.becomes(machine, Condition.ENDED)

    def test_one_that_was_killed_before_its_timer_is_there_to_be_reaped(self, floor: Floor, stand: AwsStand) -> None:
        order = floor.order(FOREVER)
        floor.engine.launch(order)  # it never boots: nobody turns
        (found,) = floor.engine.list_owned()
        assert (found.run, found.expires) == (order.run, round(order.expires))
        floor.engine.cancel(found)
        assert not floor.engine.list_owned()

    def test_a_reclaimed_spot_machine_was_interrupted(self, floor: Floor, stand: AwsStand) -> None:
        order = floor.order(FOREVER)
        machine = floor.engine.launch(replace(order, place=replace(order.place, spot=True)))
        assert machine.spot
        stand.reclaim(machine.id)
        ended = floor.becomes(machine, Condition.ENDED)
        assert ended.interrupted and ended.said == "EC2 says spot reclaimed"

    def test_spot_is_tried_in_every_zone_and_then_on_demand(self, floor: Floor, stand: AwsStand) -> None:
        engine, order = stand.engine, floor.order(FOREVER)
        full = Full(engine, "InsufficientInstanceCapacity", "InsufficientInstanceCapacity")
        machine = engine.launch(replace(order, place=replace(order.place, spot=True, price_on_demand=0.2)))
        subnets = [*stand.runner.subnets[REGION]]
        assert [params["SubnetId"] for params in full.asked] == [*subnets, subnets[0]]
        assert ["InstanceMarketOptions" in params for params in full.asked] == [True, True, False]
        assert len({params["ClientToken"] for params in full.asked}) == 3
        assert not machine.spot
        engine.cancel(machine)

    @pytest.mark.parametrize(
        ("on_demand", "cap", "why"),
        [(0.0, 0.0, "on demand is not allowed"), (3.0, 0.4, "may cost 0.50 USD, and 0.40 are allowed")],
    )
    def test_on_demand_only_within_what_the_run_may_cost(
        self, floor: Floor, stand: AwsStand, on_demand: float, cap: float, why: str
    ) -> None:
        engine, order = stand.engine, floor.order(FOREVER)
        Full(engine, *["InsufficientInstanceCapacity"] * 9)
        place = replace(order.place, spot=True, price_on_demand=on_demand, cap=cap)
        with pytest.raises(NoRoom, match=why):
            engine.launch(replace(order, place=place))
        assert not engine.list_owned()

    def test_the_same_order_is_the_same_request_to_the_letter(self, floor: Floor, stand: AwsStand) -> None:
        order = floor.order(FOREVER)
        engines = stand.of("tests"), stand.of("tests")
        requests = [Full(engine, "RequestLimitExceeded") for engine in engines]
        for engine in engines:
            with pytest.raises(NoRoom, match=r"will not launch t3.micro in us-west-1 now"):
                engine.launch(order)
        assert requests[0].asked == requests[1].asked

    def test_what_it_may_not_do_is_a_sentence_without_account_numbers(self, floor: Floor, stand: AwsStand) -> None:
        engine = stand.engine
        Full(engine, "UnauthorizedOperation")
        with pytest.raises(EngineError, match=r"The bot may not launch t3\.micro in us-west-1") as refused:
            engine.launch(floor.order(FOREVER))
        assert "123456789012" not in str(refused.value) and "docs/runners/aws.md" in str(refused.value)

    def test_what_ec2_does_not_offer_is_not_waited_for(self, floor: Floor, stand: AwsStand) -> None:
        engine, order = stand.engine, floor.order(FOREVER)
        Full(engine, *["Unsupported"] * 9)
        with pytest.raises(EngineError, match=r"EC2 has no t3\.micro in us-west-1: choose another machine"):
            engine.launch(order)

    def test_an_attempt_after_the_first_begins_in_the_next_zone(self, floor: Floor, stand: AwsStand) -> None:
        engine, order = stand.engine, floor.order(FOREVER)
        full = Full(engine, "InsufficientInstanceCapacity")
        engine.launch(replace(order, name=order.name[:-1] + "2", attempt=2))
        first, second = stand.runner.subnets[REGION]
        assert [params["SubnetId"] for params in full.asked] == [second, first]

    def test_it_is_launched_only_once_ec2_knows_of_it(
        self, floor: Floor, stand: AwsStand, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(engine_aws, "PAUSES", (0.0,) * 5)
        engine, order = stand.engine, floor.order(FOREVER)
        behind = ["before the launch", "after it", "still"]

        def late(parsed: dict[str, Any], **_: Any) -> None:
            if behind and parsed.get("Reservations") is not None:
                behind.pop()
                parsed["Reservations"] = []

        engine._ec2(REGION).meta.events.register("after-call.ec2.DescribeInstances", late)
        machine = engine.launch(order)
        assert not behind and engine.status(machine).condition is not Condition.ENDED

    def test_what_ec2_launched_and_does_not_list_yet_is_not_launched_again(self, floor: Floor, stand: AwsStand) -> None:
        order = floor.order(FOREVER)
        first = stand.of("tests").launch(order)
        engine, behind = stand.of("tests"), ["another process, at once"]

        def late(parsed: dict[str, Any], **_: Any) -> None:
            if behind and parsed.get("Reservations"):
                behind.pop()
                parsed["Reservations"] = []

        engine._ec2(REGION).meta.events.register("after-call.ec2.DescribeInstances", late)
        assert engine.launch(order).id == first.id
        assert not behind and floor.names() == [order.name]

    def test_another_order_with_the_name_of_one_is_refused(self, floor: Floor, stand: AwsStand) -> None:
        order = floor.order(FOREVER)
        first = stand.of("tests").launch(order)
        stand.ec2.delete_tags(Resources=[first.id], Tags=[{"Key": "Name"}])  # as if it were not listed yet
        with pytest.raises(EngineError, match="IdempotentParameterMismatch"):
            stand.of("tests").launch(replace(order, script="echo of another bot"))
        stand.ec2.terminate_instances(InstanceIds=[first.id])

    def test_one_that_somebody_stopped_costs_still_and_is_there_to_be_reaped(
        self, floor: Floor, stand: AwsStand
    ) -> None:
        machine = floor.launch(FOREVER)
        stand.ec2.stop_instances(InstanceIds=[machine.id])
        assert floor.names() == [machine.name]
        floor.engine.cancel(machine)
        assert not floor.names()

    def test_of_two_with_one_name_none_stays(self, floor: Floor, stand: AwsStand) -> None:
        machine = floor.launch(FOREVER)
        (instance,) = [each for each in stand.described() if each["InstanceId"] == machine.id]
        tags = [{"ResourceType": "instance", "Tags": instance["Tags"]}]
        stand.ec2.run_instances(ImageId=instance["ImageId"], MinCount=1, MaxCount=1, TagSpecifications=tags)
        assert floor.names() == [machine.name] * 2
        floor.engine.cancel(machine)
        assert not floor.names()

    def test_one_that_could_not_begin_leaves_the_word_to_its_console(self, floor: Floor) -> None:
        machine = floor.launch("echo This machine has no Python.; exit 1")
        ended = floor.becomes(machine, Condition.ENDED)
        assert not ended.said and not ended.interrupted
        assert "This machine has no Python." in floor.engine.logs(machine)

    def test_an_image_that_is_not_there_is_said(self, floor: Floor) -> None:
        engine = AwsEngine(runner(images={"us-west": "ami-00000000"}), "tests")
        with pytest.raises(EngineError, match="ami-00000000"):
            engine.launch(floor.order(FOREVER))


def test_without_a_cloud_there_is_no_room(stand: AwsStand, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = stand.runner
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(NoRoom, match="EC2 can't be reached to look at machines in us-west-1"):
        AwsEngine(entry, "tests").list_owned()
