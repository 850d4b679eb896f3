"""Every REST request and answer held against GitHub's published schema, as `githubkit-schemas` has it."""

import io
import re
from collections.abc import Iterable
from functools import cache, reduce
from operator import or_
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from pydantic import TypeAdapter, ValidationError
from werkzeug.wsgi import get_input_stream

API = "/api/v3"
REPOSITORY = r"(?:/repos/[^/]+/[^/]+|/repositories/\d+)"  # by its number where GitHub led there

# method, path below /api/v3, models a request body may have (none: it must have no body), model of the answer
# (none: it is no JSON; several: ` or ` between them)
ROUTES: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("GET", "/app", (), "Integration"),
    ("GET", "/app/hook/config", (), "WebhookConfig"),
    ("GET", "/app/installations", (), "list[Installation]"),
    ("GET", "/installation/repositories", (), "InstallationRepositoriesGetResponse200"),
    ("POST", "/markdown", ("MarkdownPostBody",), ""),
    (
        "POST",
        r"/app/installations/\d+/access_tokens",
        ("AppInstallationsInstallationIdAccessTokensPostBody",),
        "InstallationToken",
    ),
    ("GET", "/app/hook/deliveries", (), "list[HookDeliveryItem]"),
    ("POST", r"/app/hook/deliveries/\d+/attempts", (), "AppHookDeliveriesDeliveryIdAttemptsPostResponse202"),
    ("GET", f"{REPOSITORY}/installation", (), "Installation"),
    ("GET", REPOSITORY, (), "FullRepository"),
    ("GET", rf"{REPOSITORY}/collaborators/[^/]+/permission", (), "RepositoryCollaboratorPermission"),
    ("GET", rf"{REPOSITORY}/activity", (), "list[Activity]"),
    ("GET", rf"{REPOSITORY}/pulls", (), "list[PullRequestSimple]"),
    ("POST", rf"{REPOSITORY}/pulls", ("ReposOwnerRepoPullsPostBody",), "PullRequest"),
    ("GET", rf"{REPOSITORY}/pulls/\d+", (), "PullRequest"),
    (
        "GET",
        rf"{REPOSITORY}/rules/branches/.+",
        (),
        "list[RepositoryRuleDetailedOneof6|RepositoryRuleDetailedOneof7]",  # required_signatures, pull_request
    ),
    (
        "GET",
        rf"{REPOSITORY}/contents/.+",
        (),
        "list[ContentDirectoryItems] or ContentFile or ContentSymlink or ContentSubmodule",
    ),
    ("POST", rf"{REPOSITORY}/git/commits", ("ReposOwnerRepoGitCommitsPostBody",), "GitCommit"),
    ("GET", rf"{REPOSITORY}/git/commits/[0-9a-f]{{40}}", (), "GitCommit"),
    ("PATCH", rf"{REPOSITORY}/git/refs/.+", ("ReposOwnerRepoGitRefsRefPatchBody",), "GitRef"),
    ("GET", rf"{REPOSITORY}/issues/\d+/comments", (), "list[IssueComment]"),
    (
        "POST",
        rf"{REPOSITORY}/issues/\d+/comments",
        ("ReposOwnerRepoIssuesIssueNumberCommentsPostBody",),
        "IssueComment",
    ),
    ("GET", rf"{REPOSITORY}/issues/comments/\d+", (), "IssueComment"),
    (
        "PATCH",
        rf"{REPOSITORY}/issues/comments/\d+",
        ("ReposOwnerRepoIssuesCommentsCommentIdPatchBody",),
        "IssueComment",
    ),
    ("GET", rf"{REPOSITORY}/issues/comments/\d+/reactions", (), "list[Reaction]"),
    (
        "POST",
        rf"{REPOSITORY}/issues/comments/\d+/reactions",
        ("ReposOwnerRepoIssuesCommentsCommentIdReactionsPostBody",),
        "Reaction",
    ),
    (
        "POST",
        f"{REPOSITORY}/check-runs",
        ("ReposOwnerRepoCheckRunsPostBodyOneof0", "ReposOwnerRepoCheckRunsPostBodyOneof1"),
        "CheckRun",
    ),
    ("GET", rf"{REPOSITORY}/check-runs/\d+", (), "CheckRun"),
    (
        "PATCH",
        rf"{REPOSITORY}/check-runs/\d+",
        ("ReposOwnerRepoCheckRunsCheckRunIdPatchBodyAnyof0", "ReposOwnerRepoCheckRunsCheckRunIdPatchBodyAnyof1"),
        "CheckRun",
    ),
    ("GET", rf"{REPOSITORY}/commits/.+/check-runs", (), "ReposOwnerRepoCommitsRefCheckRunsGetResponse200"),
    ("POST", rf"{REPOSITORY}/statuses/[^/]+", ("ReposOwnerRepoStatusesShaPostBody",), "Status"),
    ("GET", rf"{REPOSITORY}/commits/.+/status", (), "CombinedCommitStatus"),
)
MAY_BE_EMPTY = ("AppInstallationsInstallationIdAccessTokensPostBody",)


class Checked:
    """WSGI middleware around the sandbox; `violations` has a sentence for each that disagrees with the schema."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application
        self.violations: list[str] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(f"{API}/"):
            return self.application(environ, start_response)
        method = environ["REQUEST_METHOD"]
        request = get_input_stream(environ).read()
        environ["wsgi.input"] = io.BytesIO(request)
        environ["CONTENT_LENGTH"] = str(len(request))
        started: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            started.append(status)
            return start_response(status, headers, *more)

        answer = self.application(environ, start)
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        self.violations += violations(method, path.removeprefix(API), request, int(started[0][:3]), body)
        return [body]


def violations(method: str, path: str, request: bytes, status: int, answer: bytes) -> list[str]:
    """What in this exchange GitHub's schema does not allow. A request refused for its body may be wrong on purpose."""
    route = next((route for route in ROUTES if route[0] == method and re.fullmatch(route[1], path)), None)
    if route is None:
        return [f"{method} {path}: tests/schema.py knows no such request; add it to ROUTES."]
    found = []
    _, _, models, told = route
    if not models:
        found += ["its body is not empty"] if request else []
    elif status not in (400, 422) and (request or models[0] not in MAY_BE_EMPTY):
        found += disagreements("its body", request, models, "forbid")
    if 200 <= status < 300 and told:
        found += disagreements(f"the answer ({status})", answer, tuple(told.split(" or ")), "ignore")
    return [f"{method} {path}: {sentence}" for sentence in found]


def disagreements(where: str, text: bytes, names: tuple[str, ...], extra: Any) -> list[str]:
    """Each field that is not as one of the models has it."""
    try:
        adapter(names).validate_json(text, strict=True, extra=extra)
    except ValidationError as error:
        return [f"{where}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
    return []


@cache
def adapter(names: tuple[str, ...]) -> TypeAdapter[Any]:
    """A validator of one of the models; githubkit is imported when the first is wanted."""
    from githubkit_schemas.latest import models

    wanted: Any = None
    for name in names:
        item = name.removeprefix("list[").removesuffix("]")
        model: Any = reduce(or_, (getattr(models, each) for each in item.split("|")))
        model = list[model] if item != name else model
        wanted = model if wanted is None else wanted | model
    return TypeAdapter(wanted)
