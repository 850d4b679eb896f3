"""Guesses at the operator's password by somebody who bypasses the proxy and claims any address."""

from collections.abc import Iterator

import httpx
import pytest
from redis import Redis

from services.redis.guesses import MOST_OF_ALL
from tests.attacks.doors import PASSWORD, opened

RIGHT = ("operator", PASSWORD)


@pytest.fixture
def page(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[str]:
    """Return the operator's page, before any guess."""
    Redis.from_url(redis_url).flushdb()
    with opened(tmp_path_factory.mktemp("door"), redis_url) as port:
        yield f"http://127.0.0.1:{port}/operator"
    Redis.from_url(redis_url).flushdb()


def guesses(page: str, count: int, cookies: dict[str, str] | None = None) -> list[int]:
    with httpx.Client(timeout=90, auth=("operator", "guessed"), cookies=cookies) as stranger:
        return [stranger.get(page, headers={"X-Forwarded-For": f"10.0.0.{each}"}).status_code for each in range(count)]


def test_they_are_limited_and_lock_out_nobody_who_was_signed_in(page: str) -> None:
    cookie = httpx.get(page, auth=RIGHT, timeout=90).headers["set-cookie"]
    assert all(each in cookie for each in ("Secure", "HttpOnly", "SameSite=Strict"))
    before = dict([cookie.partition(";")[0].split("=", 1)])
    assert guesses(page, MOST_OF_ALL + 5) == [401] * MOST_OF_ALL + [429] * 5
    assert httpx.get(page, auth=RIGHT, timeout=90).status_code == 429
    assert httpx.get(page, auth=RIGHT, cookies={"operator": "made up"}, timeout=90).status_code == 429
    assert httpx.get(page, auth=RIGHT, cookies=before, timeout=90).status_code == 200
    assert guesses(page, 3, before) == [401, 429, 429]
