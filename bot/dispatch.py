"""The dispatcher: from requests to handlers and back. Only here, the bot reacts, replies and catches UserError."""

from collections.abc import Callable, Sequence, Set
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Protocol

from bot.commands import Command, Problems, Registry, Reply
from bot.effects.budget_check import accounted
from bot.effects.start_run import hold, launch, show_held
from bot.errors import Forbidden, NotFound, Rejected, UserError
from bot.missed import mentions, missed
from bot.parsing import PREFIX, Parsed, parse
from bot.ports import Ports, keys
from bot.ports.git_host import Permission
from bot.ports.memos import MemoKind
from bot.request import Request
from bot.unattended import unattended
from bot.workspace import Workspace, entered
from experiments.experiment import Experiment, PullRef
from experiments.fleet.runners import Approval
from experiments.hosts import Host
from experiments.run import Run

ANSWERED = {"rocket", "confused"}  # reactions of which a comment gets one when it is done with
LATE = 24 * 3600  # seconds; an older comment is not acted on, for its author no longer waits

# Id of the comment whose author was told how a command is typed.
_EXPLAINED = MemoKind[int, PullRef, str]("explained", int)


class DispatchWords(Protocol):
    """The sentences that the dispatcher needs; reports.messages.general has them."""

    def problems(self, found: Sequence[Problems]) -> str: ...
    def permission_missing(self, author: str, verb: str, needs: Permission, has: Permission) -> str: ...
    def forbidden(self, host: Host, reason: str) -> str: ...
    def trouble(self, reference: str) -> str: ...
    def too_late(self, author: str, hours: int) -> str: ...
    def commit_rejected(self, experiment: Experiment, reason: str) -> str: ...
    def branch_busy(self, line: str, holder: Run) -> str: ...
    def missed(self, line: str) -> str: ...
    def nobody_listens(self, runners: Sequence[str]) -> str: ...
    def asks(self, experiments: Sequence[Experiment], approval: Approval, currency: str) -> str: ...
    def reply(self, comment: int, parts: list[str], host: Host) -> str: ...
    def reply_marker(self, comment: int) -> str: ...


@dataclass(frozen=True)
class Dispatcher:
    """Carries out the commands of comments and buttons, each comment and each press once."""

    ports: Ports
    registry: Registry
    words: DispatchWords

    def handle(self, request: Request, now: float) -> None:
        """Carry out a request. Called again for the same request, do not repeat what was done."""
        if self.ports.store.done(request.key):
            self._show(request)
            return
        parsed = parse(request.text, self.registry)
        if not parsed:
            self._explain(request, now)
            return
        try:
            if self._was_answered(request):
                pass  # we have forgotten it, the host has not
            elif request.written and now - request.written > LATE:
                self._say(request, [self.words.too_late(request.author, round((now - request.written) / 3600))])
                self._react(request, "confused")
            else:
                self._react(request, "eyes")
                with self._counting(request), entered(self.ports, request.where, request.author, now) as workspace:
                    self._answer(workspace, request, parsed)
        except NotFound:
            if self._is_there(request):
                raise  # something else was not found: the author still waits for an answer
        self._close(request)

    def _explain(self, request: Request, now: float) -> None:
        """Explain how a command is typed, once to each person in a pull request.

        After that, stay silent: people who only mention commands want no answers.
        """
        memo, store = _EXPLAINED.of(request.where, request.author), self.ports.store
        if store.recall(memo) or not request.comment or now - request.written > LATE:
            return
        login = self.ports.host.bot_login.removesuffix("[bot]") if mentions(request.text) else ""
        line = missed(request.text, [*self.registry.verbs, PREFIX], login)
        if line is None:
            return
        with suppress(NotFound, Forbidden):
            self._say(request, [self.words.missed(line)])
        store.remember(memo, request.comment)
        store.mark_done(request.key)

    def admit_trouble(self, request: Request, reference: str) -> None:
        """Reply that an error of ours kept the request from being answered, when no try is left."""
        self.give_up(request, self.words.trouble(reference))

    def give_up(self, request: Request, why: str) -> None:
        """Reply why the request gets no answer, and close it."""
        self._say(request, [why])
        self._react(request, "confused")
        self._close(request)

    def _answer(self, workspace: Workspace, request: Request, parsed: list[Parsed]) -> None:
        now = workspace.now
        parts, refused, replies, lines = list[str](), list[str](), list[tuple[Parsed, Reply]](), list[Problems]()
        for each in parsed:
            problems = each.problems
            try:
                if each.command:
                    replies.append((each, self._run(workspace, request, each.command, each)))
            except Problems as more:
                problems += more.problems
            except UserError as error:
                refused.append(error.message)
            lines.append(Problems(each.line, sorted(problems, key=lambda problem: problem.start)))
        try:
            replies = _accounted(workspace, replies)
        except UserError as error:
            refused.append(error.message)
        if any(line.problems for line in lines):
            refused.insert(0, self.words.problems(lines))
        if not refused:  # where one command of a comment is wrong, none is carried out
            parts = [reply.text for _, reply in replies if reply.text]
            wanted = [(line, experiment) for line, reply in replies for experiment in reply.experiments]
            hold(self.ports, [(n, each) for n, (_, each) in enumerate(wanted) if each.execution.queue], now)
            begun = {experiment.name for _, experiment in wanted if experiment.execution.queue}
            for number, (line, experiment) in enumerate(wanted):
                if not experiment.execution.queue:
                    why_not = self._launch(experiment, number, line.line, now)
                    refused += why_not
                    begun |= set() if why_not else {experiment.name}
            parts += filter(None, [self._asks([each for _, each in wanted], begun)])
            names = unattended(self.ports, [each.execution.place for _, each in wanted if each.name in begun])
            parts += [self.words.nobody_listens(names)] if names else []
            for act in (act for _, reply in replies for act in reply.acts):
                try:
                    parts.append(act.do(self.ports, now))
                except UserError as error:
                    refused.append(error.message)
                except Forbidden as error:
                    refused.append(self.words.forbidden(workspace.repository.host, str(error)))
            show_held(self.ports, [experiment for _, experiment in wanted if experiment.execution.queue])
            self._keep(workspace, [reply for _, reply in replies])
            parts = [text for text in parts if text]
        self._say(request, parts + refused)
        self._react(request, "confused" if refused else "rocket")

    def _keep(self, workspace: Workspace, replies: Sequence[Reply]) -> None:
        """Store pages and pictures before the reply that links to them."""
        repository, guest = workspace.repository, workspace.pull.fork or workspace.permission < Permission.WRITE
        for reply in replies:
            for html in reply.pages:
                self.ports.pages.keep(html, repository, guest)
            for png in reply.pictures:
                self.ports.images.keep(png, repository, guest)

    def _launch(self, experiment: Experiment, number: int, line: str, now: float) -> list[str]:
        """Start an experiment. Return sentences on why it was not started; none where it was."""
        try:
            busy = launch(self.ports, experiment, number, now)
        except Rejected as error:
            return [self.words.commit_rejected(experiment, str(error))]
        except Forbidden as error:
            return [self.words.forbidden(experiment.repository.host, str(error))]
        return [self.words.branch_busy(line, busy)] if busy else []

    def _run(self, workspace: Workspace, request: Request, command: Command[Any], parsed: Parsed) -> Reply:
        if workspace.permission < command.needs:
            raise UserError(
                self.words.permission_missing(workspace.person, command.verb, command.needs, workspace.permission)
            )
        try:
            if workspace.pull.fork:  # within the bounds of forks, before a handler asks for its commits by name
                workspace.ports.git.fetch_pull(workspace.pull)
            return command.handler(workspace, request, parsed.arguments, parsed.line)
        except Forbidden as error:
            raise UserError(self.words.forbidden(workspace.repository.host, str(error))) from error

    def _asks(self, experiments: Sequence[Experiment], begun: Set[str]) -> str:
        """Return who has to approve the started experiments; empty where nobody has to."""
        fleet, costly = (
            self.ports.runners.fleet,
            [each for each in experiments if each.asked.cost and each.name in begun],
        )
        return self.words.asks(costly, fleet.approval, fleet.currency) if fleet.approval and costly else ""

    def _was_answered(self, request: Request) -> bool:
        return bool(request.comment and self.ports.host.reactions(request.where.repository, request.comment) & ANSWERED)

    def _counting(self, request: Request) -> AbstractContextManager[None]:
        """Return a lock for one request of a person at a time, where costs are summed: two at once would both fit."""
        bounded = self.ports.runners.fleet.bounded
        return self.ports.store.alone(keys.COSTS.of(request.author.lower())) if bounded else nullcontext()

    def _is_there(self, request: Request) -> bool:
        """Return whether repository, pull request and comment still exist; otherwise nobody waits for an answer."""
        try:
            self.ports.host.pull(request.where)
            if request.comment:
                self.ports.host.reactions(request.where.repository, request.comment)
        except NotFound:
            return False
        return True

    def _react(self, request: Request, content: str) -> None:
        if request.comment:
            self.ports.host.react(request.where.repository, request.comment, content)

    def _say(self, request: Request, parts: list[str]) -> None:
        """Reply with one comment, unless its marker tells that this job wrote it before."""
        if not parts:
            return
        host, parts = self.ports.host, [*filter(None, [request.opening]), *parts]
        if not host.find_comment(request.where, self.words.reply_marker(request.id)):
            host.comment(request.where, self.words.reply(request.id, parts, request.where.repository.host))

    def _close(self, request: Request) -> None:
        """Mark the request as done, and let its buttons be pressed again."""
        for run_id, before in request.pressed.items():
            self.ports.store.update(run_id, _answered(before + 1))
        self.ports.store.mark_done(request.key)
        self._show(request)

    def _show(self, request: Request) -> None:
        """Update the check runs whose buttons were pressed.

        They carry the number of answered presses, by which the next press is told from this one.
        """
        for run in filter(None, map(self.ports.store.get, request.pressed)):
            self.ports.queue.announce(run)


def _accounted(workspace: Workspace, replies: Sequence[tuple[Parsed, Reply]]) -> list[tuple[Parsed, Reply]]:
    """Return the replies with costs counted over the whole comment. Raise UserError where a bound is exceeded."""
    counted = iter(accounted(workspace, [each for _, reply in replies for each in reply.experiments]))
    return [
        (line, replace(reply, experiments=tuple(islice(counted, len(reply.experiments))))) for line, reply in replies
    ]


def _answered(presses: int) -> Callable[[Run], Run]:
    return lambda run: replace(run, published=replace(run.published, pressed=max(run.published.pressed, presses)))
