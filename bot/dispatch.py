"""From an event to handlers and back: the only place that reacts, replies and catches UserError."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.commands import Command, Problems, Registry, Reply
from bot.context import Context
from bot.errors import Forbidden, NotFound, Rejected, UserError
from bot.events import CommentCreated
from bot.launch import launch
from bot.parsing import Parsed, parse
from bot.ports import Permission, Ports
from experiments.experiment import Experiment
from experiments.run import Run

ANSWERED = {"rocket", "confused"}  # the last thing done about a comment is one of these reactions
LATE = 24 * 3600  # seconds: a comment that came in later is not acted on, for whoever wrote it no longer waits


class Words(Protocol):
    """The sentences dispatch needs; reports.replies has them."""

    def problems(self, found: Sequence[Problems]) -> str: ...
    def permission_missing(self, author: str, verb: str, needs: Permission, has: Permission) -> str: ...
    def trouble(self, reference: str) -> str: ...
    def too_late(self, author: str, hours: int) -> str: ...
    def commit_rejected(self, experiment: Experiment, reason: str) -> str: ...
    def branch_busy(self, line: str, holder: Run) -> str: ...
    def reply(self, comment: int, parts: list[str]) -> str: ...
    def reply_marker(self, comment: int) -> str: ...


@dataclass(frozen=True)
class Dispatcher:
    """Commands of comments, each comment once."""

    ports: Ports
    registry: Registry
    words: Words

    def handle(self, event: CommentCreated, now: float) -> None:
        """Everything a comment asks for. May be called again for the same comment: what was done is not done again."""
        store, github = self.ports.store, self.ports.github
        if store.done(_key(event)):
            return
        parsed = parse(event.body, self.registry)
        if not parsed:
            return
        try:
            if github.reactions(event.repository, event.comment) & ANSWERED:
                pass  # our memory of it is lost, GitHub's is not
            elif now - event.created > LATE:
                self._say(event, [self.words.too_late(event.author, round((now - event.created) / 3600))])
                github.react(event.repository, event.comment, "confused")
            else:
                github.react(event.repository, event.comment, "eyes")
                self._answer(event, parsed, now)
        except NotFound:
            # The comment, the pull request or the repository went away meanwhile: nobody is left to answer.
            store.mark_done(_key(event))
            return
        store.mark_done(_key(event))

    def admit_trouble(self, event: CommentCreated, reference: str) -> None:
        """Ours, not theirs, and no try is left: say so where it was asked."""
        self._say(event, [self.words.trouble(reference)])
        self.ports.github.react(event.repository, event.comment, "confused")
        self.ports.store.mark_done(_key(event))

    def _answer(self, event: CommentCreated, parsed: list[Parsed], now: float) -> None:
        context = self._context(event, now)
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
        if any(line.problems for line in lines):
            refused.insert(0, self.words.problems(lines))
        if not refused:  # nothing of a comment is begun when something in it is wrong
            said = [reply.text for _, reply in replies if reply.text]
            asked = [(line, experiment) for line, reply in replies for experiment in reply.experiments]
            for number, (line, experiment) in enumerate(asked):
                refused += self._launch(experiment, number, line.line, now)
            for act in (act for _, reply in replies for act in reply.acts):
                try:
                    said.append(act.do(self.ports, now))
                except UserError as error:
                    refused.append(error.message)
                except Forbidden as error:
                    refused.append(str(error))
            said = [text for text in said if text]
        self._say(event, said + refused)
        self.ports.github.react(event.repository, event.comment, "confused" if refused else "rocket")

    def _launch(self, experiment: Experiment, number: int, line: str, now: float) -> list[str]:
        """Why it was not started."""
        try:
            busy = launch(self.ports, experiment, number, now)
        except Rejected as error:
            return [self.words.commit_rejected(experiment, str(error))]
        return [self.words.branch_busy(line, busy)] if busy else []

    def _context(self, event: CommentCreated, now: float) -> Context:
        return Context(
            ports=self.ports,
            repository=event.repository,
            pull=self.ports.github.pull(event.repository, event.number),
            comment=event.comment,
            author=event.author,
            permission=self.ports.github.permission(event.repository, event.author),
            now=now,
        )

    def _run(self, context: Context, command: Command[Any], parsed: Parsed) -> Reply:
        if context.permission < command.needs:
            raise UserError(
                self.words.permission_missing(context.author, command.verb, command.needs, context.permission)
            )
        try:
            return command.handler(context, parsed.arguments, parsed.line)
        except Forbidden as error:
            raise UserError(str(error)) from error

    def _say(self, event: CommentCreated, parts: list[str]) -> None:
        """One comment for all that is to be said; found again by its marker when this job ran before."""
        if not parts:
            return
        github = self.ports.github
        if not github.find_comment(event.repository, event.number, self.words.reply_marker(event.comment)):
            github.comment(event.repository, event.number, self.words.reply(event.comment, parts))


def _key(event: CommentCreated) -> str:
    """The delivery header is not signed; the comment's id is."""
    return f"comment:{event.repository.id}:{event.comment}"
