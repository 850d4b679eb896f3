"""The bodies of GitHub's webhook events, without what all of them have (sender, repository, installation)."""

from sandbox import gitfolder, pull_shapes, shapes
from sandbox.records import App, CheckRun, Comment, HostedRepository, Json, Pull
from sandbox.state import State

MOST_COMMITS = 20  # in a push event


def issue(state: State, pull: Pull) -> Json:
    """Return a pull request as the issue that it also is."""
    where = state.repositories[pull.repository]
    repository_url = f"{state.url}/api/v3/repos/{where.full_name}"
    url = f"{repository_url}/issues/{pull.number}"
    page = f"{state.url}/{where.full_name}/pull/{pull.number}"
    return {
        "id": pull.id + 10**10,  # the issue of a pull request has an id of its own
        "node_id": shapes.node("PullRequest", pull.id),
        "number": pull.number,
        "title": pull.title,
        "body": pull.body or None,
        "user": shapes.user(state, pull.user),
        "state": pull.state,
        "state_reason": None,
        "locked": False,
        "active_lock_reason": None,
        "draft": False,
        "url": url,
        "html_url": page,
        "repository_url": repository_url,
        "labels_url": f"{url}/labels{{/name}}",
        **{f"{name}_url": f"{url}/{name}" for name in ("comments", "events", "timeline")},
        "pull_request": {
            "url": f"{repository_url}/pulls/{pull.number}",
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": shapes.moment_or_none(pull.merged_at),
        },
        "labels": [],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "performed_via_github_app": None,
        "author_association": pull_shapes.association(state, where, pull.user),
        "reactions": pull_shapes.rollup(f"{url}/reactions", []),
        "comments": len(state.comments_of(where, pull.number)),
        "created_at": shapes.moment(pull.created_at),
        "updated_at": shapes.moment(pull.updated_at),
        "closed_at": shapes.moment_or_none(pull.closed_at),
    }


def commented(state: State, comment: Comment, action: str) -> Json:
    """Return the payload of issue_comment: created, edited, deleted."""
    pull = state.pull(state.repositories[comment.repository], comment.number)
    return {"action": action, "issue": issue(state, pull), "comment": pull_shapes.comment(state, comment)}


def pulled(state: State, pull: Pull, action: str) -> Json:
    """Return the payload of pull_request: opened, reopened, synchronize, closed."""
    return {"action": action, "number": pull.number, "pull_request": pull_shapes.pull(state, pull)}


def checked(state: State, check: CheckRun, action: str) -> Json:
    """Return the payload of check_run: created, completed, rerequested, requested_action."""
    told = pull_shapes.check_run(state, check)
    suite = told["check_suite"] | {"head_sha": check.head_sha, "pull_requests": told["pull_requests"]}
    return {"action": action, "check_run": told | {"check_suite": suite}}


def suite_checked(state: State, check: CheckRun, action: str) -> Json:
    """Return the payload of check_suite: rerequested.

    The suite holds all check runs that this one's App has on its commit. Re-running resets the suite, so it is queued.
    """
    repository, told = state.repositories[check.repository], pull_shapes.check_run(state, check)
    suite = told["check_suite"]["id"]
    api = f"{state.url}/api/v3/repos/{repository.full_name}/check-suites/{suite}"
    runs = [run for run in state.checks_of(repository, check.head_sha) if run.app == check.app]
    (commit,) = commits_of(state, repository, "", check.head_sha, 1)
    return {
        "action": action,
        "check_suite": {
            "id": suite,
            "node_id": shapes.node("CheckSuite", suite),
            "head_branch": next((each["head"]["ref"] for each in told["pull_requests"]), None),
            "head_sha": check.head_sha,
            "head_commit": {name: commit[name] for name in ("id", "tree_id", "message", "timestamp", "author")}
            | {"committer": commit["author"]},
            "status": "queued",
            "conclusion": None,
            "url": api,
            "check_runs_url": f"{api}/check-runs",
            "latest_check_runs_count": len({run.name for run in runs}),
            "before": None,
            "after": check.head_sha,
            "pull_requests": told["pull_requests"],
            "app": told["app"],
            "rerequestable": True,
            "runs_rerequestable": True,
            "created_at": shapes.moment(min(run.created_at for run in runs)),
            "updated_at": shapes.moment(state.clock()),
        },
    }


def suite_requested(state: State, repository: HostedRepository, app: App, branch: str, before: str, after: str) -> Json:
    """Return the payload of check_suite: requested. GitHub opens a suite for each push and App with checks: write."""
    suite = int(after[:8], 16) + 2 * 10**10
    api = f"{state.url}/api/v3/repos/{repository.full_name}/check-suites/{suite}"
    (commit,) = commits_of(state, repository, "", after, 1)
    pulls = [
        pull_shapes.minimal_pull(state, found)
        for found in state.pulls_of(repository)
        if found.state == "open" and found.head_repository == repository.id and found.head_ref == branch
    ]
    return {
        "action": "requested",
        "check_suite": {
            "id": suite,
            "node_id": shapes.node("CheckSuite", suite),
            "head_branch": branch,
            "head_sha": after,
            "head_commit": {name: commit[name] for name in ("id", "tree_id", "message", "timestamp", "author")}
            | {"committer": commit["author"]},
            "status": "queued",
            "conclusion": None,
            "url": api,
            "check_runs_url": f"{api}/check-runs",
            "latest_check_runs_count": 0,
            "before": before,
            "after": after,
            "pull_requests": pulls,
            "app": shapes.app(state, app),
            "rerequestable": True,
            "runs_rerequestable": True,
            "created_at": shapes.moment(state.clock()),
            "updated_at": shapes.moment(state.clock()),
        },
    }


def pushed(state: State, repository: HostedRepository, ref: str, before: str, after: str, by: str) -> Json:
    """Return the payload of push: a branch was made, moved or deleted (a SHA of zeros)."""
    created, deleted = not before.strip("0"), not after.strip("0")
    commits = [] if deleted else commits_of(state, repository, before, after)
    forced = not created and not deleted and not gitfolder.is_ancestor(repository, before, after)
    return {
        "ref": ref,
        "base_ref": None,
        "before": before,
        "after": after,
        "created": created,
        "deleted": deleted,
        "forced": forced,
        "compare": f"{state.url}/{repository.full_name}/compare/{before[:12]}...{after[:12]}",
        "commits": commits,
        "head_commit": commits[-1] if commits else None,
        "pusher": {"name": by, "email": f"{by}@users.noreply.github.com"},
    }


def commits_of(
    state: State, repository: HostedRepository, before: str, after: str, most: int = MOST_COMMITS
) -> list[Json]:
    """Return the newest commits of a push, the oldest first."""
    known = [f"^{before}"] if before.strip("0") else []
    form = "%H%x00%T%x00%an%x00%ae%x00%cn%x00%ce%x00%cI%x00%B%x01"
    text = gitfolder.log(repository.folder, f"-n{most}", f"--format={form}", after, *known)
    told = []
    for entry in text.split("\x01"):
        if not entry.strip():
            continue
        sha, tree, author, author_mail, committer, committer_mail, when, message = entry.lstrip("\n").split("\x00")
        told.append(
            {
                "id": sha,
                "tree_id": tree,
                "distinct": True,
                "message": message.strip(),
                "timestamp": when,
                "url": f"{state.url}/{repository.full_name}/commit/{sha}",
                "author": {"name": author, "email": author_mail},
                "committer": {"name": committer, "email": committer_mail},
                "added": [],
                "removed": [],
                "modified": [],
            }
        )
    return told[::-1]


def greeting(app: App, hook: int) -> Json:
    """Return the payload of ping."""
    config = {"url": app.webhook_url, "content_type": "json", "insecure_ssl": "0", "secret": "********"}
    created = shapes.moment(app.created_at)
    described = {"type": "App", "id": hook, "name": "web", "active": True, "events": list(app.events)}
    return {
        "zen": "Keep it logically awesome.",
        "hook_id": hook,
        "hook": described | {"config": config, "app_id": app.id, "created_at": created, "updated_at": created},
    }
