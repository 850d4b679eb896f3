"""What an agent may and may not do."""

from tests.world.runner import Machine, training
from tests.world.world import PullRequest, World


def test_a_token_is_good_for_its_own_run_only(world: World, pull: PullRequest) -> None:
    pull.comment("/run --temp -n one -S train.lr=0.01\n/run --temp -n two -S train.lr=0.02")
    one, two = sorted(world.wired.ports.store.active(), key=lambda run: run.experiment.name)
    answers: list[int] = []

    def curious(machine: Machine) -> None:
        other = two.id if world.runner_port.trained[-1] == one.id else one.id
        bad = {"Authorization": "Bearer guessed"}
        answers.append(world.web.post(f"/api/runs/{other}/claim", json={}, headers=machine._headers).status_code)
        answers.append(world.web.post(f"/api/runs/{one.id}/claim", json={}, headers=bad).status_code)
        answers.append(world.web.post(f"/api/runs/{one.id}/claim", json={}).status_code)
        training({"accuracy": 0.95, "loss": 0.05})(machine)

    world.runner_port.script = curious
    world.train()
    assert answers == [401] * 6
    assert len(pull.new()) == 2


def test_an_ended_run_sends_its_agent_home(world: World, pull: PullRequest) -> None:
    pull.comment("/run --temp -S train.lr=0.01")
    codes: list[int] = []

    def late(machine: Machine) -> None:
        training({"accuracy": 0.95, "loss": 0.05})(machine)
        beat = {"state": "training", "offset": 0, "log": ""}
        codes.append(world.web.post(f"{machine._base}/beat", json=beat, headers=machine._headers).status_code)

    world.runner.does(late)
    assert codes == [410]
    assert "better" in pull.report


def test_a_malformed_report_of_an_agent_is_refused(world: World, pull: PullRequest) -> None:
    pull.comment("/run --temp -S train.lr=0.01")
    codes: list[int] = []

    def odd(machine: Machine) -> None:
        machine.claim()
        huge = {"exit_code": 10**400}, {"state": "training", "offset": 0, "training": 10**400}
        for verb, body in (
            *(("beat", {"state": "training"}), ("done", {"exit_code": "0"}), ("beat", [])),
            *(("done", huge[0]), ("beat", huge[1])),
        ):
            answer = world.web.post(f"{machine._base}/{verb}", json=body, headers=machine._headers)
            codes.append(answer.status_code)
        codes.append(world.web.put(f"{machine._base}/files/passwd", data=b"", headers=machine._headers).status_code)
        machine.done(1, "The script ended with exit code 1.")

    world.runner.does(odd)
    assert codes == [400, 400, 400, 400, 400, 404]
    assert pull.report
