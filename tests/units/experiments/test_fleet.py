"""runners.yml: what it declares, what is wrong in it, and what its bounds allow of a wish."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from experiments.fleet.choosing import OutOfBounds, both, choose, usable
from experiments.fleet.reading import FleetError, read_fleet
from experiments.fleet.runners import Fleet
from experiments.placement import EngineKind, Placement, Wish

HOUR = 3600
CLOUD = {
    "type": "aws",
    "regions": ["us-west", "eu-central-1"],
    "machines": ["m", "m+t4", "g5.xlarge"],
    "images": {"us-west": "ami-1", "eu-central-1": "ami-2"},
    "gpus": 1,
    "disk": 50,
    "most_disk": 200,
    "hours": 8,
    "spot": "allowed",
    "prices": {"g4dn.xlarge": 0.5, "g4dn.xlarge spot": 0.2, "*": 1, "disk": 0},
    "cost": 3,
}
BOX = {"type": "rq", "repositories": ["lab/*"], "people": ["Ada"]}


def fleet(**runners: Mapping[str, Any]) -> Fleet:
    return read_fleet(
        yaml.safe_dump({"runners": runners or {"here": {"type": "local"}, "ec2": CLOUD}}, sort_keys=False)
    )


def asked(wish: Wish, timeout: int = 2 * HOUR, **runners: Mapping[str, Any]) -> Placement:
    return choose(fleet(**runners), wish, "lab/digits", "ada", timeout)[0]


def refused(wish: Wish, timeout: int = 2 * HOUR, **runners: Mapping[str, Any]) -> str:
    with pytest.raises(OutOfBounds) as caught:
        asked(wish, timeout, **runners)
    return "\n".join(caught.value.sentences)


def wrong(text: str) -> list[str]:
    with pytest.raises(FleetError) as caught:
        read_fleet(text)
    return str(caught.value).splitlines()


def test_without_a_file_the_bots_own_machine_trains_for_everybody() -> None:
    assert choose(read_fleet(""), Wish(), "any/thing", "ada", HOUR) == (Placement("local", EngineKind.LOCAL), HOUR)


def test_all_mistakes_are_reported_at_once_with_suggestions() -> None:
    problems = wrong("""
runers: {}
runners:
  ec2: {type: aws, region: [a], hours: -1}
  x: {type: awz}
  y: {}
approval: {above: 3}
repositories: {al: 3}
""")
    assert "There is no `runers`: did you mean `runners`?" in problems
    assert "There is no `runners.ec2.region`: did you mean `regions`?" in problems
    assert "`runners.ec2.images` is missing." in problems
    assert "`runners.ec2.hours`: input should be greater than 0." in problems
    assert "`runners.x.type`: did you mean `aws`?" in problems
    assert "`approval.by` is missing." in problems
    assert "There is no `repositories.al`: did you mean `all`?" in problems
    assert any(line.startswith("`runners.y.type`") for line in problems)


def test_a_cloud_needs_machines_and_an_image_for_each_region() -> None:
    assert wrong("runners: {ec2: {type: aws, regions: [a], images: {b: ami-1}}}") == [
        "`runners.ec2.images` has no image for `a`.",
        "`runners.ec2.machines` is missing: which may be launched.",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("runners: {local: {type: local, hour: 2}}", "There is no `runners.local.hour`: did you mean `hours`?"),
        ("runners: {slurm: {type: slurm, hom: 2}}", "`runners.slurm.home` is missing."),
        ("runners: {a: {type: local, people: grace}}", "`runners.a.people` is a list: write `people: [grace]`."),
        ("runners: {Big: {type: local}}", "`runners.Big`: a name has lower-case letters, digits and dashes"),
        ("people: 100", "`people` has entries of its own"),
        ("runners: {}", "`runners` is empty."),
        ("approval: {above: 3, by: []}", "`approval.by` is empty."),
        ("repositories: {named: {digits: 4}}", "`repositories.named.digits`: a repository is `owner/name`."),
        ("runners: {c: {type: slurm, home: /c, cost: 5}}", "`runners.c.prices` is missing"),
        (
            "runners: {c: {type: slurm, home: /c, machines: [fast], prices: {fsat: 1}}}",
            "`runners.c.prices.fsat` is no machine of it: did you mean `fast`?",
        ),
        (
            "runners: {c: {type: slurm, home: /c, disk: 9, most_disk: 5}}",
            "`runners.c.disk` is more than its `most_disk`, 5 GB.",
        ),
    ],
)
def test_each_mistake_is_reported_in_words_of_the_file(text: str, sentence: str) -> None:
    assert any(line.startswith(sentence) for line in wrong(text)), wrong(text)


@pytest.mark.parametrize(
    "text", ["- a", "a: [", "runners: {UPPER: {type: local}}", "runners: {a: {type: local, hours: 999}}"]
)
def test_an_invalid_file_gives_problems_and_no_traceback(text: str) -> None:
    assert wrong(text)


def test_without_a_wish_the_first_of_each_is_taken() -> None:
    assert asked(Wish(runner="ec2")) == Placement(
        "ec2", EngineKind.AWS, region="us-west-1", machine="m5.2xlarge", disk=50, price=1, cap=3
    )


def test_cmls_words_and_the_vendors_words_mean_the_same() -> None:
    place = asked(Wish(region="us-west", machine="m+t4"))
    assert (place.region, place.machine) == ("us-west-1", "g4dn.xlarge")
    assert asked(Wish(region="us-west-1", machine="g4dn.xlarge")) == place


def test_a_wish_for_a_machine_passes_over_runners_that_launch_none() -> None:
    assert asked(Wish()).runner == "here"
    assert asked(Wish(disk=100)).runner == "ec2"
    assert asked(Wish(cloud="aws")).runner == "ec2"


def test_spot_is_cheaper_but_its_on_demand_price_is_reserved() -> None:
    place = asked(Wish(machine="m+t4", spot=True))
    assert (place.spot, place.price, place.price_on_demand, place.dearest) == (True, 0.2, 0.5, 0.5)
    assert asked(Wish(runner="ec2"), ec2={**CLOUD, "spot": "always"}).price_on_demand == 0


@pytest.mark.parametrize(
    ("wish", "bound"),
    [
        (Wish(machine="m+t5"), "`m+t5` is none of the machines of `ec2`: did you mean `m+t4`?"),
        (Wish(region="mars", disk=9), "`mars` is none of the regions of `ec2`: there are `us-west`, `eu-central-1`."),
        (Wish(runner="ec2", disk=201), "`ec2` has 200 GB at most, and 201 GB were asked for."),
        (Wish(runner="ec2", gpu="a10:2"), "`ec2` gives a run 1 GPU, and 2 were asked for."),
        (Wish(runner="ec2", gpu="many"), "`many` is no GPU"),
        (Wish(runner="ec3"), "There is no runner `ec3` for you: did you mean `ec2`?"),
        (Wish(cloud="gcp"), "No runner is on `gcp`: there are `local`, `aws`."),
        (Wish(runner="here", spot=True), "`here` is a machine that is there"),
    ],
)
def test_a_wish_out_of_bounds_is_refused_with_the_bound(wish: Wish, bound: str) -> None:
    assert bound in refused(wish)


@pytest.mark.parametrize(("hours", "seconds"), [(1, HOUR), (24, 2 * HOUR)])
def test_without_a_requested_time_the_limit_is_two_hours_or_the_maximum(hours: int, seconds: int) -> None:
    _, given = choose(fleet(here={"type": "local", "hours": hours}), Wish(), "lab/digits", "ada")
    assert given == seconds


def test_time_and_money_are_bounds() -> None:
    assert "`ec2` trains for 8 h at most, and 9 h was asked for." in refused(
        Wish(runner="ec2", machine="m+t4"), 9 * HOUR
    )
    assert "4 h of `ec2, m5.2xlarge in us-west-1, 50 GB` may cost 5.00 USD, and 3.00 are allowed" in refused(
        Wish(runner="ec2"), 4 * HOUR
    )
    priceless = {**CLOUD, "prices": {"g4dn.xlarge": 0.5, "disk": 0}}
    assert "has not said what `m5.2xlarge` costs" in refused(Wish(), ec2=priceless)


def test_several_bounds_are_named_at_once() -> None:
    assert len(refused(Wish(machine="m+t5", region="mars", disk=900)).splitlines()) == 3


def test_only_repositories_that_may_use_a_runner_hear_of_it() -> None:
    both_kinds = fleet(box=BOX, here={"type": "local", "repositories": ["other/x"]})
    assert list(usable(both_kinds, "Lab/Digits", "ada")) == ["box"]
    assert list(usable(both_kinds, "lab/digits", "ivan")) == []
    with pytest.raises(OutOfBounds, match="lets no runner train `lab/digits` for you"):
        choose(both_kinds, Wish(), "lab/digits", "ivan", HOUR)


def test_a_command_narrows_the_repositorys_choice() -> None:
    chosen = Wish(runner="ec2", machine="m+t4", disk=80)
    assert both(Wish(spot=True), chosen) == Wish(runner="ec2", machine="m+t4", disk=80, spot=True)
    assert both(Wish(runner="here"), chosen) == Wish(runner="here")
    assert both(Wish(runner="ec2", disk=10), chosen) == Wish(runner="ec2", machine="m+t4", disk=10)


BUDGET = {"repositories": {"all": 100}}


@pytest.mark.parametrize(
    ("runner", "missing"),
    [
        ({**CLOUD, "prices": {"g4dn.xlarge": 0.5, "*": 1}}, "disk"),
        ({**CLOUD, "prices": {"g4dn.xlarge": 0.5, "g5.xlarge": 2, "disk": 0}}, "m5.2xlarge"),
        ({"type": "slurm", "home": "/c"}, "*"),
        ({"type": "slurm", "home": "/c", "gpus": 2, "prices": {"*": 1}}, "gpu"),
    ],
)
@pytest.mark.parametrize("bound", [BUDGET, {"approval": {"above": 1, "by": ["grace"]}}])
def test_where_a_budget_is_set_everything_needs_a_price(
    runner: Mapping[str, Any], missing: str, bound: Mapping[str, Any]
) -> None:
    text = yaml.safe_dump({"runners": {"c": runner}, **bound})
    with pytest.raises(FleetError, match=rf"`runners.c.prices` has no `{re.escape(missing)}`: budgets and approval"):
        read_fleet(text)
    read_fleet(yaml.safe_dump({"runners": {"c": runner}}))


def test_gpus_and_disk_are_part_of_their_machines_price() -> None:
    cluster = {"type": "slurm", "home": "/c", "gpus": 4, "disk": 10, "most_disk": 100}
    prices = {"*": 1.0, "gpu": 2.0, "disk": 0.01}
    place = asked(Wish(gpu="a100:2", disk=50), c={**cluster, "prices": prices})
    assert place.price == 1.0 + 2 * 2.0 + 50 * 0.01
    costly = {**CLOUD, "prices": {"*": 1.0, "g4dn.xlarge spot": 0.2, "disk": 0.01}}
    spot = asked(Wish(machine="m+t4", gpu="1", spot=True), c=costly)
    assert (spot.price, spot.price_on_demand) == (0.2 + 0.5, 1.0 + 0.5), "of EC2 the machine's price has its GPU"
