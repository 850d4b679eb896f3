"""REST routes of repositories, permissions in them, and their pull requests."""

from flask import Blueprint, Response, jsonify, request

from sandbox import gitfolder, pull_shapes, rules, shapes
from sandbox.rest.door import Answer, arrive, body, bot_of, page_of, repository_for, state, with_links
from sandbox.state import Unprocessable
from sandbox.web import conversation

repositories = Blueprint("rest_repositories", __name__, url_prefix="/api/v3/repos/<owner>/<name>")
arrive(repositories)

# GitHub's older `permission` has four levels; `role_name` has all roles.
LEGACY = {"triage": "read", "maintain": "write"}


@repositories.get("")
def show(owner: str, name: str) -> Response:
    """Return the repository."""
    repository, _ = repository_for(owner, name, ("metadata", "read"))
    return jsonify(shapes.repository(state(), repository))


@repositories.get("/collaborators/<login>/permission")
def permission(owner: str, name: str, login: str) -> Response:
    """Return what a user may do: `none` for a user without a role, 404 for an unknown one."""
    repository, _ = repository_for(owner, name, ("metadata", "read"))
    role = state().role(repository, state().user(login).login)
    user = shapes.user(state(), login) | {"role_name": role}
    return jsonify({"permission": LEGACY.get(role, role), "role_name": role, "user": user})


@repositories.get("/activity")
def activity(owner: str, name: str) -> Response:
    """List what happened to branches, the newest first; `ref` selects one branch, by its full or short name."""
    repository, _ = repository_for(owner, name, ("contents", "read"))
    found = state().activities_of(repository)
    wanted = request.args.get("ref", "").removeprefix("refs/heads/")
    if wanted:
        found = [each for each in found if each.ref == f"refs/heads/{wanted}"]
    page, links = page_of([shapes.activity(state(), each) for each in found])
    return with_links(page, links)


@repositories.get("/rules/branches/<path:branch>")
def branch_rules(owner: str, name: str, branch: str) -> Response:
    """List the rules for a branch. A branch that does not exist may have rules, too."""
    repository, _ = repository_for(owner, name, ("metadata", "read"))
    return jsonify(rules.of_branch(repository, branch))


@repositories.get("/pulls")
def pulls(owner: str, name: str) -> Response:
    """List pull requests, the newest first; `head` is `owner:branch`, and `state` is open by default."""
    repository, _ = repository_for(owner, name, ("pull_requests", "read"))
    found = [pull_shapes.pull(state(), pull) for pull in reversed(state().pulls_of(repository))]
    wanted = request.args.get("state", "open")
    found = [pull for pull in found if wanted in ("all", pull["state"])]
    if "head" in request.args:
        found = [pull for pull in found if pull["head"]["label"] == request.args["head"]]
    page, links = page_of(found)
    return with_links(page, links)


@repositories.post("/pulls")
def open_pull(owner: str, name: str) -> Answer:
    """Open a pull request as the App."""
    repository, token = repository_for(owner, name, ("pull_requests", "write"))
    asked = body()
    branch, base = (str(asked.get(field, "")) for field in ("head", "base"))
    wrong = {"resource": "PullRequest", "code": "custom"}
    for pull in state().pulls_of(repository):
        if pull.state == "open" and (pull.head_ref, pull.base_ref) == (branch, base):
            label = f"{repository.owner}:{branch}"
            raise Unprocessable(
                "Validation Failed", [{**wrong, "message": f"A pull request already exists for {label}."}]
            )
    refs = gitfolder.refs(repository)
    ends = [refs.get(f"refs/heads/{ref}") for ref in (branch, base)]
    if all(ends) and gitfolder.is_ancestor(repository, str(ends[0]), str(ends[1])):
        raise Unprocessable("Validation Failed", [{**wrong, "message": f"No commits between {base} and {branch}"}])
    title, words, by = str(asked.get("title", "")), str(asked.get("body") or ""), bot_of(token).bot
    made = conversation.open_pull(state(), repository, branch, base, title, words, by)
    return jsonify(pull_shapes.pull(state(), made)), 201


@repositories.get("/pulls/<int:number>")
def pull(owner: str, name: str, number: int) -> Response:
    """Return a pull request as it is now."""
    repository, _ = repository_for(owner, name, ("pull_requests", "read"))
    return jsonify(pull_shapes.pull(state(), state().pull(repository, number)))
