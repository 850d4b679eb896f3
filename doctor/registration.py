"""Compares what GitHub has on record of the App with app.yml and the settings."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cached_property

import httpx

from bot.settings import Settings
from doctor.finding import DoctorCheck, NotProven, Wrong
from experiments.wording import some
from services.github.registration import AppInstallation, Granted, RegisteredApp, Registration
from services.github.tokens import CLOCK_SKEW

# The names of permissions on GitHub's pages, where they differ from the API's names.
LABELS = {"statuses": "Commit statuses"}


@dataclass(frozen=True)
class Manifest:
    """The permissions and events in app.yml, with which the App must be registered exactly."""

    permissions: Mapping[str, str]
    events: frozenset[str]


class OnRecord:
    """The App at GitHub. Each of its facts is asked for once."""

    def __init__(self, settings: Settings, registration: Registration, manifest: Manifest) -> None:
        self.settings = settings
        self.registration = registration
        self.manifest = manifest

    @cached_property
    def app(self) -> RegisteredApp:
        return self.registration.app()

    @cached_property
    def installations(self) -> tuple[AppInstallation, ...]:
        return self.registration.installations()

    @cached_property
    def granted(self) -> tuple[Granted, ...]:
        """The repositories of all installations that are not suspended."""
        found = (one for one in self.installations if not one.suspended)
        return tuple(
            repository
            for one in found
            for repository in self.registration.repositories(one.id, self.settings.github_url)
        )

    @property
    def page(self) -> str:
        """The page where the App's owner changes it; the list of all Apps while its name is unknown."""
        home = self.settings.github_url
        try:
            app = self.app
        except Exception:  # whatever failed: the page is needed for an advice
            return f"{home}/settings/apps"
        whose = f"organizations/{app.owner}/settings" if app.of_organisation else "settings"
        return f"{home}/{whose}/apps/{app.slug}"


def checks(record: OnRecord, web: httpx.Client, now: Callable[[], float]) -> tuple[DoctorCheck, ...]:
    """Return the checks of the App. `web` is a client that sends no login."""
    return (
        DoctorCheck(
            "clock",
            "This machine's clock is right",
            "Have it set by NTP (`timedatectl set-ntp true`): GitHub takes no tokens that are dated in the future.",
            lambda: _clock(web, record.settings.github_api_url, now),
        ),
        DoctorCheck(
            "app",
            "GitHub knows the App by its id and key",
            "GITHUB_APP_ID and GITHUB_PRIVATE_KEY belong to one App: its settings page shows the id, and makes a new "
            f"key under “Private keys”. It is in the list at {record.settings.github_url}/settings/apps, or at the "
            "organisation's.",
            lambda: _app(record),
        ),
        DoctorCheck(
            "permissions",
            "The App is registered with what app.yml says",
            "On the App's settings page, under “Permissions & events”.",
            lambda: _registered(record),
            needs=("app",),
        ),
        DoctorCheck(
            "hook",
            "Webhooks come here, signed",
            "On the App's settings page, under “Webhook”: active, this address, the secret of GITHUB_WEBHOOK_SECRET, "
            "and SSL verification on. The content type is chosen at "
            f"{record.settings.github_api_url}/app/hook/config (PATCH) or by registering the App anew from app.yml.",
            lambda: _hook(record),
            needs=("app",),
        ),
        DoctorCheck(
            "installed",
            "The App is installed, and its owners accepted what it asks for",
            "Install it from its public page, or open the installation's page, where a changed permission waits to be "
            "accepted by the owner.",
            lambda: _installed(record),
            needs=("app",),
        ),
    )


def _clock(web: httpx.Client, api_url: str, now: Callable[[], float]) -> str:
    date = web.get(api_url).headers.get("date")
    if date is None:
        raise NotProven(f"{api_url} does not report the time")
    ahead = now() - parsedate_to_datetime(date).timestamp()
    seconds = f"{abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} GitHub's"
    # Ahead: our tokens seem issued in the future. Behind: they end sooner. Both may be a minute at most.
    if abs(ahead) > CLOCK_SKEW:
        raise Wrong(f"{seconds}, and {CLOCK_SKEW} is the most")
    return f"{seconds} ({datetime.fromtimestamp(now()).astimezone():%H:%M %Z})"


def _app(record: OnRecord) -> str:
    return f"{record.app.slug}, of {record.app.owner}; its settings page is {record.page}"


def _registered(record: OnRecord) -> str:
    app, manifest = record.app, record.manifest
    _compare(app.permissions, app.events, manifest, f"at {record.page}/permissions: ")
    rights = ", ".join(f"{name}: {level}" for name, level in sorted(manifest.permissions.items()))
    return f"{rights}; events {', '.join(sorted(manifest.events))}"


def _compare(permissions: Mapping[str, str], events: Set[str], manifest: Manifest, where: str) -> None:
    """Raise Wrong with everything that differs from app.yml."""
    problems = []
    for name in sorted({*permissions, *manifest.permissions}):
        wanted, there = manifest.permissions.get(name, "none"), permissions.get(name, "none")
        if wanted != there:
            label = LABELS.get(name, name.replace("_", " ").capitalize())
            problems.append(f"“{label}” is {there} and should be {wanted}")
    problems += [f"the event {name} is not subscribed to" for name in sorted(manifest.events - events)]
    problems += [f"the event {name} is subscribed to and not needed" for name in sorted(events - manifest.events)]
    if problems:
        raise Wrong(where + "; ".join(problems))


def _hook(record: OnRecord) -> str:
    hook, wanted = record.registration.hook(), f"{record.settings.public_url}/webhook"
    problems = [] if hook.url == wanted else [f"the address is {hook.url or 'empty'} and should be {wanted}"]
    if hook.content_type != "json":
        problems.append(f"the content type is {hook.content_type} and should be json")
    if not hook.secret:
        problems.append("it has no secret, so that nothing it sends is signed")
    if not hook.verifies:
        problems.append("SSL verification is off")
    if problems:
        raise Wrong(f"at {record.page}: " + "; ".join(problems))
    return f"{wanted}, json, with a secret, certificates verified"


def _installed(record: OnRecord) -> str:
    if not record.installations:
        raise Wrong(f"it is installed nowhere; {record.settings.github_url}/apps/{record.app.slug} has the button")
    problems = []
    for one in record.installations:
        if one.suspended:
            problems.append(f"{one.account} suspended it ({one.page})")
            continue
        try:
            _compare(one.permissions, one.events, record.manifest, f"{one.account} ({one.page}): ")
        except Wrong as wrong:
            problems.append(str(wrong))
    if problems:
        raise Wrong(" · ".join(problems))
    return f"{len(record.granted)} repositories: {some((one.repository.full_name for one in record.granted), 10)}"
