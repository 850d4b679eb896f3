"""The agent's requests: repeated while the bot is away, given up where the run is over."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

import pytest

from runners.agent.client import Client
from runners.agent.errors import Gone, Trouble
from runners.agent.specification import Bootstrap


class Bot:
    """Answer requests with the given statuses, the last one for ever; a download, with so many of its five bytes."""

    def __init__(self, *statuses: int) -> None:
        self.asked: list[str] = []
        bot, answers = self, [*statuses]

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bot.asked.append(self.path)
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(answers.pop(0) if len(answers) > 1 else answers[0])
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def do_GET(self) -> None:
                bot.asked.append(self.path)
                self.send_response(200)
                self.send_header("Content-Length", "5")
                self.end_headers()
                self.wfile.write(b"whole"[: answers.pop(0) if len(answers) > 1 else answers[0]])

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.bootstrap = Bootstrap(f"http://127.0.0.1:{self.server.server_port}", "r1", 1, "token")


@pytest.fixture
def bots() -> Iterator[list[Bot]]:
    started: list[Bot] = []
    yield started
    for bot in started:
        bot.server.shutdown()
        bot.server.server_close()


@pytest.mark.parametrize("status", [503, 408, 429])
def test_a_request_is_repeated_until_the_bot_is_back(bots: list[Bot], status: int) -> None:
    bots.append(Bot(status, 200))
    assert Client(bots[0].bootstrap).claim() == {}
    assert len(bots[0].asked) == 2


@pytest.mark.parametrize("status", [401, 409, 410])
def test_the_agent_gives_up_at_once_a_run_that_is_no_longer_its_own(bots: list[Bot], status: int) -> None:
    bots.append(Bot(status))
    with pytest.raises(Gone):
        Client(bots[0].bootstrap).claim()
    assert len(bots[0].asked) == 1


def test_a_download_that_breaks_off_is_repeated(bots: list[Bot], tmp_path: Path) -> None:
    bots.append(Bot(3, 5))
    Client(bots[0].bootstrap).checkpoint(tmp_path / "checkpoint.tar")
    assert (tmp_path / "checkpoint.tar").read_bytes() == b"whole"
    assert len(bots[0].asked) == 2


def test_a_token_does_not_follow_a_redirect(bots: list[Bot]) -> None:
    bots.append(Bot(302))
    with pytest.raises(Trouble, match="302"):
        Client(bots[0].bootstrap).claim()
    assert bots[0].asked == ["/api/runs/r1/claim"]


def test_the_agent_gives_up_after_ten_minutes_without_the_bot(bots: list[Bot]) -> None:
    bots.append(Bot(500))
    ticks = count(0, 400)
    with pytest.raises(Gone, match="for 600 s"):
        Client(bots[0].bootstrap, clock=lambda: next(ticks)).claim()
    assert len(bots[0].asked) == 2


def test_a_stopped_agent_does_not_wait_for_the_bot(bots: list[Bot]) -> None:
    bots.append(Bot(500))
    leaving = threading.Event()
    leaving.set()
    with pytest.raises(Gone, match="stopped"):
        Client(bots[0].bootstrap, leaving=leaving).claim()
    assert len(bots[0].asked) == 1
