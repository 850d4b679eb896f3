"""The proxy's configuration, held to what the bot takes."""

import re
from pathlib import Path

from experiments.limits import LIMITS
from web.patience import WHOLE
from web.webhook import LIMIT

NGINX = (Path(__file__).parents[2] / "deploy" / "nginx.conf").read_text()


def test_the_proxy_lets_through_what_the_bot_takes() -> None:
    sizes = [int(each) * 1024 * 1024 for each in re.findall(r"client_max_body_size (\d+)m;", NGINX)]
    assert sizes == [LIMIT, max(LIMITS.bundle, LIMITS.files, LIMITS.body), LIMITS.checkpoint]


def test_a_webhook_is_waited_for_until_it_is_whole() -> None:
    assert LIMIT < WHOLE < LIMITS.bundle
