"""What owners do with an App and with repositories: suspend, remove, narrow, rename, transfer.

GitHub sends an App the events of its own installations, whatever events it asked for.
"""

from collections.abc import Mapping
from dataclasses import replace

from sandbox import shapes, webhooks
from sandbox.records import HostedRepository, Installation, Json
from sandbox.state import State


def suspend(state: State, installation: int, suspended: bool) -> None:
    """Suspend an installation, or let it work again."""
    found = replace(state.installations[installation], suspended_at=state.clock() if suspended else None)
    state.put(found)
    tell(state, found, "installation", "suspend" if suspended else "unsuspend", listed(state, found))


def uninstall(state: State, installation: int) -> None:
    """Remove the App from all of its owner's repositories. Its tokens become invalid."""
    with state.lock:
        gone = state.installations.pop(installation)
        state.changed()
        state.tokens = {text: token for text, token in state.tokens.items() if token.installation != installation}
    tell(state, gone, "installation", "deleted", listed(state, gone))


def install_again(state: State, gone: Installation) -> Installation:
    """Install the App for the same owner again. The installation gets a new id."""
    made = replace(gone, id=state.next_id(Installation), suspended_at=None, created_at=state.clock())
    state.put(made)
    tell(state, made, "installation", "created", listed(state, made))
    return made


def choose(state: State, installation: int, repository: HostedRepository, given: bool) -> None:
    """Give the App one more repository, or take one away."""
    old = state.installations[installation]
    chosen = old.repositories | {repository.id} if given else old.repositories - {repository.id}
    found = replace(old, repositories=chosen)
    state.put(found)
    one = [minimal(repository)]
    extra: Json = {
        "repository_selection": "selected",
        "repositories_added": one if given else [],
        "repositories_removed": [] if given else one,
    }
    tell(state, found, "installation_repositories", "added" if given else "removed", extra)


def grant(state: State, installation: int, permissions: Mapping[str, str]) -> None:
    """Set the App's permissions. Its tokens lose all others."""
    found = replace(state.installations[installation], permissions=dict(permissions))
    state.put(found)
    tell(state, found, "installation", "new_permissions_accepted", listed(state, found))


def rename(state: State, repository: HostedRepository, name: str, by: str) -> HostedRepository:
    """Rename a repository. The old name leads to it until another repository takes that name."""
    moved = move(state, repository, replace(repository, name=name))
    payload = {"action": "renamed", "changes": {"repository": {"name": {"from": repository.name}}}}
    webhooks.emit(state, moved, "repository", by, payload)
    return moved


def transfer(state: State, repository: HostedRepository, owner: str, by: str) -> HostedRepository:
    """Move a repository to another account.

    The old owner's installations lose it; installations of the new owner get it.
    """
    state.add_user(owner)
    moved = move(state, repository, replace(repository, owner=owner))
    for found in list(state.installations.values()):
        if found.account == owner:
            state.put(replace(found, repositories=found.repositories | {repository.id}))
        elif repository.id in found.repositories:
            state.put(replace(found, repositories=found.repositories - {repository.id}))
    old = {"from": {"user": shapes.user(state, repository.owner)}}
    webhooks.emit(state, moved, "repository", by, {"action": "transferred", "changes": {"owner": old}})
    return moved


def move(state: State, repository: HostedRepository, moved: HostedRepository) -> HostedRepository:
    """Replace the repository's record and remember its old name."""
    with state.lock:
        state.moved[repository.full_name.lower()] = repository.id
        state.put(moved)
    return moved


def listed(state: State, installation: Installation) -> Json:
    """Return an installation's repositories as its events list them."""
    return {"repositories": [minimal(state.repositories[one]) for one in sorted(installation.repositories)]}


def minimal(repository: HostedRepository) -> Json:
    """Return a repository as events of installations describe it."""
    return {
        "id": repository.id,
        "node_id": shapes.node("Repository", repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
    }


def tell(state: State, installation: Installation, event: str, action: str, extra: Json) -> None:
    """Send an event of an installation to the App's webhook.

    Such an event names no repository and needs no subscription.
    """
    payload: Json = {
        "action": action,
        "installation": shapes.installation(state, installation),
        "sender": shapes.user(state, installation.account),
        "requester": None,
        **extra,
    }
    webhooks.dispatch(state, webhooks.prepare(state, state.apps[installation.app], installation, event, payload))
