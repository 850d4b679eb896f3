"""REST routes of the Git database: commits that GitHub makes, and branches that the API moves."""

import subprocess

from flask import Blueprint, Response, jsonify

from sandbox import gitfolder, history, pushes, rules
from sandbox.records import HostedRepository, Json
from sandbox.rest.door import Answer, arrive, body, bot_of, repository_for, state
from sandbox.shapes import moment, node
from sandbox.state import Missing, Unprocessable
from sandbox.tokens import Refusal

data = Blueprint("rest_data", __name__, url_prefix="/api/v3/repos/<owner>/<name>/git")
arrive(data)

UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


@data.post("/commits")
def create_commit(owner: str, name: str) -> Answer:
    """Commit an existing tree as the App. GitHub signs it unless the body names an author."""
    repository, token = repository_for(owner, name, ("contents", "write"))
    if not gitfolder.refs(repository):
        raise Refusal(409, "Git Repository is empty.")
    asked, app = body(), bot_of(token)
    tree, parents = str(asked.get("tree", "")), [str(parent) for parent in asked.get("parents") or ()]
    if _kind(repository, tree) != "tree":
        raise Unprocessable("Tree SHA does not exist")
    if any(_kind(repository, parent) != "commit" for parent in parents):
        raise Unprocessable("Parent SHA does not exist or is not a commit object")
    mail = f"{state().user(app.bot).id}+{app.bot}@users.noreply.github.com"
    identity = {"NAME": app.bot, "EMAIL": mail, "DATE": f"{int(state().clock())} +0000"}
    variables = {f"GIT_{role}_{part}": word for role in ("AUTHOR", "COMMITTER") for part, word in identity.items()}
    command = ["git", "--git-dir", str(repository.folder), "commit-tree", tree]
    command += [word for parent in parents for word in ("-p", parent)]
    message = str(asked.get("message", "")).encode()
    environment = {**gitfolder.environment(), **variables}
    made = subprocess.run(command, env=environment, input=message, check=True, capture_output=True)
    sha = made.stdout.decode().strip()
    if not {"author", "committer"} & set(asked):
        rules.sign(repository, sha)
    return jsonify(_commit(repository, sha)), 201


@data.get("/commits/<sha>")
def show_commit(owner: str, name: str, sha: str) -> Response:
    """Return one commit, whether or not a branch has it."""
    repository, _ = repository_for(owner, name, ("contents", "read"))
    if _kind(repository, sha) != "commit":
        raise Missing(f"no commit {sha} in {repository.full_name}")
    return jsonify(_commit(repository, sha))


@data.patch("/refs/heads/<path:branch>")
def move(owner: str, name: str, branch: str) -> Response:
    """Move a branch, only forward unless `force`."""
    repository, token = repository_for(owner, name, ("contents", "write"))
    asked, before = body(), gitfolder.refs(repository)
    ref, sha = f"refs/heads/{branch}", str(asked.get("sha", ""))
    if ref not in before:
        raise Unprocessable("Reference does not exist")
    if _kind(repository, sha) != "commit":
        raise Unprocessable("Object does not exist")
    if not asked.get("force") and not gitfolder.is_ancestor(repository, before[ref], sha):
        raise Unprocessable("Update is not a fast forward")
    why_not = rules.refusal(repository, branch, before[ref], sha)
    if why_not:
        raise Unprocessable(f"Repository rule violations found\n\n{why_not}\n\n")
    gitfolder.git(repository.folder, "update-ref", ref, sha, before[ref])
    pushes.announce(state(), repository, before, gitfolder.refs(repository), bot_of(token).bot)
    api = f"{state().url}/api/v3/repos/{repository.full_name}/git"
    held = {"type": "commit", "sha": sha, "url": f"{api}/commits/{sha}"}
    return jsonify({"ref": ref, "node_id": node("Ref", repository.id), "url": f"{api}/{ref}", "object": held})


def _kind(repository: HostedRepository, sha: str) -> str:
    if len(sha) != 40 or not set(sha) <= set("0123456789abcdef"):
        return ""
    try:
        return gitfolder.git(repository.folder, "cat-file", "-t", sha)
    except subprocess.CalledProcessError:
        return ""


def _commit(repository: HostedRepository, sha: str) -> Json:
    """Return a commit as the schema's GitCommit."""
    (made,) = history.commits(repository.folder, sha, limit=1)
    tree = gitfolder.git(repository.folder, "rev-parse", f"{sha}^{{tree}}")
    page = f"{state().url}/{repository.full_name}/commit"
    api = f"{state().url}/api/v3/repos/{repository.full_name}/git"
    who = {"name": made.author, "email": made.email, "date": moment(made.when)}
    signature = {
        "verified": True,
        "reason": "valid",
        "signature": "-----BEGIN PGP SIGNATURE-----",
        "payload": f"tree {tree}",
    }
    verification = {**signature, "verified_at": moment(made.when)} if rules.signed(repository, sha) else UNSIGNED
    return {
        "sha": sha,
        "node_id": node("Commit", int(sha[:12], 16)),
        "url": f"{api}/commits/{sha}",
        "html_url": f"{page}/{sha}",
        "author": who,
        "committer": who,
        "message": made.message,
        "tree": {"sha": tree, "url": f"{api}/trees/{tree}"},
        "parents": [
            {"sha": each, "url": f"{api}/commits/{each}", "html_url": f"{page}/{each}"} for each in made.parents
        ],
        "verification": verification,
    }
