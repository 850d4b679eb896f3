"""The web process's worker, whose threads wait for no client: nobody occupies one by sending or reading slowly.

A few clients that send a byte now and then would occupy all threads of gunicorn's own `gthread`. This worker has one
loop that waits for all connections at once. It stores what arrives in memory or in a file, hands complete requests to
threads, and sends the part of an answer that a client did not read at once. A body that is longer than a stranger may
send goes to a thread as soon as its head is here: that thread checks the token and takes a place (web/places.py).
"""

import time
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from socket import SHUT_WR
from tempfile import SpooledTemporaryFile
from typing import Any

from gunicorn.http import get_parser
from gunicorn.http.body import ChunkedReader, LengthReader
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader, Unreader
from gunicorn.workers.gthread import TConn, ThreadWorker

from web.places import SMALL
from web.sending import Sending

_MB = 1024 * 1024
HEAD = 64 * 1024  # bytes of a request's line and headers
WHOLE = 26 * _MB  # bytes of a body that is stored until it is complete: more than a webhook has
MEMORY = 64 * 1024  # bytes of a body that stay in memory; the rest goes to a file
MOST = 300  # requests that may be arriving at one time
READ = 64 * 1024  # bytes of one read
LINGER = 2.0  # seconds for a client to close first: if we did, it might not read its answer
LOOK = 0.1  # seconds between two looks at what is too slow
LEAVING = 80  # connections that may be waiting for their client to read the answer or to close

_ANSWERS = {
    400: ("Bad Request", "the request broke off"),
    408: ("Request Timeout", "the request came too slowly"),
    411: ("Length Required", "a body needs Content-Length; chunks are not accepted"),
    431: ("Request Header Fields Too Large", "the headers are too long"),
    503: ("Service Unavailable", "too many requests are on their way; send it again later"),
}


class Arriving(TConn):  # type: ignore[misc]  # gunicorn is seen as Any (pyproject.toml)
    """A connection, and what has arrived of its only request."""

    def __init__(self, cfg: Any, sock: Any, client: Any, server: Any) -> None:
        super().__init__(cfg, Sending(sock), client, server)
        self.kept = SpooledTemporaryFile(MEMORY, dir=cfg.tmp_upload_dir)  # noqa: SIM115 - closed by `_leave`
        self.size = 0  # bytes that have arrived
        self.began = time.monotonic()
        self.large = False  # whether a thread reads the rest
        self.refused = 0  # HTTP status of the refusal; 0: not refused
        self.asked: Request | None = None  # its head, once it is here and can be parsed
        self.head = 0  # bytes of the head
        self.whole = 0  # bytes of the whole request, known once its head is here
        self.until = 0.0  # monotonic time at which it is closed at the latest, once it is answered
        self._head = bytearray()

    def take(self) -> bool:
        """Read what has arrived. Return whether the request is to be handed to a thread or refused now."""
        try:
            data = self.sock.recv(READ)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        try:
            self.kept.write(data)
        except OSError:  # the disk is full
            self.refused = 503
        self.size += len(data)
        if not self.whole:
            self._look(data)
        whole = 0 < self.whole <= self.size
        if not data and not whole:
            self.refused = 400
        return whole or self.large or self.refused > 0

    def _look(self, data: bytes) -> None:
        seen = max(0, len(self._head) - 3)
        self._head += data
        end = self._head.find(b"\r\n\r\n", seen) + 4
        if end < 4 or end > HEAD:
            self.refused = 431 if len(self._head) > HEAD else 0
            return
        self.head = self.whole = end
        # A head that can't be parsed is answered by the thread, which parses it again. StopIteration: only empty lines.
        with suppress(Exception):
            asked = Request(self.cfg, IterUnreader([bytes(self._head[:end])]), self.client)
            reader = asked.body.reader
            if isinstance(reader, ChunkedReader):
                self.refused = 411  # its length is unknown until its end
            elif isinstance(reader, LengthReader):
                self.whole += reader.length
                self.large = reader.length > (SMALL if asked.path.startswith("/api/runs/") else WHOLE)
            self.asked = asked
        self._head.clear()


class BufferedBody(Unreader):  # type: ignore[misc]
    """Gives gunicorn's parser what has arrived; of a large request it also reads what is still to come."""

    def __init__(self, conn: Arriving, grace: float) -> None:
        super().__init__()
        self._conn, self._grace = conn, grace
        self._next, self._until = 0, 0.0  # at `_next` bytes, `_until` moves on
        conn.kept.seek(0)

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Return the next piece, empty at the end. Raise OSError where a large request is too slow or breaks off."""
        kept = self._conn.kept.read(min(max(READ, size_hint or 0), _MB))
        if kept or not self._conn.large:
            return kept
        now = time.monotonic()
        if self._conn.size >= self._next:
            self._next, self._until = self._conn.size + _MB, now + self._grace
        self._conn.sock.settimeout(max(0.001, self._until - now))
        data: bytes = self._conn.sock.recv(READ)
        if not data:
            raise ConnectionResetError
        self._conn.size += len(data)
        return data


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """Gunicorn's threaded worker with threads that wait for no client; one request a connection (`--keep-alive 0`)."""

    grace = 20.0  # seconds in which a request may arrive; also for each megabyte that a thread reads
    memory_for_all = 256 * _MB  # bytes of all requests together that are stored
    rate = 10_000  # bytes whose arrival gives a request one more second

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arriving: set[Arriving] = set()
        self._given: set[Arriving] = set()  # handed to threads
        self._notified = self._looked = 0.0  # monotonic times
        self._leaving: dict[Arriving, None] = {}  # an ordered set, the longest-leaving first

    def accept(self, listener: Any) -> None:
        """Accept a new connection. Where too many requests are arriving, refuse the slowest with 503."""
        try:
            sock, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):  # another worker took it, or the client left
            return
        self.nr_conns += 1
        conn = Arriving(self.cfg, sock, client, listener.getsockname())
        self._arriving.add(conn)
        self.poller.register(sock, EVENT_READ, partial(self._more, conn))
        if len(self._arriving) > MOST:
            self._refuse(min(self._arriving, key=_pace), 503)

    def _more(self, conn: Arriving, _sock: Any) -> None:
        if conn not in self._arriving:  # refused to make room for another one since the loop last looked
            return
        if conn.take():
            self._hand_on(conn)
        elif sum(each.size for each in self._arriving | self._given if not each.large) > self.memory_for_all:
            # Refuse the slowest that takes room: an honest client is faster than one that holds its body back.
            self._refuse(min((each for each in self._arriving if each.size > READ), key=_pace, default=conn), 503)

    def _hand_on(self, conn: Arriving) -> None:
        if conn.refused:
            self._refuse(conn, conn.refused)
            return
        self.poller.unregister(conn.sock)
        self._arriving.remove(conn)
        self._given.add(conn)
        self.serve(conn)

    def serve(self, conn: Arriving) -> None:
        """Let a thread answer a request."""
        conn.parser = get_parser(self.cfg, conn.sock, conn.client)
        conn.parser.unreader = BufferedBody(conn, self.grace)
        conn.data_ready = True
        self.enqueue_req(conn)

    def _left(self, conn: Arriving) -> float:
        """Return the seconds in which the rest may still arrive: `grace`, and one more for each `rate` bytes so far."""
        return conn.began + self.grace + conn.size / self.rate - time.monotonic()

    def _refuse(self, conn: Arriving, status: int) -> None:
        reason, text = _ANSWERS[status]
        head = f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: text/plain\r\n"
        with suppress(OSError):
            conn.sock.sendall(f"{head}Content-Length: {len(text) + 1}\r\n\r\n{text}\n".encode())
        self.poller.unregister(conn.sock)
        self._arriving.remove(conn)
        self._leave(conn)

    def answer(self, conn: Arriving, answer: bytes) -> None:
        """Send the answer to a request that no thread answers."""
        with suppress(OSError):
            conn.sock.sendall(answer)
        self.finish_request(conn, None)

    def finish_request(self, conn: Arriving, fs: Any) -> None:
        """Let the client read its answer and close, without waiting for it as gunicorn's own method does."""
        self._given.remove(conn)
        self._leave(conn)

    def _leave(self, conn: Arriving) -> None:
        conn.kept.close()
        self._leaving[conn] = None
        try:
            conn.sock.setblocking(False)
            if conn.sock.flush():
                self._end(conn)
                self.poller.register(conn.sock, EVENT_READ, partial(self._drain, conn))
            else:
                conn.until = time.monotonic() + self.grace + len(conn.sock.rest) / self.rate
                self.poller.register(conn.sock, EVENT_WRITE, partial(self._send, conn))
        except (OSError, ValueError):  # closed already
            self._gone(conn)
        if len(self._leaving) > LEAVING:
            # Close first a client that has read its whole answer.
            self._close(next((each for each in self._leaving if not each.sock.rest), next(iter(self._leaving))))

    def _send(self, conn: Arriving, _sock: Any) -> None:
        if conn not in self._leaving:
            return
        try:
            if conn.sock.flush():
                self._end(conn)
                self.poller.modify(conn.sock, EVENT_READ, partial(self._drain, conn))
        except OSError:
            self._close(conn)

    def _end(self, conn: Arriving) -> None:
        conn.sock.shutdown(SHUT_WR)
        conn.until = time.monotonic() + LINGER

    def _drain(self, conn: Arriving, _sock: Any) -> None:
        try:
            there = conn not in self._leaving or conn.sock.recv(READ)
        except BlockingIOError:
            return
        except OSError:
            there = b""
        if not there:
            self._close(conn)

    def _close(self, conn: Arriving) -> None:
        self.poller.unregister(conn.sock)
        self._gone(conn)

    def _gone(self, conn: Arriving) -> None:
        del self._leaving[conn]
        self.nr_conns -= 1
        conn.close()

    def notify(self) -> None:
        """Show gunicorn a sign of life, also where the loop turns a thousand times a second; it expects one in 30."""
        if time.monotonic() - self._notified >= LOOK:
            self._notified = time.monotonic()
            super().notify()

    def murder_pending(self) -> None:
        """Refuse requests that are too slow and close answered ones. The loop calls this at least once a second."""
        now = time.monotonic()
        if now - self._looked < LOOK:
            return
        self._looked = now
        for conn in [each for each in self._arriving if self._left(each) <= 0]:
            self._refuse(conn, 408)
        for conn in [each for each in self._leaving if each.until <= now]:
            self._close(conn)


def _pace(conn: Arriving) -> float:
    """Return the bytes a second that a connection sends, counted as high where it is new."""
    return (conn.size + READ) / (time.monotonic() - conn.began + 0.001)
