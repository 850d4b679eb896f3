"""EC2's notice that a spot machine is about to be taken away."""

import socket
import threading

import pytest

from runners.agent import spot_notice
from runners.agent.spot_notice import Notice
from tests.contracts.engines.ec2_parts import metadata


def test_most_of_the_time_there_is_no_notice() -> None:
    with metadata() as service:
        assert not Notice(f"{service.url}/i-1", lambda: None).given()
        assert [status for _, status in service.asked] == [200, 404]


def test_no_answer_is_no_notice() -> None:
    assert not Notice("http://127.0.0.1:9", lambda: None).given()


def test_an_answer_of_another_kind_is_no_notice() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def chat() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"220 mail.example\r\n\r\n")

        threading.Thread(target=chat, daemon=True).start()
        assert not Notice(f"http://127.0.0.1:{server.getsockname()[1]}", lambda: None).given()


def test_a_notice_is_passed_on_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spot_notice, "EVERY", 0.01)
    notices: list[str] = []
    with metadata() as service:
        service.taken.add("i-1")
        watching = Notice(f"{service.url}/i-1", lambda: notices.append("told"))
        watching.start()
        watching.join(10)
    assert not watching.is_alive() and notices == ["told"]
