"""What people do with branches of pull requests: merge, choose another base, delete or move a branch."""

from dataclasses import replace

from sandbox import gitfolder, payloads, pushes, webhooks
from sandbox.records import HostedRepository, Pull
from sandbox.state import State


def merge_pull(state: State, pull: Pull, by: str) -> Pull:
    """Merge by a merge commit, and close. Raises subprocess.CalledProcessError where the sides conflict."""
    repository = state.repositories[pull.repository]
    head, base = gitfolder.pull_head(state, pull), gitfolder.pull_base(state, pull)
    before = gitfolder.refs(repository)
    tree = gitfolder.git(repository.folder, "merge-tree", "--write-tree", base, head)
    person = ["-c", f"user.name={by}", "-c", f"user.email={by}@users.noreply.github.com"]
    words = f"Merge pull request #{pull.number} from {repository.owner}/{pull.head_ref}\n\n{pull.title}"
    made = gitfolder.git(repository.folder, *person, "commit-tree", tree, "-p", base, "-p", head, "-m", words)
    gitfolder.git(repository.folder, "update-ref", f"refs/heads/{pull.base_ref}", made, base)
    now = state.clock()
    merged = replace(
        pull, state="closed", closed_at=now, updated_at=now, merged_at=now, merged_by=by, merge_commit=made
    )
    state.put(merged)
    pushes.announce(state, repository, before, gitfolder.refs(repository), by, "pr_merge")
    webhooks.emit(state, repository, "pull_request", by, payloads.pulled(state, merged, "closed"))
    return merged


def edit_base(state: State, pull: Pull, base: str, by: str) -> Pull:
    """Choose another base branch. Raises Missing where there is no such branch."""
    repository = state.repositories[pull.repository]
    gitfolder.sha_of(repository, f"refs/heads/{base}")
    before = {"ref": {"from": pull.base_ref}, "sha": {"from": gitfolder.pull_base(state, pull)}}
    edited = replace(pull, base_ref=base, updated_at=state.clock())
    state.put(edited)
    payload = payloads.pulled(state, edited, "edited") | {"changes": {"base": before}}
    webhooks.emit(state, repository, "pull_request", by, payload)
    return edited


def set_branch(state: State, repository: HostedRepository, branch: str, sha: str, by: str) -> None:
    """Move a branch to an existing commit, wherever it was before; an empty SHA deletes the branch."""
    before = gitfolder.refs(repository)
    ref = f"refs/heads/{branch}"
    gitfolder.git(repository.folder, "update-ref", *([ref, sha] if sha else ["-d", ref]))
    pushes.announce(state, repository, before, gitfolder.refs(repository), by)
