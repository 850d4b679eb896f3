"""GitHub's refusals, limits, outages and unexpected answers, as the adapter handles them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.errors import Forbidden, NotFound, TryLater
from bot.ports.git_host import Check, Permission
from experiments.experiment import PullRef, Repository
from services.github.client import GitHubApp
from services.github.errors import Unauthorized
from services.github.http import client_for

REPOSITORY = Repository(id=42, full_name="ada/models", installation=7)
NOW = 1_800_000_000.0
Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Wire:
    """Answer as a GitHub of prepared answers, and record the requests."""

    answer: Answer
    asked: list[httpx.Request] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    now: float = NOW
    mints: bool = True
    minted: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.url.path.endswith("/access_tokens") and self.mints:
            self.minted += 1
            expires = "2027-01-15T09:00:00Z"  # an hour after NOW
            return httpx.Response(201, json={"token": f"ghs_{self.minted}", "expires_at": expires})
        return self.answer(request)

    def app(self, key: rsa.RSAPrivateKey, api: str = "https://github.test/api/v3") -> GitHubApp:
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        ).decode()
        client = httpx.Client(transport=httpx.MockTransport(self))
        return GitHubApp(api, "99", pem, client, clock=lambda: self.now, pause=self.pauses.append)

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.asked]


def always(status: int, message: str = "no", **headers: str) -> Answer:
    return lambda _: httpx.Response(
        status, json={"message": message}, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def test_a_missing_pull_request_is_not_found(key: rsa.RSAPrivateKey) -> None:
    with pytest.raises(NotFound, match="/repos/ada/models/pulls/3: Not Found"):
        Wire(always(404, "Not Found")).app(key).pull(PullRef(REPOSITORY, 3))


def test_a_missing_permission_is_forbidden_in_githubs_words(key: rsa.RSAPrivateKey) -> None:
    with pytest.raises(Forbidden, match="Resource not accessible by integration"):
        Wire(always(403, "Resource not accessible by integration")).app(key).comment(PullRef(REPOSITORY, 3), "hello")


def test_a_suspended_installation_is_forbidden(key: rsa.RSAPrivateKey) -> None:
    wire = Wire(always(403, "This installation was suspended"), mints=False)
    with pytest.raises(Forbidden, match="suspended"):
        wire.app(key).comment(PullRef(REPOSITORY, 3), "hello")


@pytest.mark.parametrize(
    ("refusal", "seconds"),
    [
        (always(429), 60.0),
        (always(429, retry_after="17"), 17.0),
        (always(403, retry_after="5"), 5.0),
        (always(403, x_ratelimit_remaining="0", x_ratelimit_reset=str(int(NOW) + 120)), 120.0),
        (always(403, "You have exceeded a secondary rate limit", x_ratelimit_remaining="4000"), 60.0),
        (always(403, retry_after="999999"), 3600.0),
        (always(429, retry_after="Wed, 21 Oct 2026 07:28:00 GMT"), 60.0),
    ],
)
def test_a_rate_limit_says_when_to_come_back(key: rsa.RSAPrivateKey, refusal: Answer, seconds: float) -> None:
    with pytest.raises(TryLater) as later:
        Wire(refusal).app(key).comment(PullRef(REPOSITORY, 3), "hello")
    assert later.value.seconds == seconds


def test_reading_is_tried_three_times_when_github_is_broken(key: rsa.RSAPrivateKey) -> None:
    wire = Wire(always(502))
    with pytest.raises(TryLater):
        wire.app(key).pull(PullRef(REPOSITORY, 3))
    assert wire.paths.count("/api/v3/repos/ada/models/pulls/3") == 3
    assert wire.pauses == [0.3, 1.0]


def test_a_comment_is_never_posted_twice(key: rsa.RSAPrivateKey) -> None:
    wire = Wire(always(502))
    with pytest.raises(TryLater):
        wire.app(key).comment(PullRef(REPOSITORY, 3), "hello")
    assert wire.paths.count("/api/v3/repos/ada/models/issues/3/comments") == 1


def test_a_lost_connection_is_tried_later(key: rsa.RSAPrivateKey) -> None:
    def lost(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("too slow", request=request)

    with pytest.raises(TryLater, match=r"no answer from github\.test"):
        Wire(lost).app(key).comment(PullRef(REPOSITORY, 3), "hello")


def test_a_revoked_token_is_replaced_once(key: rsa.RSAPrivateKey) -> None:
    def only_the_second(request: httpx.Request) -> httpx.Response:
        known = request.headers["authorization"] == "token ghs_2"
        return (
            httpx.Response(200, json={"id": 5}) if known else httpx.Response(401, json={"message": "Bad credentials"})
        )

    assert Wire(only_the_second).app(key).comment(PullRef(REPOSITORY, 3), "hello") == 5

    wire = Wire(always(401, "Bad credentials"))
    with pytest.raises(Unauthorized, match="Bad credentials"):
        wire.app(key).comment(PullRef(REPOSITORY, 3), "hello")
    assert wire.minted == 2


def test_tokens_are_narrow_separate_and_renewed_five_minutes_early(key: rsa.RSAPrivateKey) -> None:
    wire = Wire(always(500))
    app = wire.app(key)
    read = app.read_token(REPOSITORY)
    assert json.loads(wire.asked[0].content) == {
        "repository_ids": [42],
        "permissions": {"metadata": "read", "contents": "read"},
    }
    assert app.write_token(REPOSITORY) != read
    wire.now = NOW + 3600 - 301
    assert app.read_token(REPOSITORY) == read
    wire.now = NOW + 3600 - 299
    assert app.read_token(REPOSITORY) != read


def test_a_permission_that_the_installation_lacks_is_forbidden(key: rsa.RSAPrivateKey) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":  # which installation has the repository? The one that was asked for
            return httpx.Response(200, json={"id": REPOSITORY.installation})
        return httpx.Response(422, json={"message": "The permissions requested are not granted to this installation."})

    wire = Wire(answer, mints=False)
    with pytest.raises(Forbidden, match=r"contents: write.*not granted"):
        wire.app(key).write_token(REPOSITORY)
    assert [request.method for request in wire.asked] == ["POST", "GET"]


def test_the_apps_own_token_allows_for_different_clocks(key: rsa.RSAPrivateKey) -> None:
    wire = Wire(always(500))
    wire.app(key).read_token(REPOSITORY)
    token = wire.asked[0].headers["authorization"].removeprefix("bearer ")
    claims = jwt.decode(
        token, key.public_key(), algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
    )
    assert claims == {"iat": NOW - 60, "exp": NOW + 480, "iss": "99"}


def test_a_renamed_repository_is_followed_on_the_same_host_only(key: rsa.RSAPrivateKey) -> None:
    def moved(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/api/v3/repositories/42/"):
            return httpx.Response(201, json={"id": 8})
        return httpx.Response(307, headers={"location": "/api/v3/repositories/42/issues/3/comments"})

    assert Wire(moved).app(key).comment(PullRef(REPOSITORY, 3), "hello") == 8


@pytest.mark.parametrize(
    "location",
    [
        "https://elsewhere.test/api/v3/x",
        "http://github.test/api/v3/x",
        "//elsewhere.test/api/v3/x",
        "https://github.test:444/api/v3/x",
        "/login",
    ],
)
def test_a_token_never_leaves_the_api(key: rsa.RSAPrivateKey, location: str) -> None:
    wire = Wire(lambda _: httpx.Response(302, headers={"location": location}))
    with pytest.raises(Forbidden, match="leads to another"):
        wire.app(key).pull(PullRef(REPOSITORY, 3))
    assert {request.url.host for request in wire.asked} == {"github.test"}
    assert all(path.startswith("/api/v3/") for path in wire.paths)


@pytest.mark.parametrize("login", ["../../../../user", "https://elsewhere.test/", "a/b?c#d", "{owner}"])
def test_an_unusual_login_stays_one_segment_of_the_address(key: rsa.RSAPrivateKey, login: str) -> None:
    wire = Wire(always(404))
    assert wire.app(key).permission(REPOSITORY, login) is Permission.NONE
    assert wire.asked[-1].url.raw_path.startswith(b"/api/v3/repos/ada/models/collaborators/")
    assert wire.asked[-1].url.raw_path.count(b"/") == 8


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ({"permission": "write", "role_name": "maintain"}, Permission.MAINTAIN),
        ({"permission": "read", "role_name": "triage"}, Permission.TRIAGE),
        ({"permission": "write", "role_name": "Model reviewer"}, Permission.WRITE),
        ({"permission": "none", "role_name": ""}, Permission.NONE),
        ({"permission": "admin"}, Permission.ADMIN),
        ({"permission": "owner", "role_name": "owner"}, Permission.NONE),
    ],
)
def test_a_custom_role_counts_as_the_permission_it_is_based_on(
    key: rsa.RSAPrivateKey, answer: dict[str, str], right: Permission
) -> None:
    assert Wire(lambda _: httpx.Response(200, json=answer)).app(key).permission(REPOSITORY, "ada") is right


def test_texts_over_githubs_limits_are_our_error_and_are_not_sent(key: rsa.RSAPrivateKey) -> None:
    wire = Wire(lambda _: httpx.Response(201, json={"id": 1}))
    app = wire.app(key)
    app.comment(PullRef(REPOSITORY, 3), "é" * 65_536)
    sent = len(wire.asked)
    with pytest.raises(ValueError, match="65,537 where GitHub takes 65,536"):
        app.comment(PullRef(REPOSITORY, 3), "x" * 65_537)
    check = Check(name="studio", sha="a" * 40, status="queued", title="t", summary="é" * 32_768)
    with pytest.raises(ValueError, match="65,536 where GitHub takes 65,535"):
        app.create_check(REPOSITORY, check)
    assert len(wire.asked) == sent


def test_our_comment_is_recognised_by_its_author_and_the_newest_wins(key: rsa.RSAPrivateKey) -> None:
    ours = {"user": {"login": "studio[bot]", "type": "Bot"}, "performed_via_github_app": {"id": 99}}
    comments: list[dict[str, object]] = [
        {"id": n, "body": "<!-- m -->", "user": {"login": "ada", "type": "User"}, "performed_via_github_app": None}
        for n in range(1, 204)
    ]
    comments[101] |= ours
    comments[150] |= ours
    comments[151] |= ours | {"performed_via_github_app": {"id": 98}}
    comments[152] |= {"user": {"login": "studio[bot]", "type": "User"}}
    comments[153] |= {"user": None}
    comments[154] |= ours | {"body": None}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/app"):
            return httpx.Response(200, json={"slug": "studio"})
        if request.url.path.endswith("/pulls/3"):
            return httpx.Response(200, json={"comments": len(comments)})
        page = int(request.url.params["page"])
        return httpx.Response(200, json=comments[(page - 1) * 100 : page * 100])

    wire = Wire(answer)
    app = wire.app(key)
    assert app.find_comment(PullRef(REPOSITORY, 3), "<!-- m -->") == 151
    assert app.find_comment(PullRef(REPOSITORY, 3), "<!-- other -->") == 0
    assert app.bot_login == "studio[bot]"
    assert wire.paths.count("/api/v3/app") == 1


def test_proxies_of_the_environment_are_not_used_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:3128")
    assert not client_for("http://127.0.0.1:9000/api/v3").trust_env
    assert not client_for("http://[::1]:9000/api/v3").trust_env
    assert client_for("https://api.github.com").trust_env
