"""Repositories, what people may do in them, and their pull requests."""

from flask import Blueprint, Response, jsonify

from sandbox import pull_shapes, shapes
from sandbox.rest.door import arrive, repository_for, state

repositories = Blueprint("rest_repositories", __name__, url_prefix="/api/v3/repos/<owner>/<name>")
arrive(repositories)

# GitHub's older `permission` knows four rights; `role_name` tells all.
LEGACY = {"triage": "read", "maintain": "write"}


@repositories.get("")
def show(owner: str, name: str) -> Response:
    """The repository."""
    repository, _ = repository_for(owner, name, ("metadata", "read"))
    return jsonify(shapes.repository(state(), repository))


@repositories.get("/collaborators/<login>/permission")
def permission(owner: str, name: str, login: str) -> Response:
    """What a user may do; `none` for a user without a right, 404 for nobody."""
    repository, _ = repository_for(owner, name, ("metadata", "read"))
    role = state().role(repository, state().user(login).login)
    user = shapes.user(state(), login) | {"role_name": role}
    return jsonify({"permission": LEGACY.get(role, role), "role_name": role, "user": user})


@repositories.get("/pulls/<int:number>")
def pull(owner: str, name: str, number: int) -> Response:
    """A pull request as it is now."""
    repository, _ = repository_for(owner, name, ("pull_requests", "read"))
    return jsonify(pull_shapes.pull(state(), state().pull(repository, number)))
