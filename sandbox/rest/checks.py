"""REST routes of check runs."""

from flask import Blueprint, Response, jsonify, request

from sandbox import checks as rules
from sandbox import gitfolder, pull_shapes
from sandbox.rest.door import Answer, arrive, body, bot_of, page_of, repository_for, state, with_links
from sandbox.tokens import Refusal

checks = Blueprint("rest_checks", __name__, url_prefix="/api/v3/repos/<owner>/<name>")
arrive(checks)


@checks.post("/check-runs")
def create(owner: str, name: str) -> Answer:
    """Make a check run on a commit of the repository."""
    repository, token = repository_for(owner, name, ("checks", "write"))
    made = rules.create(state(), repository, bot_of(token).id, body())
    return jsonify(pull_shapes.check_run(state(), made)), 201


@checks.patch("/check-runs/<int:number>")
def update(owner: str, name: str, number: int) -> Response:
    """Change a check run of the App's own."""
    repository, token = repository_for(owner, name, ("checks", "write"))
    check, app = rules.find(state(), repository, number), bot_of(token)
    if check.app != app.id:
        raise Refusal(
            403,
            f"Invalid app_id `{app.id}` - check run can only be modified by the GitHub App that created it.",
        )
    return jsonify(pull_shapes.check_run(state(), rules.update(state(), check, body())))


@checks.get("/check-runs/<int:number>")
def show(owner: str, name: str, number: int) -> Response:
    """Return one check run."""
    repository, _ = repository_for(owner, name, ("checks", "read"))
    return jsonify(pull_shapes.check_run(state(), rules.find(state(), repository, number)))


@checks.get("/commits/<path:ref>/check-runs")
def of_commit(owner: str, name: str, ref: str) -> Response:
    """List check runs of a commit, branch or tag: the newest of each name, or all with `filter=all`."""
    repository, _ = repository_for(owner, name, ("checks", "read"))
    found = state().checks_of(repository, gitfolder.sha_of(repository, ref))
    if "check_name" in request.args:
        found = [check for check in found if check.name == request.args["check_name"]]
    if "app_id" in request.args:
        found = [check for check in found if str(check.app) == request.args["app_id"]]
    if request.args.get("filter", "latest") == "latest":
        found = list({(check.app, check.name): check for check in reversed(found)}.values())
    page, links = page_of([pull_shapes.check_run(state(), check) for check in found])
    return with_links({"total_count": len(found), "check_runs": page}, links)
