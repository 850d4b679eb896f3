"""The proxy's configuration agrees with what the bot accepts."""

import re
from pathlib import Path

import pytest

from experiments.limits import LIMITS
from services.files.run_files import NAMES
from web.patience import WHOLE
from web.webhook import LIMIT

NGINX = (Path(__file__).parents[3] / "deploy" / "nginx.conf").read_text()


def test_the_proxy_lets_through_what_the_bot_accepts() -> None:
    sizes = [int(each) * 1024 * 1024 for each in re.findall(r"client_max_body_size (\d+)m;", NGINX)]
    assert LIMITS.body < LIMIT
    assert sizes == [LIMIT, max(LIMITS.bundle, LIMITS.files, LIMITS.checkpoint)]


@pytest.mark.parametrize("path", ["checkpoint", "submodules/0", *(f"files/{name}" for name in NAMES)])
def test_the_proxy_does_not_buffer_large_bodies_before_the_token_is_checked(path: str) -> None:
    (unkept,) = re.findall(r"location ~ (\S+) \{\n[^}]*proxy_request_buffering off;", NGINX)
    assert re.search(unkept, f"/api/runs/a0a01edf4c3b75eb/{path}")
    assert not re.search(unkept, "/api/runs/a0a01edf4c3b75eb/beat")


def test_a_webhook_body_is_small_enough_to_be_read_whole() -> None:
    assert LIMIT < WHOLE < LIMITS.bundle
