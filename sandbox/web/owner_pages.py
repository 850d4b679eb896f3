"""What people do on the pages besides talking: merge, close, delete, rename, suspend the App."""

from subprocess import CalledProcessError

from flask import Response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from sandbox import branches, gitfolder, installations
from sandbox.records import ROLES, HostedRepository, Pull
from sandbox.rest.door import state
from sandbox.state import Unprocessable
from sandbox.web import conversation
from sandbox.web.check_pages import pages
from sandbox.web.pages import back, page, posted_speaker, pull_request, who_speaks

__all__ = ["pages"]


@pages.post("/<owner>/<name>/pull/<int:number>/<any(merge, close, reopen, delete, restore):act>")
def end(owner: str, name: str, number: int, act: str) -> AnyResponse:
    """Merge, close or reopen a pull request; delete or restore its branch."""
    repository = state().repository(f"{owner}/{name}")
    pull = state().pull(repository, number)
    try:
        by = posted_speaker(repository)
        if by.lower() != pull.user.lower() or act == "merge":
            _ask(repository, by, "write")
        _end(repository, pull, act, by)
    except Unprocessable as error:
        return pull_request(owner, name, number, error.message, request.form.get("body", ""))
    return back(url_for(".pull_request", owner=owner, name=name, number=number, _anchor="checks"), by)


def _end(repository: HostedRepository, pull: Pull, act: str, by: str) -> None:
    source = state().repositories[pull.head_repository]
    there = f"refs/heads/{pull.head_ref}" in gitfolder.refs(source)
    wanted = {"merge": "open", "close": "open"}.get(act, "closed")
    if pull.state != wanted or (act in ("reopen", "restore") and pull.merged):
        raise Unprocessable(f"This pull request is {'merged' if pull.merged else pull.state}.")
    if there == (act == "restore"):
        raise Unprocessable(f"The branch {pull.head_ref} is {'there already' if there else 'gone: restore it first'}.")
    match act:
        case "merge":
            try:
                branches.merge_pull(state(), pull, by)
            except CalledProcessError:
                raise Unprocessable(
                    "Both branches changed the same lines: merge the base into the head first."
                ) from None
        case "close":
            conversation.close_pull(state(), pull, by)
        case "reopen":
            conversation.reopen_pull(state(), pull, by)
        case "delete":
            branches.set_branch(state(), source, pull.head_ref, "", by)
        case "restore":
            branches.set_branch(state(), source, pull.head_ref, gitfolder.pull_head(state(), pull), by)


@pages.post("/<owner>/<name>/pull/<int:number>/comments/<int:comment>/delete")
def delete_comment(owner: str, name: str, number: int, comment: int) -> AnyResponse:
    """Delete a comment: one's own, or anybody's with write access."""
    repository = state().repository(f"{owner}/{name}")
    try:
        by = posted_speaker(repository)
        if conversation.find_comment(state(), comment).user.lower() != by.lower():
            _ask(repository, by, "write")
    except Unprocessable as error:
        return pull_request(owner, name, number, error.message, request.form.get("body", ""))
    conversation.delete_comment(state(), comment, by)
    return back(url_for(".pull_request", owner=owner, name=name, number=number), by)


@pages.get("/<owner>/<name>/settings")
def settings(owner: str, name: str, problem: str = "") -> Response:
    """Show a repository's name, branches and Apps."""
    repository = state().repository(f"{owner}/{name}")
    speakers, chosen = who_speaks(repository, [])
    found = [one for one in state().installations.values() if repository.id in one.repositories]
    shown = {"speakers": speakers, "chosen": chosen, "problem": problem, "installations": found}
    heads = [ref[11:] for ref in gitfolder.refs(repository) if ref.startswith("refs/heads/")]
    return page("settings.html", 422 if problem else 200, repository=repository, branches=heads, **shown)


@pages.post("/<owner>/<name>/settings/<any(rename, suspend, unsuspend):act>")
def administer(owner: str, name: str, act: str) -> AnyResponse:
    """Rename the repository; suspend an App's installation, or let it work again."""
    repository = state().repository(f"{owner}/{name}")
    try:
        by = posted_speaker(repository)
        _ask(repository, by, "admin")
        if act == "rename":
            repository = installations.rename(state(), repository, _new_name(repository), by)
        else:
            found = _installation(repository)
            installations.suspend(state(), found, act == "suspend")
    except Unprocessable as error:
        return settings(owner, name, error.message)
    return back(url_for(".settings", owner=repository.owner, name=repository.name), by)


@pages.post("/<owner>/<name>/branches/delete")
def delete_branch(owner: str, name: str) -> AnyResponse:
    """Delete a branch, even one that is the head of a pull request."""
    repository, branch = state().repository(f"{owner}/{name}"), request.form.get("branch", "")
    try:
        by = posted_speaker(repository)
        _ask(repository, by, "write")
        if branch == repository.default_branch or f"refs/heads/{branch}" not in gitfolder.refs(repository):
            raise Unprocessable(f"{branch or 'Nothing'} is no branch that can be deleted.")
    except Unprocessable as error:
        return settings(owner, name, error.message)
    branches.set_branch(state(), repository, branch, "", by)
    return back(url_for(".settings", owner=owner, name=name), by)


def _ask(repository: HostedRepository, login: str, role: str) -> None:
    """Raise Unprocessable where this person has a lower role."""
    has = state().role(repository, login)
    if ROLES.index(has) < ROLES.index(role):
        raise Unprocessable(f"{login} needs the role {role} in {repository.full_name} for that and has {has}.")


def _new_name(repository: HostedRepository) -> str:
    name = request.form.get("name", "").strip()
    taken = [one.name.lower() for one in state().repositories.values() if one.owner == repository.owner]
    if not name.replace("-", "").replace("_", "").replace(".", "").isalnum() or not name.isascii():
        raise Unprocessable("A repository's name has letters, digits, `-`, `_` and `.`.")
    if name.lower() in taken:
        raise Unprocessable(f"There is a repository {repository.owner}/{name} already.")
    return name


def _installation(repository: HostedRepository) -> int:
    wished = request.form.get("installation", 0, int)
    if repository.id not in getattr(state().installations.get(wished), "repositories", ()):
        raise Unprocessable("Choose an App that is installed here.")
    return wished
