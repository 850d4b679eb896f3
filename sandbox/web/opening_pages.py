"""The form on a repository's page that opens a pull request from a pushed branch, also one of a fork."""

from flask import request, url_for
from werkzeug.wrappers import Response as AnyResponse

from sandbox.records import ROLES
from sandbox.rest.door import state
from sandbox.state import Unprocessable
from sandbox.web import conversation
from sandbox.web.owner_pages import pages
from sandbox.web.pages import back, posted_speaker, repository

__all__ = ["pages"]


@pages.post("/<owner>/<name>/pulls")
def open_pull(owner: str, name: str) -> AnyResponse:
    """Open the form's pull request into the default branch; 422 with the reason where that is not possible."""
    found = state().repository(f"{owner}/{name}")
    head, title = request.form.get("head", ""), request.form.get("title", "").strip()
    try:
        by = posted_speaker(found)
        source, _, _ = head.rpartition(":")
        where = state().repository(f"{source}/{name}") if source else found
        if ROLES.index(state().role(where, by)) < ROLES.index("write"):
            raise Unprocessable(f"{by} may not write to {where.full_name}, where {head} is.")
        pull = conversation.open_pull(state(), found, head, found.default_branch, title or head, "", by)
    except Unprocessable as error:
        return repository(owner, name, error.message)
    return back(url_for(".pull_request", owner=owner, name=name, number=pull.number), by)
