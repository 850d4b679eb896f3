"""REST routes of comments and reactions."""

from flask import Blueprint, Response, jsonify

from sandbox import pull_shapes
from sandbox.records import Comment, HostedRepository
from sandbox.rest.door import Answer, arrive, body, bot_of, page_of, repository_for, state, with_links
from sandbox.state import Missing
from sandbox.tokens import Refusal
from sandbox.web import conversation

comments = Blueprint("rest_comments", __name__, url_prefix="/api/v3/repos/<owner>/<name>/issues")
arrive(comments)

READ = (("issues", "read"), ("pull_requests", "read"))
WRITE = (("issues", "write"), ("pull_requests", "write"))


@comments.get("/<int:number>/comments")
def listing(owner: str, name: str, number: int) -> Response:
    """List the conversation in pages, the oldest comment first."""
    repository, _ = repository_for(owner, name, *READ)
    found = state().comments_of(repository, state().pull(repository, number).number)
    page, links = page_of([pull_shapes.comment(state(), comment) for comment in found])
    return with_links(page, links)


@comments.post("/<int:number>/comments")
def create(owner: str, name: str, number: int) -> Answer:
    """Comment as the App."""
    repository, token = repository_for(owner, name, *WRITE)
    app = bot_of(token)
    made = conversation.comment(state(), repository, number, body().get("body", ""), app.bot, app.id)
    return jsonify(pull_shapes.comment(state(), made)), 201


@comments.get("/comments/<int:comment>")
def show(owner: str, name: str, comment: int) -> Response:
    """Return one comment."""
    repository, _ = repository_for(owner, name, *READ)
    return jsonify(pull_shapes.comment(state(), find(repository, comment)))


@comments.patch("/comments/<int:comment>")
def edit(owner: str, name: str, comment: int) -> Response:
    """Change the text of one of the App's own comments."""
    repository, token = repository_for(owner, name, *WRITE)
    bot = bot_of(token).bot
    if find(repository, comment).user != bot:
        raise Refusal(403, "Resource not accessible by integration")
    made = conversation.edit_comment(state(), comment, body().get("body", ""), bot)
    return jsonify(pull_shapes.comment(state(), made))


@comments.get("/comments/<int:comment>/reactions")
def reactions(owner: str, name: str, comment: int) -> Response:
    """List the reactions to a comment in pages, the oldest first."""
    repository, _ = repository_for(owner, name, *READ)
    found = state().reactions_of(find(repository, comment))
    page, links = page_of([pull_shapes.reaction(state(), reaction) for reaction in found])
    return with_links(page, links)


@comments.post("/comments/<int:comment>/reactions")
def react(owner: str, name: str, comment: int) -> Answer:
    """React to a comment. Answers 201 for a new reaction, 200 where it was there."""
    repository, token = repository_for(owner, name, *WRITE)
    target = find(repository, comment)
    made, new = conversation.react(state(), target.id, body().get("content", ""), bot_of(token).bot)
    return jsonify(pull_shapes.reaction(state(), made)), 201 if new else 200


def find(repository: HostedRepository, comment: int) -> Comment:
    """Return a comment of the repository by its id. Raises Missing."""
    found = conversation.find_comment(state(), comment)
    if found.repository != repository.id:
        raise Missing(f"no comment {comment} in {repository.full_name}")
    return found
