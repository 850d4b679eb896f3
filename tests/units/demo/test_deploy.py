"""The proxy's configuration, held to what the bot takes."""

import re
from pathlib import Path

import pytest

from experiments.limits import LIMITS
from services.files.run_files import NAMES
from web.patience import WHOLE
from web.webhook import LIMIT

NGINX = (Path(__file__).parents[3] / "deploy" / "nginx.conf").read_text()


def test_the_proxy_lets_through_what_the_bot_takes() -> None:
    sizes = [int(each) * 1024 * 1024 for each in re.findall(r"client_max_body_size (\d+)m;", NGINX)]
    assert LIMITS.body < LIMIT
    assert sizes == [LIMIT, max(LIMITS.bundle, LIMITS.files, LIMITS.checkpoint)]


@pytest.mark.parametrize("path", ["checkpoint", "submodules/0", *(f"files/{name}" for name in NAMES)])
def test_the_proxy_keeps_nothing_that_nobody_asked_a_token_for(path: str) -> None:
    (unkept,) = re.findall(r"location ~ (\S+) \{\n[^}]*proxy_request_buffering off;", NGINX)
    assert re.search(unkept, f"/api/runs/a0a01edf4c3b75eb/{path}")
    assert not re.search(unkept, "/api/runs/a0a01edf4c3b75eb/beat")


def test_a_webhook_is_waited_for_until_it_is_whole() -> None:
    assert LIMIT < WHOLE < LIMITS.bundle
