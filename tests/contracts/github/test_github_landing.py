"""Rulesets, signed commits, branches and pull requests, by the port of GitHub against a local one."""

import pytest

from bot.errors import Rejected
from bot.ports.git_host import BranchRules, Push
from sandbox import branches
from sandbox.records import Fault
from tests.contracts.github.test_github import Place, place

__all__ = ["place"]


def tree(place: Place, sha: str) -> str:
    return place.bare.git("rev-parse", f"{sha}^{{tree}}")


def test_the_rules_of_a_branch_are_read(place: Place) -> None:
    assert place.github.rules(place.repository, "tune") == BranchRules()
    place.bare.require_signatures("tune")
    place.bare.dismiss_stale_reviews("tune")
    assert place.github.rules(place.repository, "tune") == BranchRules(signatures=True, dismisses=True)
    place.sandbox.state.faults.append(_refused("rules/branches", 403, "Upgrade to GitHub Pro"))
    assert place.github.rules(place.repository, "tune") == BranchRules()


def test_a_commit_made_by_github_is_signed_and_may_land(place: Place) -> None:
    place.bare.require_signatures("tune")
    unsigned = place.bench.commit({"params.yaml": ("100644", b"lr: 3\n")}, place.head)
    place.bench.git("push", "--quiet", str(place.bare.repository.folder), f"{unsigned}:refs/studio/scratch/x")
    with pytest.raises(Rejected, match="verified signatures"):
        place.github.move_branch(place.repository, "tune", unsigned)
    signed = place.github.sign(place.repository, tree(place, unsigned), place.head, "Set lr=3")
    place.github.move_branch(place.repository, "tune", signed)
    assert place.bare.git("rev-parse", "refs/heads/tune") == signed
    assert place.bare.git("log", "-1", "--format=%an %s", signed) == "studio[bot] Set lr=3"


def test_a_branch_is_not_moved_back_nor_past_its_protection(place: Place) -> None:
    with pytest.raises(Rejected, match="not a fast forward"):
        place.github.move_branch(place.repository, "tune", place.base)
    with pytest.raises(Rejected, match="does not exist"):
        place.github.move_branch(place.repository, "absent/branch", place.head)
    place.bare.protect("main")
    with pytest.raises(Rejected, match="through a pull request"):
        place.github.move_branch(place.repository, "main", place.head)


def test_a_tree_or_parent_that_github_lacks_is_refused(place: Place) -> None:
    with pytest.raises(Rejected, match="Tree SHA"):
        place.github.sign(place.repository, "0" * 40, place.head, "Say")
    with pytest.raises(Rejected, match="Parent SHA"):
        place.github.sign(place.repository, tree(place, place.head), "0" * 40, "Say")
    place.sandbox.state.faults.append(_refused("git/commits", 409, "Git Repository is empty."))
    with pytest.raises(Rejected, match="empty"):
        place.github.sign(place.repository, tree(place, place.head), place.head, "Say")


def test_a_pull_request_is_opened_once(place: Place) -> None:
    place.bench.git("push", "--quiet", str(place.bare.repository.folder), f"{place.head}:refs/heads/a/b#1")
    number = place.github.open_pull(place.repository, "a/b#1", "main", "Mine", "Look.")
    assert place.github.open_pull(place.repository, "a/b#1", "main", "Mine", "Look.") == number
    with pytest.raises(Rejected, match="No commits between"):
        place.bench.git("push", "--quiet", str(place.bare.repository.folder), f"{place.base}:refs/heads/same")
        place.github.open_pull(place.repository, "same", "main", "Mine", "Look.")
    with pytest.raises(Rejected):
        place.github.open_pull(place.repository, "absent", "main", "Mine", "Look.")


def _refused(path: str, status: int, message: str) -> Fault:
    return Fault("GET" if status == 403 else "POST", path, status, body={"message": message})


def test_pushes_to_a_branch_are_listed_newest_first(place: Place) -> None:
    repository = place.bare.repository
    branches.set_branch(place.sandbox.state, repository, "tune", place.base, "wes")
    place.now[0] += 5
    branches.set_branch(place.sandbox.state, repository, "tune", place.head, "ada")
    branches.set_branch(place.sandbox.state, repository, "other", place.head, "ada")
    told = place.github.pushes(place.repository, "tune")
    assert told == (
        Push(place.base, place.head, "ada", place.now[0]),
        Push(place.head, place.base, "wes", place.now[0] - 5),
    )
    place.sandbox.state.faults.append(Fault("GET", r".*/activity$", 404))
    assert place.github.pushes(place.repository, "tune") == ()
