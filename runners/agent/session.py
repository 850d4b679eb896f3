"""One attempt from claim to the final message: the bot, or the operator, always learns how it ended."""

import sys
import threading
import traceback
from dataclasses import asdict

from . import env_vars, machine, specification
from .agent_folder import Home
from .attempt import FAILED, OUT_OF_TIME, Attempt, AttemptResult
from .client import Client
from .errors import Gone, Stopped, Trouble, sentence
from .heartbeat import Pulse
from .options import Options
from .output.log import Journal
from .specification import Bootstrap, Specification

SECRET = 8  # characters; a shorter value, such as `1`, would be taken for a secret everywhere in a log
STOPPED = 130  # exit code of a cancelled attempt
INTERRUPTED = "The runner was stopped while this run was on it: nothing in it needs fixing."
TAKEN = "The cloud took its machine away: nothing in it needs fixing."


class Mission:
    """Claims one attempt, works through it, and reports how it ended."""

    def __init__(self, bootstrap: Bootstrap, options: Options, unfit: str = "") -> None:
        """`unfit` is a sentence that says why this machine may train nothing; empty where it may."""
        self._bootstrap = bootstrap
        self._unfit = unfit
        self._options = options
        self._leaving = threading.Event()
        self._client = Client(bootstrap, leaving=self._leaving)
        self._pulse: Pulse | None = None
        self._interrupted = ""  # the reason, empty while nothing interrupted

    def interrupt(self, why: str = INTERRUPTED) -> None:
        """Stop the attempt because whoever started the agent ends it, or because the machine is taken away."""
        self._interrupted = self._interrupted or why
        self._leaving.set()
        if self._pulse:
            self._pulse.end(self._interrupted)

    def run(self) -> int:
        """Run the attempt. Return 0 when the bot has heard how it ended, 3 when the bot wants nothing of it."""
        result = AttemptResult()
        try:
            self._client.begin()
            wanted = specification.read(self._client.claim())
            if self._unfit:
                raise Trouble(self._unfit)
        except Trouble as trouble:
            result.reason = str(trouble)
        except Gone as gone:
            sys.stderr.write(f"{gone}\n")
            return 3
        else:
            tokens = [self._client.token, wanted.clone_token, env_vars.basic(wanted.clone_login, wanted.clone_token)]
            tokens += [value for value in wanted.secrets if len(value) >= SECRET]
            journal = Journal(tokens, wanted.limits)
            self._client.limits = wanted.limits
            try:
                self._attempt(wanted, journal, result)
            except Gone as gone:
                sys.stderr.write(f"{journal.scrub(str(gone))}\n")
                return 3
        return self._say(result)

    def _attempt(self, wanted: Specification, journal: Journal, result: AttemptResult) -> None:
        pulse = self._pulse = Pulse(self._client, journal, wanted.timeout + wanted.limits.margin)
        pulse.end(self._interrupted)
        pulse.start()
        try:
            home = Home(self._options.home)
            with home.workplace(self._bootstrap.run, self._bootstrap.attempt, lambda: pulse.stop) as place:
                Attempt(wanted, self._options, self._client, journal, pulse, place).run(result)
        except Trouble as trouble:
            result.reason = journal.scrub(str(trouble))
            result.exit_code = result.exit_code or FAILED
        except Stopped as stopped:
            result.reason, result.exit_code = journal.scrub(str(stopped)), STOPPED
            if str(stopped) == pulse.out_of_time:
                result.exit_code, result.timed_out = OUT_OF_TIME, True
        except Gone:
            raise
        except Exception as error:  # our own mistake: the reader gets a sentence, the operator the traceback
            sys.stderr.write(journal.scrub(traceback.format_exc()))
            result.exit_code, result.reason = FAILED, sentence(error, pulse.state)
        pulse.close()

    def _say(self, result: AttemptResult) -> int:
        made = result.environment
        environment = {
            "python": made.python if made else "",
            "dvc": made.dvc if made else "",
            "packages": list(made.packages) if made else [],
            "machine": machine.describe(),
        }
        try:
            self._client.done(
                result.exit_code,
                result.reason,
                timed_out=result.timed_out,
                interrupted=result.reason in (INTERRUPTED, TAKEN),
                environment=environment,
                provenance=result.trace.document(),
                delivered=asdict(result.delivered) if result.delivered else None,
            )
        except Gone as gone:
            sys.stderr.write(f"{gone}\n")
            return 3
        return 0
