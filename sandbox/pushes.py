"""The events that a push causes: push, check suites, and the pull requests on its branch."""

from collections.abc import Mapping
from dataclasses import replace

from sandbox import gitfolder, payloads, webhooks
from sandbox.records import Activity, HostedRepository, Pull
from sandbox.state import State
from sandbox.web import conversation

NOTHING = "0" * 40
BRANCHES = "refs/heads/"


def announce(
    state: State,
    repository: HostedRepository,
    before: Mapping[str, str],
    after: Mapping[str, str],
    by: str,
    kind: str = "",
) -> None:
    """Send the events of every branch that differs between two readings of the refs.

    `kind`: of activity, if no push.
    """
    if before != after:
        state.changed()
    for ref in sorted({*before, *after}):
        old, new = before.get(ref, NOTHING), after.get(ref, NOTHING)
        if not ref.startswith(BRANCHES) or old == new:
            continue
        keep(state, repository, ref, old, new, by, kind)
        webhooks.emit(state, repository, "push", by, payloads.pushed(state, repository, ref, old, new, by))
        if new != NOTHING:
            request_suites(state, repository, ref.removeprefix(BRANCHES), old, new, by)
        for pull in pulls_from(state, repository, ref.removeprefix(BRANCHES)):
            if new == NOTHING:
                conversation.close_pull(state, pull, by)
            elif old != NOTHING:
                synchronize(state, pull, old, new, by)


def request_suites(state: State, repository: HostedRepository, branch: str, before: str, after: str, by: str) -> None:
    """Tell each App that may write check runs of the suite that the push opens for it."""
    for installation in state.installations_of(repository):
        app = state.apps[installation.app]
        if installation.permissions.get("checks") == "write":
            payload = payloads.suite_requested(state, repository, app, branch, before, after)
            webhooks.emit(state, repository, "check_suite", by, payload, only_app=app.id)


def keep(state: State, repository: HostedRepository, ref: str, old: str, new: str, by: str, kind: str) -> None:
    """Record a change in the repository's activity, which its Activity tab and the API show."""
    if not kind:
        kind = "branch_creation" if old == NOTHING else "branch_deletion" if new == NOTHING else "push"
    if kind == "push" and not gitfolder.is_ancestor(repository, old, new):
        kind = "force_push"
    with state.lock:
        number = state.next_id(Activity)
        state.activities.append(Activity(number, repository.id, ref, old, new, kind, by, state.clock()))


def pulls_from(state: State, repository: HostedRepository, branch: str) -> list[Pull]:
    """Return open pull requests, of any repository, whose head is this branch."""
    with state.lock:
        found = list(state.pulls.values())
    return [
        pull
        for pull in found
        if pull.state == "open" and (pull.head_repository, pull.head_ref) == (repository.id, branch)
    ]


def synchronize(state: State, pull: Pull, before: str, after: str, by: str) -> None:
    """Record and announce that the head of an open pull request moved."""
    moved = replace(pull, updated_at=state.clock())
    state.put(moved)
    payload = payloads.pulled(state, moved, "synchronize") | {"before": before, "after": after}
    webhooks.emit(state, state.repositories[moved.repository], "pull_request", by, payload)
