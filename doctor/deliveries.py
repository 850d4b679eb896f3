"""Checks whether GitHub's webhooks come in: the newest one is sent again, and its answer is waited for."""

from collections.abc import Callable

from bot.redelivery import LISTED, DeliveryAttempt
from doctor.finding import DoctorCheck, NotProven, Wrong
from doctor.registration import OnRecord
from services.github.client import GitHubApp
from services.redis.deliveries import Deliveries

PATIENCE = 60.0  # seconds from the request until GitHub lists the attempt with its answer
STEP = 3.0  # seconds between two requests for the list


def check(
    github: GitHubApp,
    deliveries: Deliveries,
    record: OnRecord,
    now: Callable[[], float],
    pause: Callable[[float], None],
) -> DoctorCheck:
    """Return the check. It is harmless: the bot knows a delivery by its guid and does nothing twice."""
    return DoctorCheck(
        "deliveries",
        "GitHub's webhooks come in",
        "No answer: GitHub does not get to PUBLIC_URL/webhook (firewall, proxy, certificate). 401: "
        "GITHUB_WEBHOOK_SECRET is not the secret under “Webhook”. 503: Redis can't be reached.",
        lambda: _sent_again(github, deliveries, now, pause, f"{record.page}/advanced"),
        needs=("hook", "redis"),
    )


def _sent_again(
    github: GitHubApp, deliveries: Deliveries, now: Callable[[], float], pause: Callable[[float], None], page: str
) -> str:
    before = github.attempts(now() - LISTED)
    if not before:
        raise NotProven("GitHub sent nothing in the last three days: type /help in a pull request, and run this again")
    newest = before[0]
    github.send_again(newest.id)
    answered = _attempt(github, newest, {each.id for each in before}, pause).answered
    if not 200 <= answered < 300:
        got = f"the answer {answered}" if answered else "no answer"
        raise Wrong(f"the newest was sent again, and GitHub got {got} ({page})")
    if newest.guid not in deliveries.known({newest.guid}):
        raise Wrong(f"something answered {answered}, and it was not the bot that uses this Redis")
    return f"the newest was sent again and answered {answered}"


def _attempt(
    github: GitHubApp, wanted: DeliveryAttempt, old: set[int], pause: Callable[[float], None]
) -> DeliveryAttempt:
    """Return the new attempt of a delivery. Raises NotProven when GitHub takes too long."""
    for _ in range(round(PATIENCE / STEP)):
        for each in github.attempts(wanted.at):
            if each.guid == wanted.guid and each.id not in old:
                return each
        pause(STEP)
    raise NotProven(f"GitHub was asked to send the newest again, and has not listed it after {PATIENCE:.0f} seconds")
