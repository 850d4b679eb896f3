"""The runs API, through which agents and the bot talk. docs/runs-api.md specifies it."""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from math import ceil
from time import time
from typing import IO, Any

from flask import Blueprint, Response, g, jsonify, request
from pydantic import ValidationError
from werkzeug.exceptions import ClientDisconnected, Gone, RequestEntityTooLarge

from bot.errors import TryLater
from bot.ports import Ports
from experiments.data import delivered
from experiments.experiment import Repository
from experiments.limits import LIMITS, RESULTS, RUN_FILES, SUBMODULES
from experiments.parts.outcome import Environment
from experiments.provenance import heard
from experiments.run import Done, Run
from experiments.run_state import RunState
from handlers.jobs import hear_agent
from handlers.jobs.checkpoints import kept, too_soon
from handlers.lookup.checkpoint import resumed
from web.agent_messages import BeatMessage, BootMessage, DoneMessage
from web.held import HeldBytes, NoRoomLeft
from web.places import SMALL, Places
from web.quotas import Quota, TooOften
from web.singly import Singly
from web.streams import answer, pieces

_FILES = {"bundle": LIMITS.bundle, "baseline.tar": LIMITS.files, "experiment.tar": LIMITS.files}
# Heartbeats of one attempt a minute. An agent sends one a second, and at its end some more for the rest of its log; it
# tries for ten minutes to send each.
BEATS = 240
CLAIMS = 5  # claims of one attempt a minute: an agent asks again where the answer was lost
PACKS = SUBMODULES + 5  # submodules that one attempt asks for a minute
LOGS = 60.0  # seconds for which it is remembered how much is here, where a log is to be added
MINUTE = 60.0  # seconds; an agent asks for ten minutes before it gives up
_FULL = f"files of runs of this repository take {RUN_FILES // 2**20:,} MB here, and no more are kept"


def runs(ports: Ports, dvc_version: str, login: Any) -> Blueprint:
    """Return the blueprint of the runs API. `login()` returns the App's own login, the author of commits."""
    door = Blueprint("runs", __name__, url_prefix="/api/runs/<run_id>")
    claims, copies, results = Places(), Places(), Places()
    slow = {"runs.claim": claims, "runs.keep": copies, "runs.checkpoint": copies, "runs.submodule": copies}
    held = HeldBytes(ports.files)
    singly = Singly()
    claimed, packed, beats = Quota(CLAIMS, MINUTE), Quota(PACKS, MINUTE), Quota(BEATS, MINUTE)

    @door.before_request
    def admit() -> Response | None:
        """Let a request pass only with the run's own token, and only while the attempt lives."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        run = ports.store.outline((request.view_args or {})["run_id"])  # the whole run may be long
        if kind != "Bearer" or run is None or not known(token, run):
            return _say(401, "this token is for no such run")
        if hear_agent.is_over(run):
            return _say(410, "this run has ended")
        g.run = run
        arrived = (request.content_length or 0) <= SMALL  # then no thread waits for it
        places = slow.get(str(request.endpoint), None if arrived else results)
        g.single = None if places else singly.take((run.id, str(request.endpoint)))
        g.places, g.place = places, places.take(run.id, run.experiment.repository.id) if places else None
        return None

    @door.teardown_request
    def leave(_: BaseException | None) -> None:
        if single := g.pop("single", None):
            singly.leave(single)
        if place := g.pop("place", None):
            g.places.leave(place)

    def lives() -> Callable[[], bool]:
        """Return a function that tells, whenever it is called, whether this request's attempt still lives."""
        asks: Run = g.run

        def still() -> bool:
            now = ports.store.outline(asks.id)
            return now is not None and now.attempt.token_hash == asks.attempt.token_hash and not hear_agent.is_over(now)

        return still

    def whole() -> Run:
        """Return the run of which `g.run` is the outline. Raise Gone where another attempt has begun meanwhile."""
        asks: Run = g.run
        run = ports.store.get(asks.id)
        if run is None or run.attempt.token_hash != asks.attempt.token_hash:
            raise Gone
        return run

    def full(name: str) -> bool:
        """Return whether this body would exceed what is kept of a repository."""
        most = RUN_FILES + (RESULTS if name == "bundle" else 0)
        return held.of(g.run.experiment.repository) + (request.content_length or 0) > most

    def appended(offset: int, log: bytes) -> int:
        """Add to the log, or cut it where its repository has no room. Return the log's size in bytes."""
        repository: Repository = g.run.experiment.repository
        with suppress(TryLater):  # it is being counted at the moment
            if held.of(repository, LOGS) + len(log) > RUN_FILES + RESULTS:  # not for what lies there for minutes
                ports.files.cut_log(g.run)
        held.add(repository, len(log))
        return ports.files.append_log(g.run, offset, log)

    def within(body: Iterator[bytes]) -> Iterator[bytes]:
        """Yield a body that counts in full by now, unless that, with what other processes let in, is too much."""
        if ports.files.held(g.run.experiment.repository) > RUN_FILES:
            raise NoRoomLeft
        yield from body

    def sent(file: IO[bytes], kind: str) -> Response:
        return answer(file, kind, g.places, g.pop("place"), lives())

    def known(given: str, run: Run | None) -> bool:
        """Return whether the token is that of the run's agent; at `/boot`, that of the machine launched for it."""
        if run is None:
            return False
        if request.endpoint == "runs.boot":
            hashed, expected = given, ports.runners.boot.token(run)
        else:
            hashed = hashlib.sha256(given.encode("utf-8", "surrogateescape")).hexdigest()
            expected = run.attempt.token_hash
        return hmac.compare_digest(hashed.encode("utf-8", "surrogateescape"), expected.encode())

    @door.post("/boot")
    def boot(run_id: str) -> Response:
        """Register the key of an agent on a machine that has just started."""
        message = BootMessage.model_validate_json(_body())
        hear_agent.boot(ports, run_id, message.attempt, message.key_sha256, time())
        return Response(status=204)

    @door.post("/claim")
    def claim(run_id: str) -> Response:
        with claimed.counting((g.run.id, g.run.attempt.number)):
            return jsonify(hear_agent.claim(ports, whole(), dvc_version, login, time))

    @door.post("/beat")
    def beat(run_id: str) -> Response:
        with beats.counting((g.run.id, g.run.attempt.number)):
            message = BeatMessage.model_validate_json(_body())
            size = appended(message.offset, message.log.encode()) if message.log else message.offset
            ports.files.show_live(g.run, message.live)
            run = hear_agent.beat(ports, g.run, message.state, message.training or 0, time())
            return jsonify(cancel=run.state is RunState.CANCELLED, size=size)

    @door.put("/checkpoint")
    def keep(run_id: str) -> Response:
        asks = whole()
        if not asks.experiment.execution.checkpointed or asks.fetch:
            return _say(404, "nobody asked for checkpoints of this run")
        if too_soon(asks, time()):
            return _say(429, "the ones before came a short time ago")
        if full("checkpoint"):
            return _say(413, _FULL)
        request.max_content_length = LIMITS.checkpoint
        body, size = within(pieces(request.stream, g.place, lives())), request.content_length or 0
        with held.coming(asks.experiment.repository, size):
            run = kept(ports, asks, body, size, time())
        ports.queue.checkpoint(run)
        return Response(status=204)

    @door.get("/checkpoint")
    def checkpoint(run_id: str) -> Response:
        owner, newest = resumed(ports, whole())
        if newest is None:
            return _say(404, "no checkpoint is kept")
        return sent(ports.files.checkpoint(owner, newest.number).open("rb"), "application/x-tar")

    @door.get("/submodules/<int:number>")
    def submodule(run_id: str, number: int) -> Response:
        with packed.counting((g.run.id, g.run.attempt.number)):
            pack = hear_agent.submodule(ports, whole(), number)
        return sent(pack, "application/x-git") if pack else _say(403, "its asker may not read it")

    @door.put("/files/<name>")
    def put(run_id: str, name: str) -> Response:
        if name not in _FILES:
            return _say(404, f"there are {', '.join(_FILES)}")
        if full(name):
            return _say(413, _FULL)
        held.add(g.run.experiment.repository, request.content_length or 0)
        request.max_content_length = _FILES[name]
        ports.files.write(g.run, name, pieces(request.stream, g.place, lives()))
        return Response(status=204)

    @door.post("/done")
    def done(run_id: str) -> Response:
        message = DoneMessage.model_validate_json(_body())
        found = message.environment
        environment = Environment(found.python, found.dvc, tuple(found.packages), found.machine)
        seen = Done(message.exit_code, message.reason, message.timed_out, environment, message.interrupted)
        seen = replace(seen, provenance=heard(message.provenance), delivered=delivered.heard(message.delivered))
        hear_agent.done(ports, g.run, seen, time())
        return Response(status=204)

    @door.errorhandler(hear_agent.Refused)
    def refused(error: hear_agent.Refused) -> Response:
        return _say(410 if error.over else 409, str(error))

    @door.errorhandler(ValidationError)
    def invalid(error: ValidationError) -> Response:
        return _say(400, f"{error.error_count()} fields are wrong: {[each['loc'] for each in error.errors()][:5]}")

    @door.errorhandler(RequestEntityTooLarge)
    def too_large(error: RequestEntityTooLarge) -> Response:
        return _say(413, "larger than the specification's limit")

    @door.errorhandler(NoRoomLeft)
    def no_room(error: NoRoomLeft) -> Response:
        return _say(413, _FULL)

    @door.errorhandler(TooOften)
    def too_often(error: TooOften) -> Response:
        return _say(429, str(error), {"Retry-After": f"{error.seconds}"})

    @door.errorhandler(TryLater)
    def later(error: TryLater) -> Response:
        return _say(503, str(error), {"Retry-After": f"{ceil(error.seconds)}"})

    @door.errorhandler(Gone)
    def gone(error: Gone) -> Response:
        return _say(410, "this run has ended")

    @door.errorhandler(ClientDisconnected)
    def broke_off(error: ClientDisconnected) -> Response:
        return _say(408, "it came too slowly, or not to its end")

    return door


def _body() -> bytes:
    request.max_content_length = LIMITS.body
    return request.get_data(cache=False)


def _say(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(text + "\n", status, headers, mimetype="text/plain")
