"""What people and bots do in a pull request: comment, edit, react, open, close. Each sends its webhooks."""

from dataclasses import replace

from sandbox import gitfolder, payloads, webhooks
from sandbox.records import REACTIONS, Comment, HostedRepository, Pull, Reaction
from sandbox.state import Missing, State, Unprocessable

LONGEST_BODY = 65_536  # characters


def checked_body(body: object) -> str:
    """Return a comment's text if GitHub would accept it. Raises Unprocessable where it is blank or too long."""
    wrong = {"resource": "IssueComment", "field": "body"}
    if not isinstance(body, str) or not body.strip():
        raise Unprocessable("Validation Failed", [{**wrong, "code": "missing_field"}])
    if len(body) > LONGEST_BODY:
        detail = {"code": "unprocessable", "field": "data", "message": "Body is too long (maximum is 65536 characters)"}
        raise Unprocessable("Validation Failed", [{"resource": "IssueComment", **detail}])
    return body


def comment(state: State, repository: HostedRepository, number: int, body: str, by: str, app: int = 0) -> Comment:
    """Add a comment as the user `by`. Raises Missing and Unprocessable."""
    pull, user, text, now = state.pull(repository, number), state.user(by), checked_body(body), state.clock()
    made = Comment(state.next_id(Comment), repository.id, pull.number, user.login, text, now, now, app)
    state.put(made)
    state.put(replace(state.pulls[pull.id], updated_at=now))
    webhooks.emit(state, repository, "issue_comment", by, payloads.commented(state, made, "created"))
    return made


def edit_comment(state: State, comment_id: int, body: str, by: str) -> Comment:
    """Replace a comment's text. Raises Missing and Unprocessable."""
    old, text = find_comment(state, comment_id), checked_body(body)
    made = replace(old, body=text, updated_at=max(state.clock(), old.created_at + 1))
    state.put(made)
    payload = payloads.commented(state, made, "edited") | {"changes": {"body": {"from": old.body}}}
    webhooks.emit(state, state.repositories[made.repository], "issue_comment", by, payload)
    return made


def delete_comment(state: State, comment_id: int, by: str) -> None:
    """Delete a comment. Raises Missing."""
    gone = find_comment(state, comment_id)
    payload = payloads.commented(state, gone, "deleted")
    with state.lock:
        for reaction in state.reactions_of(gone):
            del state.reactions[reaction.id]
        del state.comments[gone.id]
        state.changed()
    webhooks.emit(state, state.repositories[gone.repository], "issue_comment", by, payload)


def find_comment(state: State, comment_id: int) -> Comment:
    """Return a comment by its id. Raises Missing."""
    with state.lock:
        if comment_id not in state.comments:
            raise Missing(f"no comment {comment_id}")
        return state.comments[comment_id]


def react(state: State, comment_id: int, content: str, by: str) -> tuple[Reaction, bool]:
    """React to a comment; False where that reaction was there. GitHub sends no webhook. Raises Unprocessable."""
    if content not in REACTIONS:
        raise Unprocessable("Validation Failed", [{"resource": "Reaction", "field": "content", "code": "invalid"}])
    with state.lock:
        target, user = find_comment(state, comment_id), state.user(by)
        for reaction in state.reactions_of(target):
            if (reaction.user, reaction.content) == (user.login, content):
                return reaction, False
        made = Reaction(state.next_id(Reaction), comment_id, user.login, content, state.clock())
        state.put(made)
        return made, True


def open_pull(state: State, repository: HostedRepository, head: str, base: str, title: str, body: str, by: str) -> Pull:
    """Open a pull request from `branch`, or `owner:branch` of a fork. Raises Missing and Unprocessable."""
    owner, _, branch = head.rpartition(":")
    source = repository
    if owner and owner.lower() != repository.owner.lower():
        source = state.repository(f"{owner}/{repository.name}")
    for field, where, ref in (("head", source, branch), ("base", repository, base)):
        if f"refs/heads/{ref}" not in gitfolder.refs(where):
            raise Unprocessable("Validation Failed", [{"resource": "PullRequest", "field": field, "code": "invalid"}])
    now, user = state.clock(), state.user(by)
    with state.lock:
        number = 1 + max((pull.number for pull in state.pulls_of(repository)), default=0)
        made = Pull(
            state.next_id(Pull), number, repository.id, title, body, user.login, source.id, branch, base, now, now
        )
        state.put(made)
    gitfolder.pull_head(state, made)
    webhooks.emit(state, repository, "pull_request", by, payloads.pulled(state, made, "opened"))
    return made


def close_pull(state: State, pull: Pull, by: str) -> Pull:
    """Close a pull request without merging it."""
    gitfolder.pull_head(state, pull)  # keeps the head's SHA
    now = state.clock()
    made = replace(pull, state="closed", closed_at=now, updated_at=now)
    state.put(made)
    repository = state.repositories[pull.repository]
    webhooks.emit(state, repository, "pull_request", by, payloads.pulled(state, made, "closed"))
    return made


def reopen_pull(state: State, pull: Pull, by: str) -> Pull:
    """Open a closed pull request again."""
    made = replace(pull, state="open", closed_at=None, updated_at=state.clock())
    state.put(made)
    repository = state.repositories[pull.repository]
    webhooks.emit(state, repository, "pull_request", by, payloads.pulled(state, made, "reopened"))
    return made
