"""REST routes of commit statuses."""

from flask import Blueprint, Response, jsonify

from sandbox import gitfolder, shapes
from sandbox import statuses as rules
from sandbox.records import CommitStatus, Json
from sandbox.rest.door import Answer, arrive, body, bot_of, page_of, repository_for, state, with_links

statuses = Blueprint("rest_statuses", __name__, url_prefix="/api/v3/repos/<owner>/<name>")
arrive(statuses)


@statuses.post("/statuses/<sha>")
def create(owner: str, name: str, sha: str) -> Answer:
    """Make a status of a commit of the repository."""
    repository, token = repository_for(owner, name, ("statuses", "write"))
    made = rules.create(state(), repository, sha, body(), bot_of(token).bot)
    return jsonify({**shown(made), "creator": shapes.user(state(), made.creator)}), 201


@statuses.get("/commits/<path:ref>/status")
def of_commit(owner: str, name: str, ref: str) -> Response:
    """Return the newest status of each context, and the combined state."""
    repository, _ = repository_for(owner, name, ("statuses", "read"))
    sha = gitfolder.sha_of(repository, ref)
    found = rules.newest(state(), repository, sha)
    page, links = page_of([shown(one) for one in found])
    commit = f"{state().url}/api/v3/repos/{repository.full_name}/commits/{sha}"
    whole = {
        "state": rules.combined(found),
        "statuses": page,
        "sha": sha,
        "total_count": len(found),
        "repository": shapes.repository(state(), repository),
        "commit_url": commit,
        "url": f"{commit}/status",
    }
    return with_links(whole, links)


def shown(status: CommitStatus) -> Json:
    """Return a status as the schema's SimpleCommitStatus."""
    where = state().repositories[status.repository]
    moment = shapes.moment(status.created_at)
    return {
        "id": status.id,
        "node_id": shapes.node("StatusContext", status.id),
        "url": f"{state().url}/api/v3/repos/{where.full_name}/statuses/{status.sha}",
        "avatar_url": f"{state().url}/avatars/u/{state().user(status.creator).id}",
        "state": status.state,
        "description": status.description,
        "target_url": status.target_url,
        "context": status.context,
        "created_at": moment,
        "updated_at": moment,
    }
