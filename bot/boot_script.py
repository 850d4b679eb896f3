"""The start of a machine that was launched for a run: its name, its one-use token, and the script it runs."""

import hashlib
import hmac
import json
import shlex
from dataclasses import dataclass

from experiments.run import Run

NAME = "studio-{owner}-{run}-{attempt}"
AGENT_PATH = "/api/agent.pyz"

_SCRIPT = """\
#!/bin/sh
# Fetches the agent, which trains one attempt of one run: docs/runs-api.md.
set -eu
umask 077
home={home}
mkdir -p "$home"
if [ -r "$home/env" ]; then set -a; . "$home/env"; set +a; fi
PATH="$home/bin:$PATH"
export PATH
for python in python3 python3.13 python3.12 python3.11 none; do
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break
done
[ "$python" != none ] || {{ echo "This machine has no Python 3.11 or newer."; exit 1; }}
"$python" - {address} {digest} "$home/agent-{short}.pyz" <<'END'
import hashlib, os, pathlib, sys, time, urllib.request
address, digest, path = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
for pause in (1, 2, 4, 8, 16, 32, 0):
    try:
        data = path.read_bytes() if path.exists() else urllib.request.urlopen(address, timeout=60).read()
        break
    except OSError as error:
        if not pause:
            sys.exit(f"{{address}}: {{error}}")
        time.sleep(pause)
if hashlib.sha256(data).hexdigest() != digest:
    path.unlink(missing_ok=True)
    sys.exit("What came is not the agent that was asked for.")
part = path.with_name(f"{{path.name}}.{{os.getpid()}}")
part.write_bytes(data)
part.replace(path)
END
exec "$python" -I -B "$home/agent-{short}.pyz" --home "$home" --isolation {isolation}{options} <<'END'
{bootstrap}
END
"""


@dataclass(frozen=True)
class Boot:
    """What every machine has to know to start, whichever its run."""

    url: str  # URL of the bot, as machines reach it
    secret: bytes  # one-use tokens are made from it; it never leaves the bot
    agent_sha256: str

    def token(self, run: Run) -> str:
        """Return the one-use token for the run's present attempt."""
        return boot_token(self.secret, run.id, run.attempt.number)

    def script(self, run: Run, home: str = "", isolation: str = "bubblewrap", options: tuple[str, ...] = ()) -> str:
        """Return the script for the machine of the run's present attempt."""
        return boot_script(
            self.url, run.id, run.attempt.number, self.token(run), self.agent_sha256, home, isolation, options
        )


def machine_name(owner: str, run: str, attempt: int) -> str:
    """Return the name of an attempt's machine, always the same for the same attempt."""
    return NAME.format(owner=owner, run=run, attempt=attempt)


def boot_token(secret: bytes, run: str, attempt: int) -> str:
    """Return the one-use token with which an attempt's machine registers its agent's key.

    It is derived from a secret of the bot, so that a repeated order, by whichever process, is the same to the letter.
    """
    return hmac.new(secret, f"boot:{run}:{attempt}".encode(), hashlib.sha256).hexdigest()


def boot_script(
    url: str,
    run: str,
    attempt: int,
    token: str,
    agent_sha256: str,
    home: str = "",
    isolation: str = "bubblewrap",
    options: tuple[str, ...] = (),
) -> str:
    """Return the script that a machine runs, for any POSIX sh.

    `home`: a folder for what is kept between runs. `isolation`: the agent's option.
    """
    bootstrap = {"url": url, "run": run, "attempt": attempt, "boot": token}
    return _SCRIPT.format(
        home=shlex.quote(home) if home else '"${HOME:-/root}/.cache/studio-agent"',
        address=shlex.quote(url + AGENT_PATH),
        digest=agent_sha256,
        short=agent_sha256[:12],
        isolation=isolation,
        options="".join(f" {shlex.quote(each)}" for each in options),
        bootstrap=json.dumps(bootstrap),
    )
