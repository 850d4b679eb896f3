"""The web process's worker, which answers webhooks many at a time: as many as came while it answered those before.

A delivery costs little by itself. What costs is to parse its head a second time, to wake a thread for it, to wait until
Python lets that thread run, and a request to Redis. So the loop collects short deliveries that have arrived whole, and
one thread at a time takes all that are there: to Redis that is one request. All else goes the way of PatientWorker.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from http import HTTPStatus
from typing import Any

from gunicorn.util import http_date

from web.patience import MEMORY, Arriving, PatientWorker
from web.webhook import PATH, SentDelivery, sent_delivery

BATCHED = "webhook"  # the name of the Webhook among the extensions of the Flask application
TOGETHER = 32  # deliveries of one batch at most, so that none waits long for those beside it


class BatchingWorker(PatientWorker):
    """A PatientWorker that answers short deliveries in batches."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._collected: list[tuple[Arriving, SentDelivery]] = []
        self._is_busy = False  # whether a thread answers a batch

    def serve(self, conn: Arriving) -> None:
        """Collect a short delivery; hand anything else to a thread of its own."""
        sent = self._delivery(conn)
        if sent is None:
            super().serve(conn)
            return
        self._collected.append((conn, sent))
        self._go_on()

    def _delivery(self, conn: Arriving) -> SentDelivery | None:
        """Return the delivery that a request is; None where it is to be answered by the Flask application.

        So is one whose headers come twice, which WSGI joins, and any while gunicorn writes a log of requests.
        """
        asked = conn.asked
        if asked is None or conn.large or conn.size > MEMORY or asked.method != "POST" or asked.path != PATH:
            return None
        headers = dict(asked.headers)
        if len(headers) < len(asked.headers) or self.log.access_log_enabled:
            return None
        conn.kept.seek(conn.head)
        return sent_delivery(lambda name: headers.get(name.upper()), conn.kept.read(conn.whole - conn.head))

    def _go_on(self) -> None:
        if self._is_busy or not self._collected:
            return
        batch, self._collected = self._collected[:TOGETHER], self._collected[TOGETHER:]
        self._is_busy = True
        conns = [conn for conn, _ in batch]
        done = self.tpool.submit(self._answers, [sent for _, sent in batch])
        done.add_done_callback(lambda found: self.method_queue.defer(self._answered, conns, found))

    def _answers(self, deliveries: Sequence[SentDelivery]) -> list[tuple[int, str]]:
        return list(self.wsgi.extensions[BATCHED].answers(deliveries))

    def _answered(self, conns: Sequence[Arriving], found: "Future[list[tuple[int, str]]]") -> None:
        self._is_busy = False
        self._go_on()
        if trouble := found.exception():
            self.log.error("deliveries were not answered", exc_info=trouble)
        answers = [(500, "this is an error of ours")] * len(conns) if trouble else found.result()
        self.nr += len(conns)
        if self.nr >= self.max_requests:
            self.alive = False
        date = http_date()
        for conn, (status, text) in zip(conns, answers, strict=True):
            data = f"{text}\n".encode()
            head = (
                f"HTTP/1.1 {status} {HTTPStatus(status).phrase.upper()}\r\nServer: gunicorn\r\nDate: {date}\r\n"
                "Connection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
                f"Content-Length: {len(data)}\r\n\r\n"
            )
            self.answer(conn, head.encode() + data)
