"""Settings that the operator makes by environment variables; each is declared once, with its help."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from experiments.fleet.folders import Owned, mistakes
from experiments.fleet.reading import FleetError, read_fleet
from experiments.fleet.runners import Fleet


def setting(help_text: str, *, default: Any = MISSING, secret: bool = False) -> Any:
    """Return a field of Settings. The name of its variable is the field's in capitals."""
    metadata = {"help": help_text, "secret": secret}
    return (
        field(metadata=metadata, repr=not secret)
        if default is MISSING
        else field(default=default, metadata=metadata, repr=not secret)
    )


_Kind = TypeVar("_Kind", bound="TrainerSettings")


class SettingsError(Exception):
    """Variables are missing or wrong; the message names each on a line."""


@dataclass(frozen=True, kw_only=True)
class TrainerSettings:
    """The settings of a process that trains."""

    redis_url: str = setting(
        "Where Redis is: `unix:///run/studio/redis.sock` or `redis://…`. Keep it private.", secret=True
    )
    public_url: str = setting("This bot's own address as GitHub and the training machines reach it.")
    data_dir: Path = setting("A folder the bot keeps mirrors, logs, pictures, pages and environments in.")
    trusted_repositories: frozenset[str] = setting(
        "`owner/name`s, with commas between. Where bubblewrap does not work, or the bot runs as root, only these train "
        "on this machine; where it does not work, only their commits are read.",
        default=frozenset(),
    )
    local_remotes: tuple[Owned, ...] = setting(
        "Folders of this machine that are DVC remotes, `owner/name=/folder` with `:` between: of one repository each, "
        "whose runs alone read it and add to it.",
        default=(),
    )

    @property
    def redis_is_private(self) -> bool:
        """Whether Redis needs more than access to this machine's network: a socket file or a password."""
        return self.redis_url.startswith("unix:") or bool(urlsplit(self.redis_url).password)


PASSWORD = 20  # characters, at least


@dataclass(frozen=True, kw_only=True)
class Settings(TrainerSettings):
    """The bot's settings. Those of a repository are in `.github/studio.yml`."""

    github_app_id: str = setting("The App's id, a number on its settings page.")
    github_private_key: str = setting("The App's private key: PEM text, or the path of the `.pem` file.", secret=True)
    github_webhook_secret: str = setting("The secret GitHub signs webhooks with.", secret=True)
    github_webhook_secret_old: str = setting(
        "While the secret is rotated: the one before, still accepted.", default="", secret=True
    )
    github_api_url: str = setting("The REST API's address.", default="https://api.github.com")
    github_url: str = setting("The address of GitHub's pages and Git.", default="https://github.com")
    operator_password: str = setting(
        "Opens `PUBLIC_URL/operator` to the user `operator`; 20 characters at least. Without it there is no such page.",
        default="",
        secret=True,
    )
    runners: Fleet = setting(
        "The file that declares the runners (docs/runners.md). Without it, training runs on this machine.",
        default=Fleet(),
    )

    @property
    def owner(self) -> str:
        """The mark of all machines that this bot launches, the same as long as its address is."""
        return self.runners.owner or owner_of(self.public_url) or "bot"


def owner_of(public_url: str) -> str:
    """Return the host name in characters that every engine accepts in names; empty where there is none."""
    host = re.sub("[^a-z0-9]+", "-", (urlsplit(public_url).hostname or "").lower())
    return host[:30].strip("-")


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings from the environment. Raise SettingsError that names all that is missing or wrong."""
    settings = _read(environ, Settings)
    unset = [name for name in settings.runners.variables if not environ.get(name)]
    if unset:
        raise SettingsError("\n".join(f"{name} is not set, and the file of RUNNERS names it." for name in unset))
    return settings


def read_trainer_settings(environ: Mapping[str, str]) -> TrainerSettings:
    """Read the settings of a process that only trains. Raise SettingsError as `read_settings` does."""
    return _read(environ, TrainerSettings)


def _read(environ: Mapping[str, str], kind: type[_Kind]) -> _Kind:
    values: dict[str, Any] = {}
    problems: list[str] = []
    for item in fields(kind):
        variable, text = item.name.upper(), environ.get(item.name.upper(), "").strip()
        if not text:
            if item.default is MISSING:
                problems.append(f"{variable} is not set. {item.metadata['help']}")
            continue
        try:
            values[item.name] = _typed(item.name, text)
        except (ValueError, OSError, FleetError) as error:
            problems.append(f"{variable}: {error}")
    if problems:
        raise SettingsError("\n".join(problems) + "\nAll settings are explained in docs/configuration.md.")
    return kind(**values)


def _typed(name: str, text: str) -> Any:
    match name:
        case "github_private_key":
            pem = text if text.startswith("-----BEGIN") else Path(text).read_text()
            if "PRIVATE KEY-----" not in pem:
                raise ValueError("holds no PEM private key")
            return pem
        case "data_dir":
            return Path(text).resolve()
        case "github_api_url" | "github_url" | "public_url":
            if not text.startswith(("http://", "https://")):
                raise ValueError(f"{shlex.quote(text)} is not an address; it begins with https://")
            return text.rstrip("/")
        case "trusted_repositories":
            return frozenset(part.strip().lower() for part in text.split(",") if part.strip())
        case "runners":
            return read_fleet(Path(text).read_text())
        case "local_remotes":
            return _owned([part for part in text.split(":") if part])
        case "operator_password" if len(text) < PASSWORD:
            one = "python3 -c 'import secrets; print(secrets.token_urlsafe(24))'"
            raise ValueError(f"has {len(text)} characters, and {PASSWORD} are needed; {one} prints one")
        case "github_app_id" if not text.isdigit():
            raise ValueError(f"{shlex.quote(text)} is not a number")
        case _:
            return text


def _owned(parts: Sequence[str]) -> tuple[Owned, ...]:
    """Return folders with their owners.

    Raise ValueError for a folder without an owner, as older versions accepted it, with the line to type instead.
    """
    if any("=" not in part for part in parts):
        line = ":".join(part if "=" in part else f"owner/name={part}" for part in parts)
        raise ValueError(f"a folder belongs to one repository. Write it in the place of owner/name: {line}")
    pairs = [part.partition("=") for part in parts]
    owned = tuple((owner.strip(), str(Path(folder).resolve())) for owner, _, folder in pairs)
    if wrong := mistakes(owned):
        raise ValueError(" ".join(wrong))
    return owned
