"""The doctor in a repository of the sandbox: it proves everything, its checks report each fault, and it leaves
nothing.
"""

from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from bot.ports import Ports
from bot.ports.git import Git
from doctor.__main__ import verdict
from doctor.examination import STOPPED
from doctor.finding import Outcome
from experiments.experiment import Repository
from tests.contracts.doctor.clinic import BRANCH, Clinic


def test_in_the_sandbox_everything_is_proven_and_nothing_is_left(clinic: Clinic) -> None:
    findings = clinic.examine()
    assert {one.outcome for one in findings.values()} == {Outcome.OK}, [one.text for one in findings.values()]
    assert clinic.refs() == []
    assert not list((clinic.visit.settings.data_dir / "plots").rglob("*.png"))
    checks = clinic.world.sandbox.state.check_runs.values()
    assert [(one.name, one.status) for one in checks] == [("studio: doctor", "completed")]
    (_, scratch) = clinic.world.sandbox.state.pulls.values()
    assert (scratch.state, scratch.head_ref) == ("closed", BRANCH)
    clinic.world.work()
    said = clinic.world.sandbox.state.comments_of(clinic.world.repository, scratch.number)
    assert len(said) == 1, "the doctor's own: the bot leaves its pull request alone"


def test_without_a_repository_nothing_is_written(clinic: Clinic) -> None:
    clinic.world.writes.clear()
    findings = clinic.examine(repository="", with_pull=False)
    assert findings["repository"].outcome is Outcome.NOT_PROVEN
    assert "python -m doctor owner/name" in findings["repository"].text
    assert all(path.endswith("/attempts") for path in clinic.world.writes), "a webhook is asked for again, no more"


def test_without_the_flag_no_pull_request_is_opened(clinic: Clinic) -> None:
    findings = clinic.examine(with_pull=False)
    assert findings["comments"].outcome is Outcome.NOT_PROVEN
    assert "--pull-request" in findings["comments"].text
    assert len(clinic.world.sandbox.state.pulls) == 1


def test_what_an_earlier_doctor_left_is_removed_and_nothing_else(clinic: Clinic) -> None:
    head, base = clinic.pull.head, clinic.pull.git("rev-parse", "main")
    theirs = ["refs/heads/studio-doctor-notes", f"refs/exps/{base[:2]}/{base[2:]}/studio-doctor-mine"]
    ours = ["refs/heads/studio-doctor-aaaaaaaa", f"refs/studio/exps/{base[:2]}/{base[2:]}/studio-doctor-aaaaaaaa"]
    for ref in theirs + ours:
        clinic.pull.git("update-ref", ref, head)
    detail = clinic.examine(with_pull=False)["swept"].detail
    assert all(ref in detail for ref in ours)
    assert clinic.refs() == sorted(theirs)


def test_each_refusal_of_github_is_reported_by_its_own_check_and_the_others_go_on(clinic: Clinic) -> None:
    refusals = {
        "check-run": ("PATCH", "/check-runs/"),
        "status": ("POST", "/statuses/"),
        "signed": ("POST", "/git/commits$"),
        "comments": ("POST", "/reactions$"),
        "people": ("GET", "/collaborators/"),
        "proxy": ("POST", "/markdown$"),
    }
    for method, path in refusals.values():
        clinic.world.fault(method, path, 403, times=5, body={"message": "Resource not accessible by integration"})
    findings = clinic.examine()
    wrong = {name: one for name, one in findings.items() if one.outcome is Outcome.NOT_OK}
    assert wrong.keys() == refusals.keys()
    for name, right in {"check-run": "checks: write", "status": "statuses: write", "comments": "pull_requests"}.items():
        assert "Resource not accessible by integration" in wrong[name].text
        assert right in wrong[name].text
    assert clinic.refs() == []


def test_a_host_that_accepts_no_experiments_is_detected(clinic: Clinic) -> None:
    clinic.pull.git("config", "receive.hideRefs", "refs/exps")
    told = clinic.wrong("exps", with_pull=False)
    assert "hidden ref" in told
    assert "pre-receive hook" in told


def test_what_cannot_be_removed_is_named_and_the_rest_is_removed(clinic: Clinic) -> None:
    base = clinic.pull.git("rev-parse", "main")
    stays, goes = "studio-doctor-aaaaaaaa", f"refs/exps/{base[:2]}/{base[2:]}/studio-doctor-bbbbbbbb"
    for ref in (f"refs/heads/{stays}", goes):
        clinic.pull.git("update-ref", ref, base)
    clinic.world.protect(stays)
    told = clinic.wrong("swept")
    assert f"refs/heads/{stays} stays" in told
    assert "by hand" in told
    assert clinic.refs() == [f"refs/heads/{stays}"]


@dataclass(frozen=True)
class Interrupted:
    """Wrap Git, and let something happen just after an experiment was pushed."""

    git: Git
    happens: BaseException

    def push(self, repository: Repository, sha: str, ref: str, expected: str = "") -> None:
        self.git.push(repository, sha, ref, expected)
        if ref.startswith("refs/exps/"):
            raise self.happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self.git, name)


def interrupted(clinic: Clinic, happens: BaseException) -> Ports:
    """Return the ports with that Git among them."""
    return replace(clinic.visit.ports, git=cast(Git, Interrupted(clinic.visit.ports.git, happens)))


def test_after_ctrl_c_everything_is_removed(clinic: Clinic) -> None:
    findings = clinic.examine(ports=interrupted(clinic, KeyboardInterrupt()))
    assert f"refs/heads/{BRANCH}" in findings["removed"].detail
    assert clinic.refs() == []
    assert (findings["status"].outcome, findings["status"].detail) == (Outcome.NOT_PROVEN, STOPPED)
    assert verdict(list(findings.values())) == 1


def test_after_an_error_of_the_doctor_itself_everything_is_removed(clinic: Clinic) -> None:
    with pytest.raises(ZeroDivisionError):
        clinic.examine(ports=interrupted(clinic, ZeroDivisionError()))
    assert clinic.refs() == []
