"""Commit statuses: GitHub's limits, the newest of each context, and the combined state."""

from sandbox import gitfolder
from sandbox.records import CommitStatus, HostedRepository, Json
from sandbox.state import Missing, State, Unprocessable

STATES = ("error", "failure", "pending", "success")
LONGEST = 140  # characters of a description
MOST = 1000  # of one context on one commit


def create(state: State, repository: HostedRepository, sha: str, asked: Json, by: str) -> CommitStatus:
    """Make a status from the body of a POST. Raises Unprocessable."""
    try:
        found = gitfolder.sha_of(repository, sha)
    except Missing as error:
        raise Unprocessable(f"No commit found for SHA: {sha}") from error
    if found != sha:
        raise Unprocessable(f"No commit found for SHA: {sha}")
    if asked.get("state") not in STATES:
        raise wrong("state is not included in the list")
    context, description = asked.get("context") or "default", asked.get("description")
    if description is not None and len(description) > LONGEST:
        raise wrong(f"description is too long (maximum is {LONGEST} characters)")
    target = asked.get("target_url")
    if target is not None and not target.startswith(("http://", "https://")):
        raise wrong("target_url must use http(s) scheme")
    if sum(one.context == context for one in state.statuses_of(repository, sha)) >= MOST:
        raise wrong("This SHA and context has reached the maximum number of statuses.")
    made = CommitStatus(
        id=state.next_id(CommitStatus),
        repository=repository.id,
        sha=sha,
        context=context,
        state=asked["state"],
        description=description,
        target_url=target,
        creator=by,
        created_at=state.clock(),
    )
    state.put(made)
    return made


def newest(state: State, repository: HostedRepository, sha: str) -> list[CommitStatus]:
    """Return the newest status of each context, sorted by context."""
    found = {one.context: one for one in reversed(state.statuses_of(repository, sha))}
    return sorted(found.values(), key=lambda one: one.context)


def combined(found: list[CommitStatus]) -> str:
    """Return the combined state: failure where one failed, pending where none is there or one waits, else success."""
    states = {one.state for one in found}
    if states & {"error", "failure"}:
        return "failure"
    return "success" if states == {"success"} else "pending"


def wrong(reason: str) -> Unprocessable:
    """Make the error of GitHub's own validation."""
    return Unprocessable("Validation Failed", [{"resource": "Status", "code": "custom", "message": reason}])
