"""The check of requests and answers detects what GitHub's published schema does not allow."""

import json
import re

from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from tests.schema import Checked

CHECKS = "/api/v3/repos/ada/iris/check-runs"
COMMENTS = "/api/v3/repos/ada/iris/issues/1/comments"


def watched(method: str, path: str, sent: object = None, status: int = 201, answer: object = None) -> list[str]:
    """Return what is found when this is sent to a GitHub that gives that answer."""

    @Request.application
    def github(request: Request) -> Response:
        assert request.get_data() == (b"" if sent is None else json.dumps(sent).encode())
        return Response(json.dumps(answer), status)

    checked = Checked(github)
    data = None if sent is None else json.dumps(sent)
    assert Client(checked).open(path, method=method, data=data).get_json(force=True) == answer
    return checked.violations


def test_an_unlisted_request_is_a_violation() -> None:
    (found,) = watched("DELETE", COMMENTS, status=404)
    assert "DELETE /repos/ada/iris/issues/1/comments" in found


def test_pages_and_git_are_not_checked() -> None:
    assert watched("GET", "/ada/iris/pull/1", answer="anything") == []


def test_an_unknown_field_of_a_request_is_a_violation() -> None:
    (found,) = watched("POST", COMMENTS, {"body": "hello", "colour": "red"}, status=404)
    assert "its body: colour" in found
    nested = {"name": "train", "head_sha": "a" * 40, "output": {"title": "t", "summary": "s", "colour": "red"}}
    assert any(re.search(r"output\b.*colour: Extra", found) for found in watched("POST", CHECKS, nested, status=404))


def test_a_request_that_lacks_a_field_or_has_another_type_is_a_violation() -> None:
    assert watched("POST", CHECKS, {"name": "train"}, status=502)
    assert watched("POST", COMMENTS, {"body": 3}, status=502)
    assert watched("GET", COMMENTS, {"page": 2}, status=502) == [
        "GET /repos/ada/iris/issues/1/comments: its body is not empty"
    ]


def test_the_body_of_a_refused_request_may_be_wrong() -> None:
    assert watched("POST", COMMENTS, {"body": None}, status=422) == []


def test_an_answer_that_lacks_a_field_is_a_violation() -> None:
    found = watched("POST", COMMENTS, {"body": "hello"}, answer={"id": "1"})
    assert any("the answer (201): id:" in one for one in found)
    assert any("the answer (201): html_url: Field required" in one for one in found)
