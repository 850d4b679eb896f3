"""`/undo`: take the last result that landed off the branch again, by a new commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.commands import Command, Reply
from bot.errors import UserError
from bot.ports.git_commits import Described
from bot.ports.git_host import Permission
from bot.ports.memos import MemoKind
from bot.request import Request
from bot.workspace import Workspace
from experiments.refs import PATTERN, kept
from handlers.checks.admission import writable
from handlers.checks.head_seen import looked_at
from handlers.jobs.take_back_result import LandedResult, Undoing, way_back
from handlers.lookup import by_name
from handlers.lookup.reverts import FAR, reverted
from reports.messages import landing
from reports.messages import undo as undo_messages

_SUBJECT = 60  # characters that are quoted of the reverted commit's first line
# Vital: without it, a job that runs again would take back one more result.
_UNDO = MemoKind[LandedResult, int, int]("undo", LandedResult, vital=True)


@dataclass(frozen=True)
class UndoArgs:
    """Arguments of `/undo`: none, since it always takes back the last result."""


def undo(workspace: Workspace, request: Request, args: UndoArgs, line: str) -> Reply:
    """Take back the last result that landed. Raise UserError where a file that it changed was changed again since."""
    writable(workspace)
    looked_at(workspace, request, line)
    ports, repository, pull = workspace.ports, workspace.repository, workspace.pull
    ports.git.fetch_pull(pull)
    older = ports.git.merge_base(repository, pull.base, pull.head)
    history = ports.git.history(repository, older, pull.head, FAR)
    described = ports.git.described(repository, history)
    memo = _UNDO.of(repository.id, request.id)
    begun = ports.store.recall(memo)
    result = begun or _last(workspace, history, described)
    landed, name = result.sha, result.name
    if begun and (done := reverted(described).get(landed)):
        back = way_back(by_name.runs(workspace), name, described[done].parent != landed)
        return Reply(undo_messages.undone(name, repository, pull.branch, landed, done, "", back))
    before = described[landed].parent
    paths = ports.git.changed(repository, before, landed)
    later = set(ports.git.changed(repository, landed, pull.head)) if landed != pull.head else set()
    touched = [path for path in paths if path in later]
    if touched:
        raise UserError(undo_messages.changed_since(name, pull.branch, landed, touched))
    first = described[landed].message.partition("\n")[0]
    subject = first if len(first) <= _SUBJECT else f"{first[: _SUBJECT - 1]}…"
    message = f'Take back "{subject}"\n\nThis reverts commit {landed}.'
    made = ports.git.commit(
        repository, pull.head, message, ports.host.bot_login, workspace.now, {}, before, tuple(paths)
    )
    runs = by_name.runs(workspace)
    waiting = [run for run in runs if not run.state.ended and not run.experiment.landing.temp]
    dismisses = ports.host.rules(repository, pull.base_branch).dismisses
    consequences = landing.consequences(workspace.repository.host, pull.base_branch if dismisses else "", waiting)
    if any(run.result.landed_as == landed and run.experiment.landing.head_before for run in runs):
        consequences = f"{undo_messages.parameters_stay(before)} {consequences}".rstrip()
    act = Undoing(pull.ref, pull.branch, made, pull.head, message, result, request.author, consequences, memo)
    return Reply(acts=(act,))


def _last(workspace: Workspace, history: Sequence[str], described: Mapping[str, Described]) -> LandedResult:
    """Return the newest commit that a run put on the branch and nobody took back.

    Raise UserError where there is none.

    Git tells most of it, so that it is known also after what is remembered of runs was lost."""
    ports, repository = workspace.ports, workspace.repository
    named = {each.sha: each.name for each in kept(ports.git.remote_refs(repository, PATTERN))}
    named |= {run.result.landed_as: run.experiment.name for run in by_name.runs(workspace) if run.result.landed_as}
    off = reverted(described)
    for sha in history:
        if sha in named and sha not in off:
            return LandedResult(sha, named[sha])
    raise UserError(undo_messages.nothing(workspace.pull.branch))


COMMAND = Command(
    "undo",
    UndoArgs,
    undo,
    needs=Permission.WRITE,
    summary="Take the last result that landed off the branch again, by a commit of its own.",
    examples=("/undo",),
    harms=True,
)
