"""From an event to handlers and back: the only place that reacts, replies and catches UserError."""

from collections.abc import Callable, Sequence, Set
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Protocol

from bot.commands import Command, Problems, Registry, Reply
from bot.context import Context
from bot.effects.budget_check import accounted
from bot.effects.start_run import hold, launch, show_held
from bot.errors import Forbidden, NotFound, Rejected, UserError
from bot.missed import mentions, missed
from bot.parsing import PREFIX, Parsed, parse
from bot.ports import Ports
from bot.ports.git_host import Permission, PullRequest
from bot.request import Asked
from bot.unattended import unattended
from experiments.experiment import Experiment
from experiments.fleet.runners import Approval
from experiments.run import Run

ANSWERED = {"rocket", "confused"}  # the last thing done about a comment is one of these reactions
LATE = 24 * 3600  # seconds: a comment that came in later is not acted on, for whoever wrote it no longer waits


class Words(Protocol):
    """The sentences dispatch needs; reports.messages.general has them."""

    def problems(self, found: Sequence[Problems]) -> str: ...
    def permission_missing(self, author: str, verb: str, needs: Permission, has: Permission) -> str: ...
    def forbidden(self, reason: str) -> str: ...
    def trouble(self, reference: str) -> str: ...
    def too_late(self, author: str, hours: int) -> str: ...
    def commit_rejected(self, experiment: Experiment, reason: str) -> str: ...
    def branch_busy(self, line: str, holder: Run) -> str: ...
    def missed(self, line: str) -> str: ...
    def nobody_listens(self, runners: Sequence[str]) -> str: ...
    def asks(self, experiments: Sequence[Experiment], approval: Approval, currency: str) -> str: ...
    def reply(self, comment: int, parts: list[str]) -> str: ...
    def reply_marker(self, comment: int) -> str: ...


@dataclass(frozen=True)
class Dispatcher:
    """Commands of comments and buttons, each comment and each press once."""

    ports: Ports
    registry: Registry
    words: Words

    def handle(self, asked: Asked, now: float) -> None:
        """Everything that is asked for. May be called again for the same: what was done is not done again."""
        if self.ports.store.done(asked.key):
            self._show(asked)
            return
        parsed = parse(asked.text, self.registry)
        if not parsed:
            self._explain(asked, now)
            return
        try:
            if self._was_answered(asked):
                pass  # our memory of it is lost, GitHub's is not
            elif asked.written and now - asked.written > LATE:
                self._say(asked, [self.words.too_late(asked.author, round((now - asked.written) / 3600))])
                self._react(asked, "confused")
            else:
                self._react(asked, "eyes")
                pull = self.ports.host.pull(asked.where)
                with self._counting(asked), self.ports.reading(pull) as ports:
                    self._answer(self._context(asked, ports, pull, now), asked, parsed)
        except NotFound:
            if self._is_there(asked):
                raise  # something else was not found: whoever asked still waits for an answer
        self._close(asked)

    def _explain(self, asked: Asked, now: float) -> None:
        """How a command is typed, to whom this bot said nothing of it in this pull request. After that it is silent:
        nobody is answered for long who only speaks of commands."""
        key = f"explained:{asked.where.key}:{asked.author}"
        store = self.ports.store
        if store.recall(key) or not asked.comment or now - asked.written > LATE:
            return
        login = self.ports.host.bot_login.removesuffix("[bot]") if mentions(asked.text) else ""
        line = missed(asked.text, [*self.registry.verbs, PREFIX], login)
        if line is None:
            return
        with suppress(NotFound, Forbidden):
            self._say(asked, [self.words.missed(line)])
        store.remember(key, str(asked.comment))
        store.mark_done(asked.key)

    def admit_trouble(self, asked: Asked, reference: str) -> None:
        """Ours, not theirs, and no try is left: say so where it was asked."""
        self.give_up(asked, self.words.trouble(reference))

    def give_up(self, asked: Asked, why: str) -> None:
        """Say why nothing more comes, and look at it no more."""
        self._say(asked, [why])
        self._react(asked, "confused")
        self._close(asked)

    def _answer(self, context: Context, asked: Asked, parsed: list[Parsed]) -> None:
        now = context.now
        said, refused, replies, lines = list[str](), list[str](), list[tuple[Parsed, Reply]](), list[Problems]()
        for each in parsed:
            problems = each.problems
            try:
                if each.command:
                    replies.append((each, self._run(context, each.command, each)))
            except Problems as more:
                problems += more.problems
            except UserError as error:
                refused.append(error.message)
            lines.append(Problems(each.line, sorted(problems, key=lambda problem: problem.start)))
        try:
            replies = _accounted(context, replies)
        except UserError as error:
            refused.append(error.message)
        if any(line.problems for line in lines):
            refused.insert(0, self.words.problems(lines))
        if not refused:  # nothing of a comment is begun when something in it is wrong
            said = [reply.text for _, reply in replies if reply.text]
            wanted = [(line, experiment) for line, reply in replies for experiment in reply.experiments]
            hold(self.ports, [(n, experiment) for n, (_, experiment) in enumerate(wanted) if experiment.queue], now)
            begun = {experiment.name for _, experiment in wanted if experiment.queue}
            for number, (line, experiment) in enumerate(wanted):
                if not experiment.queue:
                    why_not = self._launch(experiment, number, line.line, now)
                    refused += why_not
                    begun |= set() if why_not else {experiment.name}
            said += filter(None, [self._asks([each for _, each in wanted], begun)])
            names = unattended(self.ports, [each.place for _, each in wanted if each.name in begun])
            said += [self.words.nobody_listens(names)] if names else []
            for act in (act for _, reply in replies for act in reply.acts):
                try:
                    said.append(act.do(self.ports, now))
                except UserError as error:
                    refused.append(error.message)
                except Forbidden as error:
                    refused.append(self.words.forbidden(str(error)))
            show_held(self.ports, [experiment for _, experiment in wanted if experiment.queue])
            said = [text for text in said if text]
        self._say(asked, said + refused)
        self._react(asked, "confused" if refused else "rocket")

    def _launch(self, experiment: Experiment, number: int, line: str, now: float) -> list[str]:
        """Why it was not started."""
        try:
            busy = launch(self.ports, experiment, number, now)
        except Rejected as error:
            return [self.words.commit_rejected(experiment, str(error))]
        except Forbidden as error:
            return [self.words.forbidden(str(error))]
        return [self.words.branch_busy(line, busy)] if busy else []

    def _context(self, asked: Asked, ports: Ports, pull: PullRequest, now: float) -> Context:
        return Context(
            ports=ports,
            repository=pull.repository,
            pull=pull,
            comment=asked.id,
            author=asked.author,
            permission=self.ports.host.permission(asked.where.repository, asked.author),
            written=asked.written,
            now=now,
        )

    def _run(self, context: Context, command: Command[Any], parsed: Parsed) -> Reply:
        if context.permission < command.needs:
            raise UserError(
                self.words.permission_missing(context.author, command.verb, command.needs, context.permission)
            )
        try:
            if context.pull.fork:  # within the bounds of forks, before a handler asks for its commits by name
                context.ports.git.fetch_pull(context.pull)
            return command.handler(context, parsed.arguments, parsed.line)
        except Forbidden as error:
            raise UserError(self.words.forbidden(str(error))) from error

    def _asks(self, experiments: Sequence[Experiment], begun: Set[str]) -> str:
        """Who has to approve of what one comment began; empty where nobody has to."""
        fleet, dear = self.ports.runners.fleet, [each for each in experiments if each.asks and each.name in begun]
        return self.words.asks(dear, fleet.approval, fleet.currency) if fleet.approval and dear else ""

    def _was_answered(self, asked: Asked) -> bool:
        return bool(asked.comment and self.ports.host.reactions(asked.where.repository, asked.comment) & ANSWERED)

    def _counting(self, asked: Asked) -> AbstractContextManager[None]:
        """One comment of a person at a time where runs are summed up: two at once would each see the bound free."""
        bounded = self.ports.runners.fleet.bounded
        return self.ports.store.alone(f"asks:{asked.author.lower()}") if bounded else nullcontext()

    def _is_there(self, asked: Asked) -> bool:
        """Whether the repository, the pull request and the comment still are: without them nobody is to be answered."""
        try:
            self.ports.host.pull(asked.where)
            if asked.comment:
                self.ports.host.reactions(asked.where.repository, asked.comment)
        except NotFound:
            return False
        return True

    def _react(self, asked: Asked, content: str) -> None:
        if asked.comment:
            self.ports.host.react(asked.where.repository, asked.comment, content)

    def _say(self, asked: Asked, parts: list[str]) -> None:
        """One comment for all that is to be said; found again by its marker when this job ran before."""
        if not parts:
            return
        host, parts = self.ports.host, [*filter(None, [asked.opening]), *parts]
        if not host.find_comment(asked.where, self.words.reply_marker(asked.id)):
            host.comment(asked.where, self.words.reply(asked.id, parts))

    def _close(self, asked: Asked) -> None:
        """From here on it is not done again, and a button may be pressed once more."""
        for run_id, before in asked.pressed.items():
            self.ports.store.update(run_id, _answered(before + 1))
        self.ports.store.mark_done(asked.key)
        self._show(asked)

    def _show(self, asked: Asked) -> None:
        """The check runs whose buttons were pressed say how things stand now. A repeated press tells that they don't:
        they carry the number of presses, by which GitHub's next word is told from this one."""
        for run in filter(None, map(self.ports.store.get, asked.pressed)):
            self.ports.queue.announce(run)


def _accounted(context: Context, replies: Sequence[tuple[Parsed, Reply]]) -> list[tuple[Parsed, Reply]]:
    """What one comment asks for is one sum. UserError where a bound is in the way."""
    counted = iter(accounted(context, [each for _, reply in replies for each in reply.experiments]))
    return [
        (line, replace(reply, experiments=tuple(islice(counted, len(reply.experiments))))) for line, reply in replies
    ]


def _answered(presses: int) -> Callable[[Run], Run]:
    return lambda run: replace(run, pressed=max(run.pressed, presses))
