"""Accounts, repositories and Apps as GitHub's REST API shows them, with every field that the schema requires."""

import base64
from datetime import UTC, datetime

from sandbox.records import Activity, App, HostedRepository, Installation, Json, Token
from sandbox.state import State

USER_LINKS = (
    *("followers", "following", "gists", "starred", "subscriptions", "organizations"),
    *("repos", "events", "received_events"),
)
REPOSITORY_LINKS = (
    *("archive", "assignees", "blobs", "branches", "collaborators", "comments", "commits"),
    *("compare", "contents", "contributors", "deployments", "downloads", "events", "forks"),
    *("git_commits", "git_refs", "git_tags", "hooks", "issue_comment", "issue_events", "issues"),
    *("keys", "labels", "languages", "merges", "milestones", "notifications", "pulls"),
    *("releases", "stargazers", "statuses", "subscribers", "subscription", "tags", "teams"),
    "trees",
)
FEATURES = ("issues", "projects", "wiki", "pages", "discussions")
PATHS = {"git_commits": "git/commits", "git_refs": "git/refs", "git_tags": "git/tags", "trees": "git/trees"} | {
    "issue_comment": "issues/comments",
    "issue_events": "issues/events",
    "blobs": "git/blobs",
}


def moment(seconds: float) -> str:
    """Return a time as text: `2026-01-31T12:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_or_none(seconds: float | None) -> str | None:
    """Return a time as text; None for what has not happened."""
    return None if seconds is None else moment(seconds)


def node(kind: str, number: int) -> str:
    """Return a GraphQL node id, which is opaque."""
    return base64.b64encode(f"0{len(kind)}:{kind}{number}".encode()).decode()


def user(state: State, login: str) -> Json:
    """Return a user as the schema's SimpleUser."""
    found = state.user(login)
    api = f"{state.url}/api/v3/users/{found.login}"
    page = f"{state.url}/apps/{found.login[:-5]}" if found.type == "Bot" else f"{state.url}/{found.login}"
    return {
        "login": found.login,
        "id": found.id,
        "node_id": node("User", found.id),
        "avatar_url": f"{state.url}/avatars/u/{found.id}",
        "gravatar_id": "",
        "url": api,
        "html_url": page,
        **{f"{name}_url": f"{api}/{name}" for name in USER_LINKS},
        "type": found.type,
        "user_view_type": "public",
        "site_admin": False,
    }


def repository(state: State, shown: HostedRepository) -> Json:
    """Return a repository as the schema's FullRepository, which holds all of Repository."""
    api, page = f"{state.url}/api/v3/repos/{shown.full_name}", f"{state.url}/{shown.full_name}"
    with state.lock:
        forks = sum(other.parent == shown.id for other in state.repositories.values())
        still_open = sum(pull.state == "open" for pull in state.pulls_of(shown))
    counts = {"forks": forks, "open_issues": still_open, "stargazers": 0, "watchers": 0}
    host = state.url.partition("://")[2]
    return {
        "id": shown.id,
        "node_id": node("Repository", shown.id),
        "name": shown.name,
        "full_name": shown.full_name,
        "private": shown.private,
        "visibility": "private" if shown.private else "public",
        "owner": user(state, shown.owner),
        "html_url": page,
        "description": None,
        "fork": bool(shown.parent),
        "url": api,
        **{f"{name}_url": f"{api}/{PATHS.get(name, name)}" for name in REPOSITORY_LINKS},
        "clone_url": f"{page}.git",
        "git_url": f"git://{host}/{shown.full_name}.git",
        "ssh_url": f"git@{host}:{shown.full_name}.git",
        "svn_url": page,
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "size": 0,
        "default_branch": shown.default_branch,
        "topics": [],
        "is_template": False,
        "archived": False,
        "disabled": False,
        "allow_forking": True,
        "web_commit_signoff_required": False,
        **{f"has_{name}": name in ("issues", "projects") for name in FEATURES},
        **{f"{name}_count": number for name, number in counts.items()},
        **{name: counts[name] for name in ("forks", "open_issues", "watchers")},
        "subscribers_count": 0,
        "network_count": forks,
        "created_at": moment(shown.created_at),
        "updated_at": moment(shown.created_at),
        "pushed_at": moment(next((each.when for each in state.activities_of(shown)), shown.created_at)),
    }


def activity(state: State, shown: Activity) -> Json:
    """Return a branch's change as the schema's Activity."""
    return {
        "id": shown.id,
        "node_id": node("PSH", shown.id),
        "before": shown.before,
        "after": shown.after,
        "ref": shown.ref,
        "timestamp": moment(shown.when),
        "activity_type": shown.kind,
        "actor": user(state, shown.actor),
    }


def app(state: State, shown: App) -> Json:
    """Return an App as the schema's Integration."""
    return {
        "id": shown.id,
        "slug": shown.slug,
        "client_id": shown.client_id,
        "node_id": node("Integration", shown.id),
        "owner": user(state, shown.owner),
        "name": shown.name,
        "description": "",
        "external_url": shown.webhook_url or f"{state.url}/apps/{shown.slug}",
        "html_url": f"{state.url}/apps/{shown.slug}",
        "created_at": moment(shown.created_at),
        "updated_at": moment(shown.created_at),
        "permissions": dict(shown.permissions),
        "events": list(shown.events),
    }


def installation(state: State, shown: Installation) -> Json:
    """Return an installation as the schema's Installation."""
    account, installed = state.user(shown.account), state.apps[shown.app]
    return {
        "id": shown.id,
        "account": user(state, shown.account),
        "repository_selection": "selected",
        "access_tokens_url": f"{state.url}/api/v3/app/installations/{shown.id}/access_tokens",
        "repositories_url": f"{state.url}/api/v3/installation/repositories",
        "html_url": f"{state.url}/settings/installations/{shown.id}",
        "app_id": installed.id,
        "app_slug": installed.slug,
        "client_id": installed.client_id,
        "target_id": account.id,
        "target_type": account.type,
        "permissions": dict(shown.permissions),
        "events": list(shown.events),
        "single_file_name": None,
        "suspended_by": user(state, shown.account) if shown.suspended_at else None,
        "suspended_at": moment_or_none(shown.suspended_at),
        "created_at": moment(shown.created_at),
        "updated_at": moment(shown.created_at),
    }


def token(state: State, shown: Token) -> Json:
    """Return a token as the schema's InstallationToken, which is shown once."""
    told: Json = {
        "token": shown.token,
        "expires_at": moment(shown.expires_at),
        "permissions": dict(shown.permissions),
        "repository_selection": "selected",
    }
    if shown.narrowed:
        told["repositories"] = [repository(state, state.repositories[one]) for one in sorted(shown.repositories)]
    return told
