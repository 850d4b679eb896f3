"""Check runs: GitHub's limits on what an App may write, and the buttons that people press."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sandbox import gitfolder, payloads, webhooks
from sandbox.records import ROLES, CheckRun, HostedRepository, Json
from sandbox.state import Missing, State, Unprocessable

LONGEST_TEXT = 65_535  # bytes, of summary and text each
MOST_ANNOTATIONS = 50  # in one call
MOST_ACTIONS = 3
ACTION_LENGTHS = {"label": 20, "identifier": 20, "description": 40}  # characters
STATUSES = ("queued", "in_progress", "completed", "waiting", "requested", "pending")
CONCLUSIONS = ("success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required")
FIELDS = ("name", "details_url", "external_id", "status", "conclusion", "started_at", "completed_at")


def create(state: State, repository: HostedRepository, app: int, asked: Json) -> CheckRun:
    """Make a check run from the body of a POST. Raises Unprocessable."""
    for name in ("name", "head_sha"):
        if not isinstance(asked.get(name), str) or not asked[name]:
            raise refused(f'"{name}" wasn\'t supplied.')
    try:
        sha = gitfolder.sha_of(repository, asked["head_sha"])
    except Missing as error:
        raise Unprocessable(f"No commit found for SHA: {asked['head_sha']}") from error
    if sha != asked["head_sha"]:
        raise Unprocessable(f"No commit found for SHA: {asked['head_sha']}")
    now = state.clock()
    made = CheckRun(state.next_id(CheckRun), repository.id, app, asked["name"], sha, started_at=now, created_at=now)
    made = changed(made, asked, now)
    state.put(made)
    tell(state, made, "created")
    return made


def update(state: State, check: CheckRun, asked: Json) -> CheckRun:
    """Change a check run by the body of a PATCH; output and actions are replaced whole. Raises Unprocessable."""
    made = changed(check, asked, state.clock())
    state.put(made)
    if made.status == "completed" and check.status != "completed":
        tell(state, made, "completed")
    return made


def find(state: State, repository: HostedRepository, check_id: int) -> CheckRun:
    """Return a check run of the repository by its id. Raises Missing."""
    with state.lock:
        check = state.check_runs.get(check_id)
    if check is None or check.repository != repository.id:
        raise Missing(f"no check run {check_id} in {repository.full_name}")
    return check


def rerequest(state: State, check: CheckRun, by: str) -> None:
    """Press Re-run as the person `by`. Raises Unprocessable without write access."""
    needs_write(state, check, by)
    tell(state, check, "rerequested", by)


def press(state: State, check: CheckRun, identifier: str, by: str) -> None:
    """Press one of the App's buttons as the person `by`. Raises Unprocessable where it has none of that identifier."""
    needs_write(state, check, by)
    if check.status != "completed" or identifier not in [action["identifier"] for action in check.actions]:
        raise Unprocessable(f"This check run shows no button {identifier}.")
    tell(state, check, "requested_action", by, {"requested_action": {"identifier": identifier}})


def rerequest_all(state: State, repository: HostedRepository, app: int, sha: str, by: str) -> None:
    """Press Re-run all checks of one App on one commit as the person `by`. Raises Missing and Unprocessable."""
    suite = [check for check in state.checks_of(repository, sha) if check.app == app]
    if not suite:
        raise Missing(f"no check suite of that App on {sha} in {repository.full_name}")
    needs_write(state, suite[0], by)
    payload = payloads.suite_checked(state, suite[0], "rerequested")
    webhooks.emit(state, repository, "check_suite", by, payload, only_app=app)


def needs_write(state: State, check: CheckRun, by: str) -> None:
    """Raise Unprocessable for somebody without write access."""
    if ROLES.index(state.role(state.repositories[check.repository], by)) < ROLES.index("write"):
        raise Unprocessable(f"{by} may not press the buttons of checks: that needs write access.")


def tell(state: State, check: CheckRun, action: str, by: str = "", more: Json | None = None) -> None:
    """Send an event. A person's press (`by`) is sent to the check run's App only, other events to every listener."""
    sender = by or state.apps[check.app].bot
    payload = payloads.checked(state, check, action) | (more or {})
    webhooks.emit(
        state, state.repositories[check.repository], "check_run", sender, payload, only_app=check.app if by else 0
    )


def changed(check: CheckRun, asked: Json, now: float) -> CheckRun:
    """Return the check run with the fields of the request. Raises Unprocessable."""
    values: dict[str, Any] = {name: asked[name] for name in FIELDS if asked.get(name) is not None}
    for name in ("started_at", "completed_at"):
        if name in values:
            values[name] = moment(name, values[name])
    if values.get("status", "queued") not in STATUSES:
        raise refused(f"{values['status']} is not a member of {list(STATUSES)}.")
    if values.get("conclusion", "success") not in CONCLUSIONS:
        raise refused(f"{values['conclusion']} is not a member of {list(CONCLUSIONS)}.")
    if not values.get("details_url", "http").startswith("http"):
        raise Unprocessable("Validation Failed", [{"resource": "CheckRun", "field": "details_url", "code": "invalid"}])
    if "conclusion" in values:
        values["status"] = "completed"
    if values.get("status", "queued") == "completed":
        if "conclusion" not in values and check.conclusion is None:
            raise refused('"conclusion" wasn\'t supplied: it is required when status is completed.')
        values.setdefault("completed_at", now)
    elif "status" in values:
        values |= {"conclusion": None, "completed_at": None}
    if asked.get("output") is not None:
        values["output"] = checked_output(asked["output"])
    if asked.get("actions") is not None:
        values["actions"] = checked_actions(asked["actions"])
    return replace(check, **values)


def checked_output(output: object) -> Json:
    """Check that title and summary are there, and texts and annotations within limits. Raises Unprocessable."""
    if not isinstance(output, dict):
        raise refused(f"{output} is not an object.")
    missing = [
        f'"{name}"' for name in ("title", "summary") if not isinstance(output.get(name), str) or not output[name]
    ]
    if missing:
        raise refused(f"{', '.join(missing)} weren't supplied.")
    for name in ("summary", "text"):
        if len((output.get(name) or "").encode()) > LONGEST_TEXT:
            raise refused(f"Only {LONGEST_TEXT} characters are allowed; {len(output[name].encode())} were supplied.")
    if len(output.get("annotations") or ()) > MOST_ANNOTATIONS:
        raise refused(f"No more than {MOST_ANNOTATIONS} items are allowed; {len(output['annotations'])} were supplied.")
    return dict(output)


def checked_actions(actions: object) -> tuple[Json, ...]:
    """Check that there are at most three actions, each with short texts. Raises Unprocessable."""
    if not isinstance(actions, list) or not all(isinstance(action, dict) for action in actions):
        raise refused(f"{actions} is not an array of objects.")
    if len(actions) > MOST_ACTIONS:
        raise refused(f"No more than {MOST_ACTIONS} items are allowed; {len(actions)} were supplied.")
    for action in actions:
        for name, longest in ACTION_LENGTHS.items():
            if not isinstance(action.get(name), str) or not action[name]:
                raise refused(f'"{name}" wasn\'t supplied.')
            if len(action[name]) > longest:
                raise refused(f"Only {longest} characters are allowed; {len(action[name])} were supplied.")
    return tuple(dict(action) for action in actions)


def moment(name: str, text: object) -> float:
    """Return an ISO 8601 time with a zone as seconds since the epoch. Raises Unprocessable."""
    try:
        parsed = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise refused(f"{text} is not a valid date-time.") from error
    if parsed.tzinfo is None:
        raise refused(f"{name}: {text} is not a valid date-time.")
    return parsed.timestamp()


def refused(reason: str) -> Unprocessable:
    """Make the error that the schema check in front of GitHub's API answers with."""
    return Unprocessable(f"Invalid request.\n\n{reason}")
