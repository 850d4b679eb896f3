"""Watches for EC2's notice that it will take this machine away, two minutes before it does."""

import http.client
import threading
import urllib.request
from collections.abc import Callable

EVERY = 5.0  # seconds between two looks, as AWS recommends
ANSWER = 2.0  # seconds to wait for an answer; this machine itself answers
LASTING = "60"  # seconds that the metadata token is valid


class Notice(threading.Thread):
    """Asks EC2's metadata service (IMDSv2, "Spot Instance interruption notices") until the notice comes."""

    def __init__(self, address: str, notify: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._address = address
        self._notify = notify
        self._wait = threading.Event()
        # Never through a proxy: the address means this machine only here.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def run(self) -> None:
        while not self._wait.wait(EVERY):
            if self.given():
                self._notify()
                return

    def given(self) -> bool:
        """Return whether the machine is to be taken away. False where nobody answers."""
        try:
            token = self._ask("PUT", "/latest/api/token", {"X-aws-ec2-metadata-token-ttl-seconds": LASTING})
            self._ask("GET", "/latest/meta-data/spot/instance-action", {"X-aws-ec2-metadata-token": token})
        except (OSError, http.client.HTTPException):  # 404, the answer where there is no notice, is an OSError
            return False
        return True

    def _ask(self, method: str, path: str, headers: dict[str, str]) -> str:
        request = urllib.request.Request(self._address + path, headers=headers, method=method)  # noqa: S310 - program.py
        with self._opener.open(request, timeout=ANSWER) as answer:
            return bytes(answer.read(1000)).decode(errors="replace")
