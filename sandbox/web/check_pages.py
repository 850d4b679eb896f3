"""The page of a check run, and its buttons, on whatever page they are."""

from flask import Response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from sandbox import checks, gitfolder
from sandbox.records import CheckRun
from sandbox.rest.door import state
from sandbox.state import Unprocessable
from sandbox.web.pages import back, page, pages, posted_speaker, who_speaks

__all__ = ["pages"]


@pages.get("/<owner>/<name>/runs/<int:check_id>")
def check_run(owner: str, name: str, check_id: int, problem: str = "") -> Response:
    """Show a check run with its report and buttons."""
    repository = state().repository(f"{owner}/{name}")
    check = checks.find(state(), repository, check_id)
    pulls = [p for p in state().pulls_of(repository) if gitfolder.pull_head(state(), p) == check.head_sha]
    speakers, chosen = who_speaks(repository, pulls)
    address = url_for("pages.check_run", owner=owner, name=name, check_id=check_id)
    more = {"speakers": speakers, "chosen": chosen, "pulls": pulls, "problem": problem, "address": address}
    return page("run.html", 422 if problem else 200, repository=repository, check=check, **more)


@pages.post("/<owner>/<name>/runs/<int:check_id>/press")
def press(owner: str, name: str, check_id: int) -> AnyResponse:
    """Press a button of a check run; without an identifier it is Re-run."""
    repository = state().repository(f"{owner}/{name}")
    check: CheckRun = checks.find(state(), repository, check_id)
    identifier = request.form.get("identifier", "")
    try:
        by = posted_speaker(repository)
        if identifier:
            checks.press(state(), check, identifier, by)
        else:
            checks.rerequest(state(), check, by)
    except Unprocessable as error:
        return check_run(owner, name, check_id, error.message)
    return back(_where_from(check), by)


@pages.post("/<owner>/<name>/runs/<int:check_id>/press-all")
def press_all(owner: str, name: str, check_id: int) -> AnyResponse:
    """Press Re-run all checks, of this check run's App and commit."""
    repository = state().repository(f"{owner}/{name}")
    check = checks.find(state(), repository, check_id)
    try:
        by = posted_speaker(repository)
        checks.rerequest_all(state(), repository, check.app, check.head_sha, by)
    except Unprocessable as error:
        return check_run(owner, name, check_id, error.message)
    return back(_where_from(check), by)


def _where_from(check: CheckRun) -> str:
    """Return the address of the pull request's tab with the button, else that of the check run's own page."""
    repository, number = state().repositories[check.repository], request.args.get("pull", 0, int)
    owner, name = repository.owner, repository.name
    if not number:
        return url_for(".check_run", owner=owner, name=name, check_id=check.id, asked="")
    state().pull(repository, number)
    if request.args.get("tab") == "checks":
        return url_for(".pull_tab", owner=owner, name=name, number=number, tab="checks")
    return url_for(".pull_request", owner=owner, name=name, number=number, _anchor="checks")
