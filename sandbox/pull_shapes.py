"""Pull requests, comments, reactions and check runs as GitHub's REST API shows them."""

from collections import Counter

from sandbox import gitfolder
from sandbox.records import REACTIONS, CheckRun, Comment, HostedRepository, Json, Pull, Reaction
from sandbox.shapes import app, moment, moment_or_none, node, repository, user
from sandbox.state import State


def association(state: State, where: HostedRepository, login: str) -> str:
    """Return `author_association`. A bot must not decide by it what somebody may do."""
    if where.owner.lower() == login.lower():
        return "OWNER"
    return "COLLABORATOR" if login in where.collaborators else "NONE"


def side(state: State, where: HostedRepository, ref: str, sha: str) -> Json:
    """Return the head or base of a pull request."""
    return {
        "label": f"{where.owner}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user(state, where.owner),
        "repo": repository(state, where),
    }


def pull(state: State, shown: Pull) -> Json:
    """Return a pull request as the schema's PullRequest."""
    base, head = state.repositories[shown.repository], state.repositories[shown.head_repository]
    api, page = f"{state.url}/api/v3/repos/{base.full_name}", f"{state.url}/{base.full_name}/pull/{shown.number}"
    head_sha, base_sha = gitfolder.pull_head(state, shown), gitfolder.pull_base(state, shown)
    commits, changed, additions, deletions = gitfolder.size_of_change(base.folder, base_sha, head_sha)
    links = {
        "self": f"{api}/pulls/{shown.number}",
        "html": page,
        "issue": f"{api}/issues/{shown.number}",
        "comments": f"{api}/issues/{shown.number}/comments",
        "review_comments": f"{api}/pulls/{shown.number}/comments",
        "review_comment": f"{api}/pulls/comments{{/number}}",
        "commits": f"{api}/pulls/{shown.number}/commits",
        "statuses": f"{api}/statuses/{head_sha}",
    }
    return {
        "id": shown.id,
        "node_id": node("PullRequest", shown.id),
        "number": shown.number,
        "title": shown.title,
        "body": shown.body or None,
        "user": user(state, shown.user),
        "state": shown.state,
        "locked": False,
        "active_lock_reason": None,
        "draft": False,
        "url": links["self"],
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        **{f"{name}_url": link for name, link in links.items() if name not in ("self", "html")},
        "_links": {name: {"href": link} for name, link in links.items()},
        "head": side(state, head, shown.head_ref, head_sha),
        "base": side(state, base, shown.base_ref, base_sha),
        "created_at": moment(shown.created_at),
        "updated_at": moment(shown.updated_at),
        "closed_at": moment_or_none(shown.closed_at),
        "merged_at": moment_or_none(shown.merged_at),
        "merged": shown.merged,
        "merged_by": user(state, shown.merged_by) if shown.merged_by else None,
        "merge_commit_sha": shown.merge_commit or None,
        "mergeable": None if shown.state == "closed" else True,
        "rebaseable": None if shown.state == "closed" else True,
        "mergeable_state": "unknown" if shown.state == "closed" else "clean",
        "author_association": association(state, base, shown.user),
        "auto_merge": None,
        "milestone": None,
        "assignee": None,
        **{name: [] for name in ("labels", "assignees", "requested_reviewers", "requested_teams")},
        "maintainer_can_modify": base.id != head.id,
        "comments": len(state.comments_of(base, shown.number)),
        "review_comments": 0,
        "commits": commits,
        "additions": additions,
        "deletions": deletions,
        "changed_files": changed,
    }


def comment(state: State, shown: Comment) -> Json:
    """Return a comment as the schema's IssueComment."""
    where = state.repositories[shown.repository]
    api = f"{state.url}/api/v3/repos/{where.full_name}/issues"
    return {
        "id": shown.id,
        "node_id": node("IssueComment", shown.id),
        "url": f"{api}/comments/{shown.id}",
        "html_url": f"{state.url}/{where.full_name}/pull/{shown.number}#issuecomment-{shown.id}",
        "issue_url": f"{api}/{shown.number}",
        "user": user(state, shown.user),
        "body": shown.body,
        "created_at": moment(shown.created_at),
        "updated_at": moment(shown.updated_at),
        "author_association": association(state, where, shown.user),
        "performed_via_github_app": app(state, state.apps[shown.app]) if shown.app else None,
        "reactions": rollup(f"{api}/comments/{shown.id}/reactions", state.reactions_of(shown)),
    }


def rollup(url: str, reactions: list[Reaction]) -> Json:
    """Return how often each reaction was given."""
    counted = Counter(reaction.content for reaction in reactions)
    return {"url": url, "total_count": len(reactions), **{content: counted[content] for content in REACTIONS}}


def reaction(state: State, shown: Reaction) -> Json:
    """Return a reaction as the schema's Reaction."""
    return {
        "id": shown.id,
        "node_id": node("Reaction", shown.id),
        "user": user(state, shown.user),
        "content": shown.content,
        "created_at": moment(shown.created_at),
    }


def check_run(state: State, shown: CheckRun) -> Json:
    """Return a check run as the schema's CheckRun."""
    where = state.repositories[shown.repository]
    url = f"{state.url}/api/v3/repos/{where.full_name}/check-runs/{shown.id}"
    page = f"{state.url}/{where.full_name}/runs/{shown.id}"
    suite = min(run.id for run in state.checks_of(where, shown.head_sha) if run.app == shown.app)
    return {
        "id": shown.id,
        "node_id": node("CheckRun", shown.id),
        "name": shown.name,
        "head_sha": shown.head_sha,
        "external_id": shown.external_id,
        "url": url,
        "html_url": page,
        "details_url": shown.details_url or page,
        "status": shown.status,
        "conclusion": shown.conclusion,
        "started_at": moment_or_none(shown.started_at),
        "completed_at": moment_or_none(shown.completed_at),
        "output": {
            **{name: shown.output.get(name) for name in ("title", "summary", "text")},
            "annotations_count": len(shown.output.get("annotations", ())),
            "annotations_url": f"{url}/annotations",
        },
        # The first check run of an App on a commit begins its suite; suites have ids of their own.
        "check_suite": {"id": suite + 10**10},
        "app": app(state, state.apps[shown.app]),
        "pull_requests": [
            minimal_pull(state, found)
            for found in state.pulls_of(where)
            if found.state == "open" and gitfolder.pull_head(state, found) == shown.head_sha
        ],
    }


def minimal_pull(state: State, shown: Pull) -> Json:
    """Return a pull request as the schema's PullRequestMinimal, which check runs hold."""
    base, head = state.repositories[shown.repository], state.repositories[shown.head_repository]

    def end(where: HostedRepository, ref: str, sha: str) -> Json:
        url = f"{state.url}/api/v3/repos/{where.full_name}"
        return {"ref": ref, "sha": sha, "repo": {"id": where.id, "url": url, "name": where.name}}

    return {
        "id": shown.id,
        "number": shown.number,
        "url": f"{state.url}/api/v3/repos/{base.full_name}/pulls/{shown.number}",
        "head": end(head, shown.head_ref, gitfolder.pull_head(state, shown)),
        "base": end(base, shown.base_ref, gitfolder.pull_base(state, shown)),
    }
