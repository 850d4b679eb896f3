"""Rulesets of branches: only signed commits, and what a pull request into a branch needs."""

from sandbox import gitfolder
from sandbox.records import HostedRepository, Json

RULESET = 42  # the ruleset's id; each repository has one ruleset


def require_signatures(repository: HostedRepository, branch: str) -> None:
    """Require signed commits on this branch. The update hook enforces it, too."""
    gitfolder.git(repository.folder, "config", "--add", "sandbox.signed", branch)


def dismiss_stale_reviews(repository: HostedRepository, branch: str) -> None:
    """Make a push dismiss the approvals of pull requests into this branch."""
    gitfolder.git(repository.folder, "config", "--add", "sandbox.dismissed", branch)


def sign(repository: HostedRepository, sha: str) -> None:
    """Mark a commit as signed by GitHub, as one is that an App makes by the API."""
    gitfolder.git(repository.folder, "config", "--add", "sandbox.signature", sha)


def signed(repository: HostedRepository, sha: str) -> bool:
    """Return whether GitHub signed this commit."""
    return sha in _listed(repository, "signature")


def of_branch(repository: HostedRepository, branch: str) -> list[Json]:
    """Return each rule in force as the schema's RepositoryRuleDetailed."""
    source = {"ruleset_source_type": "Repository", "ruleset_source": repository.full_name, "ruleset_id": RULESET}
    found: list[Json] = []
    if branch in _listed(repository, "signed"):
        found.append({"type": "required_signatures", **source})
    if branch in _listed(repository, "dismissed"):
        parameters = {
            "allowed_merge_methods": ["merge", "squash", "rebase"],
            "dismiss_stale_reviews_on_push": True,
            "require_code_owner_review": False,
            "require_last_push_approval": False,
            "required_approving_review_count": 1,
            "required_review_thread_resolution": False,
        }
        found.append({"type": "pull_request", "parameters": parameters, **source})
    return found


def refusal(repository: HostedRepository, branch: str, before: str, after: str) -> str:
    """Return why the API may not move a branch; empty where it may."""
    if branch in _listed(repository, "protected"):
        return "Changes must be made through a pull request."
    if branch in _listed(repository, "signed"):
        new = gitfolder.git(repository.folder, "rev-list", after, f"^{before}").split()
        if not set(new) <= set(_listed(repository, "signature")):
            return "Commits must have verified signatures."
    return ""


def _listed(repository: HostedRepository, name: str) -> list[str]:
    settings = (line.partition("=") for line in gitfolder.git(repository.folder, "config", "--list").splitlines())
    return [value for key, _, value in settings if key == f"sandbox.{name}"]
