"""The runs API: what agents and the bot say to each other, as docs/runs-api.md has it."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from time import time
from typing import IO, Any

from flask import Blueprint, Response, g, jsonify, request
from pydantic import ValidationError
from werkzeug.exceptions import ClientDisconnected, Gone, RequestEntityTooLarge

from bot.effects.budget_check import is_full
from bot.effects.renames import follow
from bot.errors import Forbidden, NotFound, TryLater
from bot.ports import Ports
from bot.remotes import remote_at, remote_for
from bot.specification import secrets_of, specification
from experiments.data import delivered
from experiments.fleet.indexes import index_for
from experiments.limits import LIMITS
from experiments.provenance import Provenance, heard
from experiments.run import Beat, Done, Ended, Environment, Phase, Run, State, observe, renting
from handlers.checks.submodules import NONE, given, pack
from handlers.jobs.checkpoints import kept, too_soon
from handlers.jobs.sweep import THROTTLE
from handlers.lookup.checkpoint import resumed
from web.places import BEAT, Places
from web.said import SaidBeat, SaidBoot, SaidDone, within
from web.streams import answer, pieces

_STATES = {"preparing": State.PREPARING, "training": State.TRAINING, "uploading": State.UPLOADING}
_FILES = {"bundle": LIMITS.bundle, "baseline.tar": LIMITS.files, "experiment.tar": LIMITS.files}
_LEAST = 500  # characters of why it did not work, where there is no room for more
_SOON = 5.0  # seconds until the overview shows another state; those in between are one


def runs(ports: Ports, dvc_version: str, login: Any) -> Blueprint:
    """The blueprint. `login()` tells the App's own login, for the author of commits."""
    door = Blueprint("runs", __name__, url_prefix="/api/runs/<run_id>")
    claims, copies, results = Places(), Places(), Places()
    slow = {"runs.claim": claims, "runs.keep": copies, "runs.checkpoint": copies, "runs.submodule": copies}

    def tell(run: Run) -> None:
        """Its check run goes with the log, the overview with its state; a sweep's table takes more time over it."""
        experiment, changed = run.experiment, run.state is not g.run.state
        if experiment.sweep:
            if changed:
                ports.queue.show(experiment.pull_ref, experiment.sweep, after=THROTTLE)
            return
        ports.queue.announce(run)
        if changed and not run.fetch:
            ports.queue.refresh(experiment.pull_ref, after=_SOON)

    @door.before_request
    def admit() -> Response | None:
        """Only the holder of the run's own token comes further, and only while the attempt lives."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        run = ports.store.get((request.view_args or {})["run_id"])
        if kind != "Bearer" or run is None or not known(token, run):
            return _say(401, "this token is for no such run")
        if _is_over(run):
            return _say(410, "this run has ended")
        g.run = run
        places = slow.get(str(request.endpoint), results if (request.content_length or 0) > BEAT else None)
        g.places, g.place = places, places.take(run.id, run.experiment.repository.id) if places else None
        return None

    @door.teardown_request
    def leave(_: BaseException | None) -> None:
        if place := g.pop("place", None):
            g.places.leave(place)

    def lives() -> Callable[[], bool]:
        """Whether the attempt that this request is of still does, to be asked later."""
        asks: Run = g.run

        def still() -> bool:
            now = ports.store.get(asks.id)
            return now is not None and now.token_hash == asks.token_hash and not _is_over(now)

        return still

    def sent(file: IO[bytes], kind: str) -> Response:
        return answer(file, kind, g.places, g.pop("place"), lives())

    def known(given: str, run: Run | None) -> bool:
        """Whether who asks is the agent of this run; before it has a key, the machine that was launched for it."""
        if run is None:
            return False
        if request.endpoint == "runs.boot":
            hashed, expected = given, ports.runners.boot.token(run)
        else:
            hashed, expected = hashlib.sha256(given.encode("utf-8", "surrogateescape")).hexdigest(), run.token_hash
        return hmac.compare_digest(hashed.encode("utf-8", "surrogateescape"), expected.encode())

    @door.post("/boot")
    def boot(run_id: str) -> Response:
        """The key to the attempt is the agent's own, known here by its hash, for what is good once: whoever reads the
        machine's script later has nothing. An answer may be lost: the same key again is fine."""
        said = SaidBoot.model_validate_json(_body())

        def taken(now: Run) -> Run:
            rent, at = now.rented, time()
            if not rent or rent.attempt != said.attempt or not now.awaits(rent):
                return now
            there = renting(now, replace(rent, booted=True, began=rent.began or at))
            return replace(there, token_hash=said.key_sha256, heartbeat=at, waits="")

        run = ports.store.update(run_id, taken)
        if run.attempt != said.attempt or run.token_hash != said.key_sha256:
            return _say(409, "this token was used before, or is for another attempt")
        return Response(status=204)

    @door.post("/claim")
    def claim(run_id: str) -> Response:
        run: Run = g.run
        if run.state not in (State.QUEUED, State.PREPARING):  # an answer may have been lost: claiming again is fine
            return _say(409, "claimed already")
        try:
            run, _ = follow(ports, run)
            experiment = run.experiment
            project, declared = experiment.project, experiment.declared
            snapshot = ports.snapshots.take(experiment.repository, experiment.baseline, project, declared)
            token = ports.host.read_token(experiment.repository)
            modules, missing = given(ports, experiment, snapshot, waits=False) if not run.fetch else (NONE, ())
        except (NotFound, Forbidden) as error:
            gone = Ended(State.FAILED, f"GitHub no longer lets this App read the repository: {error}")
            ports.queue.finish(ports.store.update(run_id, lambda now: observe(now, gone, time())))
            return _say(410, "the repository can't be read")
        if missing:
            refused = Ended(State.FAILED, " ".join(each.sentence for each in missing))
            ports.queue.finish(ports.store.update(run_id, lambda now: observe(now, refused, time())))
            return _say(410, "it can't be trained without what its asker may not read")
        run = ports.store.update(run_id, lambda now: observe(now, Phase(State.PREPARING), time()))
        tell(run)
        _, newest = resumed(ports, run)
        runner = ports.runners.fleet.runners.get(experiment.place.runner)
        secrets = {} if run.fetch else secrets_of(runner, ports.runners.secrets)  # nothing of the project's is run
        at = remote_at(ports.git, run)
        remote = remote_for(ports.runners.fleet, ports.runners.secrets, ports.runners.plugins, run, snapshot, at)
        index = index_for(ports.runners.fleet.indexes, ports.runners.secrets, experiment.repository.full_name)
        told = specification(
            run, snapshot, token, dvc_version, login(), time(), newest, secrets, remote, modules.told, index
        )
        return jsonify(told)

    @door.post("/beat")
    def beat(run_id: str) -> Response:
        said = SaidBeat.model_validate_json(_body())
        size = ports.files.append_log(g.run, said.offset, said.log.encode()) if said.log else said.offset
        ports.files.show_live(g.run, said.live)
        state = _STATES.get(said.state)
        seen = Phase(state, said.training or 0) if state else Beat()
        run = ports.store.update(run_id, lambda now: observe(now, seen, time()))
        tell(run)
        return jsonify(cancel=run.state is State.CANCELLED, size=size)

    @door.put("/checkpoint")
    def keep(run_id: str) -> Response:
        if not g.run.experiment.checkpointed or g.run.fetch:
            return _say(404, "nobody asked for checkpoints of this run")
        if too_soon(g.run, time()):
            return _say(429, "the ones before came a short time ago")
        request.max_content_length = LIMITS.checkpoint
        run = kept(ports, g.run, pieces(request.stream, g.place, lives()), time())
        ports.queue.checkpoint(run)
        return Response(status=204)

    @door.get("/checkpoint")
    def checkpoint(run_id: str) -> Response:
        owner, newest = resumed(ports, g.run)
        if newest is None:
            return _say(404, "no checkpoint is kept")
        return sent(ports.files.checkpoint(owner, newest.number).open("rb"), "application/x-tar")

    @door.get("/submodules/<int:number>")
    def submodule(run_id: str, number: int) -> Response:
        """The files of one, as a pack. The right to read them is asked for again: it may have been lost since."""
        run: Run = g.run
        if run.state is not State.PREPARING:
            return _say(409, "only what is prepared gets submodules")
        experiment = run.experiment
        snapshot = ports.snapshots.take(
            experiment.repository, experiment.baseline, experiment.project, experiment.declared
        )
        packed = pack(ports, experiment, snapshot, number)
        return sent(packed, "application/x-git") if packed else _say(403, "its asker may not read it")

    @door.put("/files/<name>")
    def put(run_id: str, name: str) -> Response:
        if name not in _FILES:
            return _say(404, f"there are {', '.join(_FILES)}")
        request.max_content_length = _FILES[name]
        path = ports.files.path(g.run, name)
        part = path.with_name(f"{path.name}.part")
        with part.open("wb") as out:
            for piece in pieces(request.stream, g.place, lives()):
                out.write(piece)
        part.replace(path)
        return Response(status=204)

    @door.post("/done")
    def done(run_id: str) -> Response:
        said = SaidDone.model_validate_json(_body())
        told, line = said.environment, LIMITS.line
        packages = within([each[:line] for each in told.packages[: LIMITS.packages]], LIMITS.installed)
        environment = Environment(told.python[:line], told.dvc[:line], packages, told.machine[:line])
        seen = Done(said.exit_code, said.reason[: LIMITS.reason], said.timed_out, environment, said.interrupted)
        seen = replace(seen, provenance=heard(said.provenance), delivered=delivered.heard(said.delivered))
        if is_full(ports.store, g.run.experiment.repository):  # many began while they were small
            unknown = Provenance() if seen.provenance else None
            seen = replace(seen, reason=seen.reason[:_LEAST], environment=Environment(), provenance=unknown)
        run = ports.store.update(run_id, lambda now: observe(now, seen, time()))
        if run.state is State.QUEUED:  # it goes on from its checkpoint
            ports.queue.train(run)
            tell(run)
        else:
            ports.queue.finish(run)
        return Response(status=204)

    @door.errorhandler(ValidationError)
    def invalid(error: ValidationError) -> Response:
        return _say(400, f"{error.error_count()} fields are wrong: {[each['loc'] for each in error.errors()][:5]}")

    @door.errorhandler(RequestEntityTooLarge)
    def too_large(error: RequestEntityTooLarge) -> Response:
        return _say(413, "larger than the specification's limit")

    @door.errorhandler(TryLater)
    def later(error: TryLater) -> Response:
        return _say(503, str(error))

    @door.errorhandler(Gone)
    def gone(error: Gone) -> Response:
        return _say(410, "this run has ended")

    @door.errorhandler(ClientDisconnected)
    def broke_off(error: ClientDisconnected) -> Response:
        return _say(408, "it came too slowly, or not to its end")

    return door


def _is_over(run: Run) -> bool:
    return run.state.ended or run.state is State.FINISHING


def _body() -> bytes:
    request.max_content_length = LIMITS.body
    return request.get_data(cache=False)


def _say(status: int, text: str) -> Response:
    return Response(text + "\n", status, mimetype="text/plain")
