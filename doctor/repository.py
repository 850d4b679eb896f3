"""The checks that write in one repository, in the order in which they need each other."""

from doctor.finding import Check
from doctor.reach import Picture
from doctor.registration import OnRecord
from doctor.scratch import Scratch

RIGHTS = (
    "The App and this installation need `{}` (see the checks above). Rulesets that cover all branches refuse it, too: "
    "let the App bypass them."
)


def checks(scratch: Scratch, record: OnRecord, picture: Picture) -> tuple[Check, ...]:
    """Return the checks of one repository."""
    registration = record.registration
    return (
        Check(
            "repository",
            "The App was given the repository",
            "Add it on the installation's page, under “Repository access”.",
            lambda: f"id {scratch.granted.repository.id}, default branch {scratch.granted.default_branch}",
            needs=("installed",),
        ),
        Check(
            "swept",
            "The repository is clean before",
            "Delete the branches and refs named studio-doctor-… by hand.",
            scratch.swept,
            needs=("repository",),
        ),
        Check(
            "read",
            "Git reads by a narrow token",
            RIGHTS.format("contents: read"),
            scratch.read,
            needs=("swept", "data"),
        ),
        Check(
            "branch",
            "Git pushes a branch by a narrow token",
            RIGHTS.format("contents: write"),
            scratch.pushed,
            needs=("read",),
        ),
        Check(
            "exps",
            "Refs below refs/exps are taken and listed",
            "DVC keeps experiments there. A pre-receive hook, a push rule or a proxy for Git refuses them.",
            lambda: scratch.kept("exps"),
            needs=("branch",),
        ),
        Check(
            "studio-exps",
            "Refs below refs/studio are taken and listed",
            "Projects without DVC keep them there. A pre-receive hook, a push rule or a proxy for Git refuses them.",
            lambda: scratch.kept("studio/exps"),
            needs=("branch",),
        ),
        Check(
            "signed",
            "A commit made by the API is signed by GitHub",
            RIGHTS.format("contents: write") + " Branches that require signatures take no results without it.",
            scratch.signed,
            needs=("branch",),
        ),
        Check(
            "check-run",
            "Check runs are written",
            RIGHTS.format("checks: write"),
            scratch.checked,
            needs=("branch",),
        ),
        Check(
            "status",
            "Commit statuses are written",
            RIGHTS.format("statuses: write"),
            scratch.told,
            needs=("branch",),
        ),
        Check(
            "people",
            "What a person may do is told",
            RIGHTS.format("metadata: read"),
            scratch.asked,
            needs=("repository",),
        ),
        Check(
            "proxy",
            "Pictures load in comments",
            "GitHub fetches them from PUBLIC_URL by its own proxy, without a login: let it through the firewall "
            f"to {record.settings.public_url}/plots.",
            lambda: picture.is_shown(registration, scratch.granted.repository),
            needs=("repository", "picture"),
        ),
    )


def comments(scratch: Scratch) -> Check:
    """Return the check of pull requests and comments. People who watch the repository are notified of it."""
    return Check(
        "comments",
        "Pull requests, comments and reactions are written",
        RIGHTS.format("pull_requests: write"),
        scratch.discussed,
        needs=("branch",),
    )
