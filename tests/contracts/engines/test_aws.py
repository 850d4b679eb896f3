"""The engine of AWS on moto's EC2, whose instances run what they are given."""

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
from tests.contracts.engines.aws_cloud import KEYS, REGION, AwsBackend, cloud, runner
from tests.contracts.engines.backend import Launcher
from tests.contracts.engines.backend import launcher as launcher_of
from tests.contracts.engines.suite import EngineSuite

pytestmark = pytest.mark.xdist_group("aws")
FOREVER = "while :; do sleep 0.1; done"


@pytest.fixture(scope="module", autouse=True)
def address() -> Iterator[str]:
    with cloud() as running:
        yield running


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[AwsBackend]:
    made = AwsBackend(tmp_path / "machines")
    yield made
    made.end()


@pytest.fixture
def launcher(backend: AwsBackend, tmp_path: Path) -> Iterator[Launcher]:
    with launcher_of(backend, tmp_path) as made:
        yield made


def described(backend: AwsBackend, order: Order) -> dict[str, Any]:
    """Return the instance of an order."""
    (found,) = [each for each in backend.described() if {"Key": "Name", "Value": order.name} in each.get("Tags", [])]
    return found


class Full:
    """Refuse launches as EC2 does when it has no room, which moto never does."""

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
    """Run the suite of every engine."""

    def test_a_machine_is_launched_with_ec2s_safest_settings(self, launcher: Launcher, backend: AwsBackend) -> None:
        order = launcher.order(FOREVER)
        launcher.engine.launch(order)
        instance = described(backend, order)
        assert instance["MetadataOptions"]["HttpTokens"] == "required"
        assert instance["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
        assert "IamInstanceProfile" not in instance
        behaviour = backend.ec2.describe_instance_attribute(
            InstanceId=instance["InstanceId"], Attribute="instanceInitiatedShutdownBehavior"
        )
        assert behaviour["InstanceInitiatedShutdownBehavior"]["Value"] == "terminate"
        (disk,) = instance["BlockDeviceMappings"]
        (volume,) = backend.ec2.describe_volumes(VolumeIds=[disk["Ebs"]["VolumeId"]])["Volumes"]
        assert disk["Ebs"]["DeleteOnTermination"] and volume["Encrypted"] and volume["Size"] == 20
        for tags in (instance["Tags"], volume["Tags"]):
            assert {"Key": "studio-run", "Value": order.run} in tags
            assert {"Key": "studio-expires", "Value": f"{order.expires:.0f}"} in tags

    def test_its_user_data_holds_no_secret_and_sets_the_timer_first(
        self, launcher: Launcher, backend: AwsBackend
    ) -> None:
        order = launcher.order("echo", seconds=3601)
        machine = launcher.engine.launch(order)
        script = backend.user_data(machine.id)
        assert script.splitlines()[1] == "shutdown -P +61"
        assert not [value for value in KEYS.values() if value in script]
        assert len(script.encode()) < LARGEST

    def test_a_machine_whose_boot_script_was_killed_ends_by_its_timer(
        self, launcher: Launcher, backend: AwsBackend
    ) -> None:
        machine = launcher.launch(FOREVER, 120)
        launcher.until(lambda: machine.id in backend.instances and bool(backend.instances[machine.id].power))
        backend.instances[machine.id].process.send_signal(signal.SIGKILL)
        launcher.becomes(machine, Condition.ENDED)

    def test_a_machine_that_was_killed_before_its_timer_can_be_reaped(
        self, launcher: Launcher, backend: AwsBackend
    ) -> None:
        order = launcher.order(FOREVER)
        launcher.engine.launch(order)  # it never boots: nothing advances
        (found,) = launcher.engine.list_owned()
        assert (found.run, found.expires) == (order.run, round(order.expires))
        launcher.engine.cancel(found)
        assert not launcher.engine.list_owned()

    def test_a_reclaimed_spot_machine_was_interrupted(self, launcher: Launcher, backend: AwsBackend) -> None:
        order = launcher.order(FOREVER)
        machine = launcher.engine.launch(replace(order, place=replace(order.place, spot=True)))
        assert machine.spot
        backend.reclaim(machine.id)
        ended = launcher.becomes(machine, Condition.ENDED)
        assert ended.interrupted and ended.message == "EC2 says spot reclaimed"

    def test_spot_is_tried_in_every_zone_and_then_on_demand(self, launcher: Launcher, backend: AwsBackend) -> None:
        engine, order = backend.engine, launcher.order(FOREVER)
        full = Full(engine, "InsufficientInstanceCapacity", "InsufficientInstanceCapacity")
        machine = engine.launch(replace(order, place=replace(order.place, spot=True, price_on_demand=0.2)))
        subnets = [*backend.runner.subnets[REGION]]
        assert [params["SubnetId"] for params in full.asked] == [*subnets, subnets[0]]
        assert ["InstanceMarketOptions" in params for params in full.asked] == [True, True, False]
        assert len({params["ClientToken"] for params in full.asked}) == 3
        assert not machine.spot
        engine.cancel(machine)

    @pytest.mark.parametrize(
        ("on_demand", "cap", "why"),
        [(0.0, 0.0, "on demand is not allowed"), (3.0, 0.4, "may cost 0.50 USD, and 0.40 are allowed")],
    )
    def test_on_demand_is_used_only_within_the_runs_limit_of_costs(
        self, launcher: Launcher, backend: AwsBackend, on_demand: float, cap: float, why: str
    ) -> None:
        engine, order = backend.engine, launcher.order(FOREVER)
        Full(engine, *["InsufficientInstanceCapacity"] * 9)
        place = replace(order.place, spot=True, price_on_demand=on_demand, cap=cap)
        with pytest.raises(NoRoom, match=why):
            engine.launch(replace(order, place=place))
        assert not engine.list_owned()

    def test_the_same_order_is_the_same_request_byte_for_byte(self, launcher: Launcher, backend: AwsBackend) -> None:
        order = launcher.order(FOREVER)
        engines = backend.of("tests"), backend.of("tests")
        requests = [Full(engine, "RequestLimitExceeded") for engine in engines]
        for engine in engines:
            with pytest.raises(NoRoom, match=r"will not launch t3.micro in us-west-1 now"):
                engine.launch(order)
        assert requests[0].asked == requests[1].asked

    def test_a_missing_right_is_reported_without_account_numbers(self, launcher: Launcher, backend: AwsBackend) -> None:
        engine = backend.engine
        Full(engine, "UnauthorizedOperation")
        with pytest.raises(EngineError, match=r"The bot may not launch t3\.micro in us-west-1") as refused:
            engine.launch(launcher.order(FOREVER))
        assert "123456789012" not in str(refused.value) and "docs/runners/aws.md" in str(refused.value)

    def test_a_machine_type_that_ec2_does_not_offer_is_refused_for_good(
        self, launcher: Launcher, backend: AwsBackend
    ) -> None:
        engine, order = backend.engine, launcher.order(FOREVER)
        Full(engine, *["Unsupported"] * 9)
        with pytest.raises(EngineError, match=r"EC2 has no t3\.micro in us-west-1: choose another machine"):
            engine.launch(order)

    def test_a_second_attempt_begins_in_the_next_zone(self, launcher: Launcher, backend: AwsBackend) -> None:
        engine, order = backend.engine, launcher.order(FOREVER)
        full = Full(engine, "InsufficientInstanceCapacity")
        engine.launch(replace(order, name=order.name[:-1] + "2", attempt=2))
        first, second = backend.runner.subnets[REGION]
        assert [params["SubnetId"] for params in full.asked] == [second, first]

    def test_a_machine_counts_as_launched_once_ec2_lists_it(
        self, launcher: Launcher, backend: AwsBackend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(engine_aws, "PAUSES", (0.0,) * 5)
        engine, order = backend.engine, launcher.order(FOREVER)
        behind = ["before the launch", "after it", "still"]

        def late(parsed: dict[str, Any], **_: Any) -> None:
            if behind and parsed.get("Reservations") is not None:
                behind.pop()
                parsed["Reservations"] = []

        engine._ec2(REGION).meta.events.register("after-call.ec2.DescribeInstances", late)
        machine = engine.launch(order)
        assert not behind and engine.status(machine).condition is not Condition.ENDED

    def test_a_launched_machine_that_ec2_does_not_list_yet_is_not_launched_again(
        self, launcher: Launcher, backend: AwsBackend
    ) -> None:
        order = launcher.order(FOREVER)
        first = backend.of("tests").launch(order)
        engine, behind = backend.of("tests"), ["another process, at once"]

        def late(parsed: dict[str, Any], **_: Any) -> None:
            if behind and parsed.get("Reservations"):
                behind.pop()
                parsed["Reservations"] = []

        engine._ec2(REGION).meta.events.register("after-call.ec2.DescribeInstances", late)
        assert engine.launch(order).id == first.id
        assert not behind and launcher.names() == [order.name]

    def test_another_order_with_the_same_name_is_refused(self, launcher: Launcher, backend: AwsBackend) -> None:
        order = launcher.order(FOREVER)
        first = backend.of("tests").launch(order)
        backend.ec2.delete_tags(Resources=[first.id], Tags=[{"Key": "Name"}])  # as if it were not listed yet
        with pytest.raises(EngineError, match="IdempotentParameterMismatch"):
            backend.of("tests").launch(replace(order, script="echo of another bot"))
        backend.ec2.terminate_instances(InstanceIds=[first.id])

    def test_a_stopped_machine_still_costs_money_and_can_be_reaped(
        self, launcher: Launcher, backend: AwsBackend
    ) -> None:
        machine = launcher.launch(FOREVER)
        backend.ec2.stop_instances(InstanceIds=[machine.id])
        assert launcher.names() == [machine.name]
        launcher.engine.cancel(machine)
        assert not launcher.names()

    def test_of_two_machines_with_one_name_both_are_ended(self, launcher: Launcher, backend: AwsBackend) -> None:
        machine = launcher.launch(FOREVER)
        (instance,) = [each for each in backend.described() if each["InstanceId"] == machine.id]
        tags = [{"ResourceType": "instance", "Tags": instance["Tags"]}]
        backend.ec2.run_instances(ImageId=instance["ImageId"], MinCount=1, MaxCount=1, TagSpecifications=tags)
        assert launcher.names() == [machine.name] * 2
        launcher.engine.cancel(machine)
        assert not launcher.names()

    def test_a_machine_that_could_not_begin_has_its_message_on_the_console(self, launcher: Launcher) -> None:
        machine = launcher.launch("echo This machine has no Python.; exit 1")
        ended = launcher.becomes(machine, Condition.ENDED)
        assert not ended.message and not ended.interrupted
        assert "This machine has no Python." in launcher.engine.logs(machine)

    def test_a_missing_image_is_reported(self, launcher: Launcher) -> None:
        engine = AwsEngine(runner(images={"us-west": "ami-00000000"}), "tests")
        with pytest.raises(EngineError, match="ami-00000000"):
            engine.launch(launcher.order(FOREVER))


def test_without_a_cloud_the_answer_is_no_room(backend: AwsBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = backend.runner
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(NoRoom, match="EC2 can't be reached to look at machines in us-west-1"):
        AwsEngine(entry, "tests").list_owned()
