"""The checks that write in one repository, in the order in which they need each other."""

from doctor.finding import DoctorCheck
from doctor.reach import TestPicture
from doctor.registration import OnRecord
from doctor.scratch import Scratch

RIGHTS = (
    "The App and this installation need `{}` (see the checks above). Rulesets that cover all branches refuse it, too: "
    "let the App bypass them."
)


def checks(scratch: Scratch, record: OnRecord, picture: TestPicture) -> tuple[DoctorCheck, ...]:
    """Return the checks of one repository."""
    registration = record.registration
    return (
        DoctorCheck(
            "repository",
            "The App was given the repository",
            "Add it on the installation's page, under “Repository access”.",
            lambda: f"id {scratch.granted.repository.id}, default branch {scratch.granted.default_branch}",
            needs=("installed",),
        ),
        DoctorCheck(
            "swept",
            "The repository is clean before",
            "Delete the branches and refs named studio-doctor-… by hand.",
            scratch.swept,
            needs=("repository",),
        ),
        DoctorCheck(
            "read",
            "Git reads by a narrow token",
            RIGHTS.format("contents: read"),
            scratch.read,
            needs=("swept", "data"),
        ),
        DoctorCheck(
            "branch",
            "Git pushes a branch by a narrow token",
            RIGHTS.format("contents: write"),
            scratch.pushed,
            needs=("read",),
        ),
        DoctorCheck(
            "exps",
            "Refs below refs/exps are accepted and listed",
            "DVC keeps experiments there. A pre-receive hook, a push rule or a proxy for Git refuses them.",
            lambda: scratch.kept("exps"),
            needs=("branch",),
        ),
        DoctorCheck(
            "studio-exps",
            "Refs below refs/studio are accepted and listed",
            "Projects without DVC keep them there. A pre-receive hook, a push rule or a proxy for Git refuses them.",
            lambda: scratch.kept("studio/exps"),
            needs=("branch",),
        ),
        DoctorCheck(
            "signed",
            "A commit made by the API is signed by GitHub",
            RIGHTS.format("contents: write") + " Branches that require signatures accept no results without it.",
            scratch.signed,
            needs=("branch",),
        ),
        DoctorCheck(
            "check-run",
            "Check runs are written",
            RIGHTS.format("checks: write"),
            scratch.checked,
            needs=("branch",),
        ),
        DoctorCheck(
            "status",
            "Commit statuses are written",
            RIGHTS.format("statuses: write"),
            scratch.status_set,
            needs=("branch",),
        ),
        DoctorCheck(
            "people",
            "GitHub says what a person may do",
            RIGHTS.format("metadata: read"),
            scratch.asked,
            needs=("repository",),
        ),
        DoctorCheck(
            "proxy",
            "Pictures load in comments",
            "GitHub fetches them from PUBLIC_URL by its own proxy, without a login: let it through the firewall "
            f"to {record.settings.public_url}/plots.",
            lambda: picture.is_shown(registration, scratch.granted.repository),
            needs=("repository", "picture"),
        ),
    )


def comments(scratch: Scratch) -> DoctorCheck:
    """Return the check of pull requests and comments. People who watch the repository are notified of it."""
    return DoctorCheck(
        "comments",
        "Pull requests, comments and reactions are written",
        RIGHTS.format("pull_requests: write"),
        scratch.discussed,
        needs=("branch",),
    )
