"""`python -m doctor [OWNER/NAME] [--pull-request]`: checks whether this installation is as the bot needs it."""

import argparse
import os
import re
import secrets
import signal
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from time import sleep, time
from types import FrameType
from typing import NoReturn
from urllib.parse import urlsplit

import yaml

from bot.settings import Settings, SettingsError, read_settings
from doctor.examination import STOPPED, examine
from doctor.finding import Finding, Outcome
from doctor.plan import Visit, plan
from doctor.registration import Manifest
from runners.agent.isolation.bubblewrap import obstacle
from services.github.http import client_for
from services.github.registration import Registration
from wiring import wire

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
APP_YML = Path(__file__).parent.parent / "app.yml"
EPILOGUE = """
Run it after the four processes are started, as the user they run as and with the same environment
(docs/configuration.md). Each line is one check: ok, NOT OK (with what to do), or not proven (with the reason).
It exits with 0 when nothing is NOT OK, else with 1.

Without OWNER/NAME it only reads. With it, a branch and refs named studio-doctor-… are pushed there, with a check run
and a status on their commits, and removed again, also after Ctrl-C; what an earlier doctor left is removed first.
Their commits ask CI and the bot to leave them alone. What stays are a check run and a status on commits that no branch
has, and with --pull-request a closed pull request.
"""


def main(arguments: Sequence[str]) -> int:
    """Run all checks and return the exit code: 1 where something is not OK or was stopped, else 0."""
    asked = _asked(arguments)
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        _say(f"{Outcome.NOT_OK:<11} The settings are complete: {error}")
        return 1
    for number in STOPPING:
        signal.signal(number, _stop)
    here, secret = wire(settings), _secrets(settings)
    visit = Visit(
        settings=settings,
        redis=here.redis,
        ports=here.ports,
        github=here.github,
        deliveries=here.deliveries,
        images=here.images,
        registration=Registration(settings.github_api_url, settings.github_app_id, settings.github_private_key),
        manifest=manifest(APP_YML),
        web=client_for(settings.public_url),
        obstacle=obstacle(),
        is_root=os.geteuid() == 0,
        now=time,
        pause=sleep,
        takers=here.queue.takers,
        random=secrets.token_hex(4),
        repository=asked.repository,
        with_pull=asked.pull_request,
    )
    findings = examine(plan(visit), lambda finding: _say(without(finding.text, secret)))
    return verdict(findings)


def verdict(findings: Sequence[Finding]) -> int:
    """Print how many checks ended in which way, and return the exit code."""
    counts = {outcome: sum(one.outcome is outcome for one in findings) for outcome in Outcome}
    _say("\n" + ", ".join(f"{number} {outcome}" for outcome, number in counts.items()))
    return 1 if counts[Outcome.NOT_OK] or any(one.detail == STOPPED for one in findings) else 0


def manifest(path: Path) -> Manifest:
    """Read the App's permissions and events from app.yml."""
    document = yaml.safe_load(path.read_text())
    return Manifest(document["default_permissions"], frozenset(document["default_events"]))


def without(text: str, secret: Sequence[str]) -> str:
    """Return the text with every secret replaced by `***`."""
    for each in secret:
        text = text.replace(each, "***")
    return text


def _secrets(settings: Settings) -> list[str]:
    values = [str(getattr(settings, one.name)) for one in fields(settings) if one.metadata["secret"]]
    return [each for each in (*values, urlsplit(settings.redis_url).password) if each]


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m doctor",
        description="Checks, one by one, what this installation of the bot needs.",
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("repository", nargs="?", default="", metavar="OWNER/NAME", help="a repository to try it in")
    parser.add_argument(
        "--pull-request",
        action="store_true",
        help="open a pull request there, comment in it, and close it: people who watch the repository are told",
    )
    asked = parser.parse_args(arguments)
    if asked.repository and not re.fullmatch(r"[\w.-]+/[\w.-]+", asked.repository):
        parser.error(f"{asked.repository!r} is not OWNER/NAME")
    if asked.pull_request and not asked.repository:
        parser.error("--pull-request needs OWNER/NAME")
    return asked


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """Interrupt the checks once. Later signals are ignored, so that the removal afterwards is not interrupted."""
    for each in STOPPING:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
