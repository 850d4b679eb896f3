"""What a run may cost: budgets, approval, and what is said of them."""

from dataclasses import replace

import pytest
from inline_snapshot import snapshot

from app import create_app
from bot.effects import budget_check
from bot.ports.keys import COSTS
from services.files.audit import AuditLog
from tests.world.runner import training
from tests.world.wording import settled
from tests.world.world import PullRequest, World

RUNNERS = """
runners:
  ec2:
    type: aws
    regions: [us-west-1]
    machines: [m5.2xlarge]
    images: {us-west-1: ami-1}
    prices: {m5.2xlarge: 1.0}
    hours: 8
  here: {type: local}
"""
BUDGETS = """
repositories: {all: 10, named: {grace/digits: 5}}
people: {all: 4}
"""
APPROVAL = """
approval: {above: 2.5, by: [grace]}
"""
BETTER = {"accuracy": 0.95}


def pull_request(world: World, *more: str) -> PullRequest:
    world.declare("".join((RUNNERS, *more)))
    return world.pull_request()


def test_a_budget_is_reserved_settled_and_kept(world: World) -> None:
    pull = pull_request(world, BUDGETS)
    pull.comment("/run --temp -n one --timeout 2h")
    pull.comment("/run --temp -n two --timeout 2h")
    assert settled(pull.reply) == snapshot("""\
It may cost 3.00 USD, and of this month's 5.00 of `grace/digits` 0.00 are spent and 3.00 reserved for what is running.

<!-- studio:reply:<ID> -->\
""")
    world.engine.boots(training(BETTER))
    assert "better" in pull.report
    world.wait(60)
    assert world.spent < 0.1
    pull.comment("/run --temp -n two --timeout 2h")
    world.engine.boots(training(BETTER))
    assert "better" in pull.report


def test_a_sweep_counts_as_a_whole(world: World) -> None:
    pull = pull_request(world, BUDGETS)
    pull.comment("/run -S train.lr=0.1,0.01,0.001 --timeout 1h")
    assert "It may cost 6.00 USD, and of this month's 5.00 of `grace/digits`" in pull.reply
    assert not pull.runs


def test_two_that_are_asked_for_at_once_do_not_spend_the_same_money(world: World) -> None:
    pull = pull_request(world, BUDGETS)
    for name in ("one", "two"):
        world.sandbox.comment("grace/digits", 1, f"/run --temp -n {name} --timeout 2h", world.maintainer)
    world.work()
    assert len(world.engine.machines) == 1
    assert "reserved for what is running" in pull.reply
    world.engine.boots(training(BETTER))
    assert "better" in pull.report


def test_what_is_dear_waits_for_approval(world: World) -> None:
    pull = pull_request(world, APPROVAL)
    pull.comment("/run -S train.lr=0.01 --timeout 2h -n dear")
    assert not world.engine.orders
    assert pull.check_run.output["title"] == "Waiting for approval: `/approve`"
    assert "`dear` may cost 3.00 USD, more than 2.50: waits for `/approve` of @grace." in pull.reply
    pull.comment("/start", by="grace")
    assert "Nothing is in the queue" in pull.reply
    pull.comment("/approve")
    assert "Only @grace may approve" in pull.reply
    assert not world.engine.orders
    pull.comment("/approve dear", by="grace")
    assert "`dear` is approved, up to 3.00 USD, and will begin." in pull.reply
    world.engine.boots(training(BETTER))
    assert "better" in pull.report


def test_approval_begins_nothing_of_which_nothing_would_be_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pull = pull_request(world, APPROVAL)
    pull.comment("/run -S train.lr=0.01 --timeout 2h -n dear")
    assert "waits for `/approve`" in pull.reply
    with monkeypatch.context() as full:
        full.setattr(budget_check, "RUN_FILES", -1)
        pull.comment("/approve dear", by="grace")
        assert "of what runs of one repository sent to it" in pull.reply
    assert not world.engine.orders and pull.check_run.output["title"] == "Waiting for approval: `/approve`"
    pull.comment("/approve dear", by="grace")
    assert "`dear` is approved" in pull.reply
    world.engine.boots(training(BETTER))
    assert "better" in pull.report


def test_what_does_not_begin_asks_nobody_for_money(world: World) -> None:
    pull = pull_request(world, APPROVAL)
    pull.comment("/run -S train.lr=0.01 --timeout 2h -n dear")
    assert "waits for `/approve` of @grace." in pull.reply
    pull.comment("/run -S train.lr=0.02 --timeout 2h -n second")
    refused = pull.reply
    assert "only one run at a time" in refused and "/approve" not in refused


def test_many_small_ones_are_asked_about_like_a_large_one(world: World) -> None:
    pull = pull_request(world, APPROVAL)
    pull.comment("\n".join(f"/run --temp -S train.lr=0.0{number} --timeout 1h -n r{number}" for number in (1, 2)))
    assert "`r1`, `r2` may cost 4.00 USD, more than 2.50: wait for `/approve` of @grace." in pull.reply
    assert not world.engine.orders
    pull.comment("/cancel r1 r2")
    assert pull.new()


def test_one_after_the_other_is_asked_about_as_well(world: World) -> None:
    pull = pull_request(world, APPROVAL)
    pull.comment("/run --temp -S train.lr=0.01 --timeout 1h -n first")
    pull.comment("/run --temp -S train.lr=0.02 --timeout 1h -n second")
    said = "`second` may cost 2.00 USD, and with what the same person asked for within a day more than 2.50: waits for"
    assert said in pull.reply
    world.engine.boots(training(BETTER))
    assert "better" in pull.report
    world.wait(60)
    pull.comment("/cancel second")
    assert "Cancelled" in pull.report
    pull.comment("/run --temp -S train.lr=0.02 --timeout 1h -n third")
    assert len(world.engine.orders) == 2, "what came to almost nothing counts as that"
    world.engine.boots(training(BETTER))
    assert "better" in pull.report


def test_two_comments_of_a_person_are_not_summed_up_at_once(world: World) -> None:
    pull = pull_request(world, APPROVAL)
    with world.wired.ports.store.alone(COSTS.of(world.maintainer)):  # as while another worker takes another comment
        world.sandbox.comment("grace/digits", 1, "/run --temp --timeout 1h -n mine", world.maintainer)
        world.work_now()
        assert not pull.runs, "it waits for its turn"
    world.work()
    assert [run.experiment.name for run in pull.runs] == ["mine"]
    world.engine.boots(training(BETTER))
    assert "better" in pull.report


def test_approval_without_a_name_is_of_what_was_there_to_be_read(world: World) -> None:
    pull = pull_request(world, APPROVAL)
    pull.comment("/run --temp -S train.lr=0.01 --timeout 2h -n early")
    assert "waits for" in pull.reply
    world.wired.ports.store.update(pull.runs[0].id, lambda run: replace(run, created=run.created - 60))
    pull.comment("/run --temp -S train.lr=0.02 --timeout 8h -n late")
    assert "waits for" in pull.reply
    pull.comment("/approve", by="grace")
    said = pull.reply
    assert "`early` is approved, up to 3.00 USD" in said
    assert "`late` was asked for only just now: `/approve late` approves it by name." in said
    assert len(world.engine.orders) == 1
    world.engine.boots(training(BETTER))
    assert "better" in pull.report
    pull.comment("/cancel late")
    assert "Cancelled" in pull.report


def test_what_may_be_approved_by_oneself_does_not_ask(world: World) -> None:
    pull = pull_request(world, APPROVAL)
    pull.comment("/run -S train.lr=0.01 --timeout 2h", by="grace")
    world.engine.boots(training(BETTER))
    assert "better" in pull.report


def test_a_cheap_run_and_one_of_ones_own_machine_ask_nobody(world: World) -> None:
    pull = pull_request(world, APPROVAL)
    pull.comment("/run -S train.lr=0.01 --runner here")
    world.runner.finishes(accuracy=0.95)
    assert "better" in pull.report
    pull.comment("/approve", by="grace")
    assert "waits for approval" in pull.reply


def test_a_dear_sweep_is_approved_as_a_whole(world: World) -> None:
    pull = pull_request(world, APPROVAL)
    pull.comment("/run -S train.lr=0.1,0.01 --timeout 1h -n wide")
    assert not world.engine.orders
    assert "may cost 4.00 USD, more than 2.50: wait for `/approve` of @grace." in pull.new()[0]
    pull.comment("/approve wide", by="grace")
    assert "are approved, up to 4.00 USD, and will begin." in pull.new()[-1]
    for number, order in enumerate(world.engine.orders):
        training(BETTER)(world.engine.agent(number))
        world.engine.ends(order.name)
    world.work()
    assert pull.new()


def test_cancel_takes_back_what_asks(world: World) -> None:
    pull = pull_request(world, APPROVAL)
    pull.comment("/run -S train.lr=0.01 --timeout 2h -n dear")
    assert "waits for `/approve`" in pull.reply
    pull.comment("/cancel dear")
    assert "Cancelled" in pull.report
    pull.comment("/approve", by="grace")
    assert "waits for approval" in pull.reply
    assert not world.engine.orders


@pytest.mark.parametrize("command", ["/retry dear", "/run --from dear --timeout 2h"])
def test_whoever_asks_again_is_asked_again(world: World, command: str) -> None:
    pull = pull_request(world, APPROVAL)
    pull.comment("/run -S train.lr=0.01 --timeout 2h -n dear")
    assert "waits for `/approve`" in pull.reply
    pull.comment("/cancel dear")
    assert "Cancelled" in pull.report
    pull.comment(command)
    assert not world.engine.orders
    assert "waits for `/approve`" in pull.reply
    assert pull.runs[-1].experiment.asked.cost == 3.0
    pull.comment("/cancel")
    assert "Cancelled" in pull.report


def test_runners_tells_bounds_and_money(world: World) -> None:
    pull = pull_request(world, BUDGETS, APPROVAL)
    pull.comment("/run --temp --timeout 1h")
    pull.comment("/runners", by=world.reader)
    said = pull.reply
    assert "| `ec2` (default) | aws: `m5.2xlarge` in `us-west-1` | 8 h a run |" in said
    assert "`grace/digits`: 0.00 spent and 2.00 reserved this month" in said
    assert "5.00 USD may be spent" in said and "waits for `/approve` of" in said
    world.engine.boots(training(BETTER))
    assert "better" in pull.report


def test_the_operator_sees_what_runs_and_what_it_costs(world: World) -> None:
    pull = pull_request(world, BUDGETS)
    pull.comment("/run --temp --timeout 1h")
    wired = replace(world.wired, settings=replace(world.wired.settings, operator_password="let-me-in-to-this-page"))
    web = create_app(wired).test_client()
    assert web.get("/operator").status_code == 401
    assert web.get("/operator", auth=("operator", "guessed")).status_code == 401
    assert world.web.get("/operator").status_code == 404
    for _ in range(20):
        last = web.get("/operator", auth=("operator", "guessed"), environ_overrides={"REMOTE_ADDR": "10.0.0.9"})
    assert last.status_code == 429
    proxied = {"X-Forwarded-For": "10.0.0.7"}
    right = ("operator", "let-me-in-to-this-page")
    behind = web.get("/operator", auth=right, headers=proxied, environ_overrides={"REMOTE_ADDR": "10.0.0.9"})
    assert behind.status_code == 200, "a proxy is not who guesses"
    stranger = web.application.test_client()
    away = stranger.get("/operator", auth=right, environ_overrides={"REMOTE_ADDR": "10.0.0.9"})
    assert away.status_code == 429, "a right guess among many is none either"
    seen = web.get("/operator", auth=("operator", "let-me-in-to-this-page"))
    assert seen.status_code == 200 and "script" not in seen.headers["Content-Security-Policy"]
    assert "1 machine now. This month 0.00 USD are spent and 2.00 reserved" in seen.text
    assert "grace/digits#1" in seen.text and "ec2, m5.2xlarge in us-west-1" in seen.text
    (run,) = pull.runs
    assert f"<code>{run.experiment.name}</code>, queued" in seen.text
    world.engine.boots(training(BETTER))
    assert "better" in pull.report
    world.wait(60)
    assert "0 machines now." in web.get("/operator", auth=("operator", "let-me-in-to-this-page")).text


def test_what_the_operator_pauses_waits_and_says_why(world: World) -> None:
    pull = pull_request(world)
    audit = AuditLog(world.wired.settings.data_dir / "audit")
    audit.pause("maintenance until noon")
    world.sandbox.comment("grace/digits", 1, "/run --temp --timeout 1h", world.maintainer)
    world.work_now()
    assert not world.engine.orders
    assert "maintenance until noon" in pull.check_run.output["title"]
    audit.resume()
    world.work()
    world.engine.boots(training(BETTER))
    assert "better" in pull.report


def test_a_pause_holds_back_what_trains_on_the_bots_own_machine_too(world: World) -> None:
    pull = pull_request(world)
    audit = AuditLog(world.wired.settings.data_dir / "audit")
    audit.pause("a new disk")
    world.sandbox.comment("grace/digits", 1, "/run --temp --runner here", world.maintainer)
    world.work_now()
    assert (
        pull.check_run.output["title"] == "The operator lets no run begin now (a new disk); this one goes on by itself."
    )
    assert pull.check_run.status == "queued"
    audit.resume()
    world.work()
    world.runner.finishes(accuracy=0.95)
    assert "better" in pull.report
