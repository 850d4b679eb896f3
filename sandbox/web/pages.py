"""The pages of the sandbox GitHub: repositories, pull requests with their conversation, checks, commits and files."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from sandbox import gitfolder, history
from sandbox.offers import offers
from sandbox.records import HostedRepository, Pull
from sandbox.rest.door import state
from sandbox.state import Missing, Unprocessable
from sandbox.web import conversation, markdown, timeline

PICTURES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
LONGEST_VIEW = 1_000_000  # bytes of a file that is shown as text
REMEMBERED = 30 * 24 * 3600  # seconds

pages = Blueprint(
    "pages", __name__, template_folder="../templates", static_folder="../static", static_url_path="/-/static"
)


@pages.before_request
def refuse_strangers() -> None:
    """Keep other sites in the same browser from reading these pages (DNS rebinding) and posting to them (CSRF)."""
    if request.endpoint == "pages.static":  # the same for everyone, and the page that refuses needs its styles
        return
    host = urlsplit(request.host_url).hostname
    if host not in {"127.0.0.1", "localhost", "::1", urlsplit(state().url).hostname}:
        abort(403, f"These pages are not for {host}: open them at {state().url}.")
    if "\0" in request.path:  # no name contains it, and no program accepts it in an argument
        abort(404)
    if request.method == "POST" and request.headers.get("Origin") != request.host_url.rstrip("/"):
        abort(403, "Only forms on these pages may post here. Programs use the REST API.")


@pages.after_request
def protect(response: Response) -> Response:
    """Forbid, whatever a comment contains, scripts but ours, pictures from elsewhere and forms to elsewhere."""
    script = url_for("pages.static", filename="page.js", _external=True)
    policy = (
        f"default-src 'self'; script-src {script}; img-src 'self' http://127.0.0.1:* data:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


@pages.errorhandler(Missing)
def missing(error: Missing) -> tuple[str, int]:
    """Show a page that says what is not there."""
    return render_template("missing.html", title="Nothing here", reason=str(error)), 404


def stopped(error: HTTPException) -> AnyResponse:
    """Show a page that says why there is no other."""
    response = error.get_response()  # with the headers that belong to its status
    response.set_data(render_template("missing.html", state=state(), title=error.name, reason=error.description))
    return response


@pages.app_template_filter("moment")
def moment(seconds: float) -> str:
    """Return a time as `2026-01-31T12:00:00Z`; the script turns it into `2 minutes ago`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pages.app_template_filter("hue")
def hue(login: str) -> int:
    """Return one of twelve colours for an initial: the same for the user ada and the committer Ada."""
    return hashlib.sha256(login.lower().encode()).digest()[0] % 12


@pages.context_processor
def words() -> dict[str, object]:
    """Return what every template may use."""
    return {
        "state": state(),
        "render": markdown.render,
        "tone": timeline.tone,
        "status_tone": timeline.status_tone,
        "checks_of": timeline.checks_of,
        "statuses_of": timeline.statuses_of,
        "offers": offers,
    }


def page(template: str, status: int = 200, **values: object) -> Response:
    """Render a page; with `?fragment` only its live part, and nothing where the reader has that already."""
    fragment = "fragment" in request.args
    response = make_response(render_template(template, fragment=fragment, **values), status)
    if fragment:
        response.add_etag()
        response.make_conditional(request)
    return response


def _pull(owner: str, name: str, number: int) -> tuple[HostedRepository, Pull]:
    repository = state().repository(f"{owner}/{name}")
    return repository, state().pull(repository, number)


def who_speaks(repository: HostedRepository, pulls: Sequence[Pull]) -> tuple[list[timeline.Speaker], str]:
    """Return who may speak, and who of them is chosen: the last speaker, else the author of a pull request."""
    speakers = timeline.speakers(state(), repository)
    logins = [speaker.login for speaker in speakers]
    wished = (request.form.get("speaker", ""), request.cookies.get("speaker", ""), *(pull.user for pull in pulls))
    return speakers, next((login for login in (*wished, *logins) if login in logins), "")


def posted_speaker(repository: HostedRepository) -> str:
    """Return who does what the form asks. Raises Unprocessable for somebody who is not in the list."""
    login = request.form.get("speaker", "")
    if login not in [speaker.login for speaker in timeline.speakers(state(), repository)]:
        raise Unprocessable(f"{login or 'Nobody'} cannot speak in {repository.full_name}: choose one of the list.")
    return login


def back(address: str, speaker: str) -> AnyResponse:
    """Redirect to the page that shows the result, and remember who spoke."""
    response = redirect(address, 303)
    response.set_cookie("speaker", speaker, max_age=REMEMBERED, httponly=True, samesite="Strict")
    return response


@pages.get("/")
def index() -> Response:
    """Show all repositories with their pull requests."""
    return page("index.html", repositories=list(state().repositories.values()), owner=None)


@pages.get("/<owner>")
def person(owner: str) -> Response:
    """Show a user's repositories and pull requests, where a mention leads."""
    user = state().user(owner)
    owned = [r for r in state().repositories.values() if user.login in (r.owner, *r.collaborators)]
    return page("index.html", repositories=owned, owner=user)


@pages.get("/<owner>/<name>")
def repository(owner: str, name: str, problem: str = "") -> Response:
    """Show branches, last commits and files of a repository."""
    found = state().repository(f"{owner}/{name}")
    refs = gitfolder.refs(found)
    head = refs.get(f"refs/heads/{found.default_branch}", "")
    commits = history.commits(found.folder, head, limit=15) if head else ()
    files = history.files(found.folder, head) if head else []
    speakers, chosen = who_speaks(found, [])
    shown = {"refs": refs, "commits": commits, "files": files, "speakers": speakers, "chosen": chosen}
    return page("repository.html", 422 if problem else 200, repository=found, problem=problem, **shown)


@pages.get("/<owner>/<name>/pull/<int:number>")
def pull_request(owner: str, name: str, number: int, problem: str = "", draft: str = "") -> Response:
    """Show the conversation of a pull request."""
    repository, pull = _pull(owner, name, number)
    speakers, chosen = who_speaks(repository, [pull])
    address = url_for("pages.pull_request", owner=owner, name=name, number=number)
    more = {"speakers": speakers, "chosen": chosen, "problem": problem, "draft": draft, "address": address}
    roles = {speaker.login: speaker.role for speaker in speakers}
    entries = timeline.entries(state(), pull)
    status = 422 if problem else 200
    return page("conversation.html", status, **_about(repository, pull), **more, roles=roles, entries=entries)


def _about(repository: HostedRepository, pull: Pull) -> dict[str, Any]:
    """Return what every tab of a pull request shows."""
    head, base = gitfolder.pull_head(state(), pull), gitfolder.pull_base(state(), pull)
    shown = timeline.checks_of(state(), repository, head)
    told = timeline.statuses_of(state(), repository, head)
    return {
        "repository": repository,
        "pull": pull,
        "head": head,
        "base": history.merge_base(repository.folder, base, head),
        "source": state().repositories[pull.head_repository],
        "commits": timeline.commits_of(state(), pull),
        "checks": shown,
        "statuses": told,
        "summary": timeline.summary(shown, told),
        "comments": state().comments_of(repository, pull.number),
        "acts": timeline.acts(state(), pull),
    }


@pages.post("/<owner>/<name>/pull/<int:number>/comments")
def comment(owner: str, name: str, number: int) -> AnyResponse:
    """Comment as the chosen person."""
    repository, _ = _pull(owner, name, number)
    body = request.form.get("body", "").replace("\r\n", "\n")
    try:
        speaker = posted_speaker(repository)
        made = conversation.comment(state(), repository, number, body, speaker)
    except Unprocessable as error:
        problem = "Type a comment of at most 65,536 characters." if error.errors else error.message
        return pull_request(owner, name, number, problem, body)
    address = url_for("pages.pull_request", owner=owner, name=name, number=number)
    return back(f"{address}#issuecomment-{made.id}", speaker)


@pages.get("/<owner>/<name>/pull/<int:number>/<any(commits, files, checks):tab>")
def pull_tab(owner: str, name: str, number: int, tab: str) -> Response:
    """Show a pull request's commits, changes or checks."""
    about = _about(*_pull(owner, name, number))
    changes = history.changes(about["repository"].folder, about["base"], about["head"]) if tab == "files" else ()
    speakers, chosen = who_speaks(about["repository"], [about["pull"]])
    return page(f"{tab}.html", **about, changes=changes, speakers=speakers, chosen=chosen)


@pages.get("/<owner>/<name>/commit/<sha>")
def commit(owner: str, name: str, sha: str) -> Response:
    """Show one commit: message, checks and changes."""
    repository = state().repository(f"{owner}/{name}")
    (shown,) = history.commits(repository.folder, gitfolder.sha_of(repository, sha), limit=1)
    changes = history.changes(repository.folder, next(iter(shown.parents), ""), shown.sha)
    return page("commit.html", repository=repository, commit=shown, changes=changes)


@pages.get("/<owner>/<name>/blob/<path:rest>")
def blob(owner: str, name: str, rest: str) -> Response:
    """Show a file at a branch or commit; with `?raw=true`, return its bytes."""
    repository = state().repository(f"{owner}/{name}")
    ref, sha, path = history.split_ref(repository, rest)
    data = history.blob(repository.folder, sha, path)
    picture = PICTURES.get(path.rpartition(".")[2].lower())
    if request.args.get("raw") == "true":
        response = make_response(data)
        # Never HTML or SVG: a branch's file could hold a script, which would then belong to these pages.
        response.content_type = picture or "text/plain; charset=utf-8"
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response
    plain = b"\0" not in data[:8000] and len(data) <= LONGEST_VIEW
    text = data.decode(errors="replace") if plain else None
    return page("blob.html", repository=repository, ref=ref, path=path, picture=picture, text=text, size=len(data))
