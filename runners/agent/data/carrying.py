"""Pushes objects to a DVC remote and fetches them from it, in a DVC project of our own.

That project holds an address, credentials and hashes, and nothing of the commit: its `.dvc/config`, its pipeline and
its imports could make DVC send credentials elsewhere.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .. import env_vars
from ..errors import Trouble
from ..isolation import bubblewrap
from ..isolation.command_runner import CommandRunner, Output
from ..isolation.process import ProcessEnd
from .remote import DvcRemote

NAME = "studio"  # the remote's name in our own configuration
KNOWN_HOSTS = "known_hosts"  # a file in the project's folder
# Credentials that tools read from a file: the file's name, and the option of DVC's configuration that names it.
FILES = {"SSH_PRIVATE_KEY": ("ssh-key", "keyfile"), "GOOGLE_CREDENTIALS": ("google.json", "credentialpath")}
# DVC's SSH plugin accepts every host and forwards our SSH agent to it. No option of its configuration changes that.
LAUNCH = """
import sys
known_hosts = sys.argv.pop(1)
if known_hosts:
    import dvc_ssh
    prepared = dvc_ssh.SSHFileSystem._prepare_credentials
    def checked(self, **config):
        return {**prepared(self, **config), "known_hosts": known_hosts, "agent_forwarding": False}
    dvc_ssh.SSHFileSystem._prepare_credentials = checked
from dvc.cli import main
sys.exit(main(sys.argv[1:]))
"""


@dataclass(frozen=True)
class Carrier:
    """Runs our own DVC in a project of ours, in a closed room, with the credentials for one direction."""

    commands: CommandRunner
    remote: DvcRemote  # its address is absolute
    tool: Path  # an environment with DVC and the plugin
    folder: Path  # made by `run`
    cache: Path
    outer: Mapping[str, str]

    def run(
        self, verb: str, objects: Iterable[str], credentials: Mapping[str, str], seconds: float
    ) -> tuple[ProcessEnd, str]:
        """Push or fetch these objects (`hash-name:hash`); `verb` is `push` or `fetch`.

        Return how the command ended, and the end of what DVC printed. `seconds` is its time limit.
        """
        self._make(objects, credentials)
        env = env_vars.for_carrying(self.outer, self.tool, self.folder / "home")
        env |= {name: value for name, value in credentials.items() if name not in FILES}
        known_hosts = str(self.folder / KNOWN_HOSTS) if self.remote.scheme == "ssh" else ""
        output = Output()
        outcome = self.commands.run(
            (str(self.tool / "bin" / "python"), "-I", "-B", "-c", LAUNCH, known_hosts, verb),
            env=env,
            folder=self.folder,
            sink=output,
            seconds=seconds,
            read=(self.tool, *bubblewrap.interpreter(), *env_vars.certificates(self.outer)),
            write=(self.folder, self.cache),
            network=True,
        )
        return outcome, output.text

    def _make(self, objects: Iterable[str], credentials: Mapping[str, str]) -> None:
        self.folder.mkdir(mode=0o700)
        (self.folder / "home").mkdir()
        (self.folder / ".dvc" / "tmp").mkdir(parents=True)
        options = {"url": self.remote.url, **self.remote.options}
        for variable, (name, option) in FILES.items():
            if variable in credentials:
                path = self.folder / name
                path.touch(mode=0o600)
                path.write_text(credentials[variable].rstrip("\n") + "\n")
                options[option] = str(path)
        if self.remote.scheme == "ssh":
            (self.folder / KNOWN_HOSTS).write_text(f"{_host(self.remote.url)} {self.remote.host_key}\n")
        (self.folder / ".dvc" / "config").write_text(_config(self.cache, options))
        # JSON is also YAML, and no character in `hash-name:hash` has a meaning there.
        outs = [
            {"path": f"o{number}", "md5": each.partition(":")[2]} | ({"hash": "md5"} if each.startswith("md5:") else {})
            for number, each in enumerate(sorted(set(objects)))
        ]
        (self.folder / "objects.dvc").write_text(json.dumps({"outs": outs}))


def _config(cache: Path, options: Mapping[str, str]) -> str:
    lines = ["[core]", f"remote = {NAME}", "no_scm = true", "analytics = false", "check_update = false"]
    lines += ["[cache]", f"dir = {_quoted(str(cache))}", f"['remote \"{NAME}\"']"]
    return "\n".join([*lines, *(f"{name} = {_quoted(value)}" for name, value in options.items())]) + "\n"


def _quoted(value: str) -> str:
    """Return the value as DVC's reader takes it whole: an address may contain a `#`.

    Raises Trouble where that is not possible. For that reader U+2028 also ends a line, and what follows would be
    settings.
    """
    mark = "'" if '"' in value else '"'
    if mark in value or not value.isprintable():
        raise Trouble("The address of the DVC remote has characters that DVC's configuration cannot hold.")
    return f"{mark}{value}{mark}"


def _host(url: str) -> str:
    """Return the host as known_hosts writes it: `name`, or `[name]:port`."""
    host = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    name, _, port = host.partition(":")
    return f"[{name}]:{port}" if port and port != "22" else name
