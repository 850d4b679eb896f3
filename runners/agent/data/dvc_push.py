"""Pushes what training made to the project's DVC remote: into a folder by the agent itself, else by our own DVC."""

import re
import sys
import time
import traceback
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import env_vars
from ..agent_folder import Home
from ..errors import Gone, Stopped, Trouble, sentence
from ..files import Below, open_regular
from ..isolation import bubblewrap
from ..isolation.command_runner import CommandRunner, Output
from ..output.log import tail
from ..packages.environment import Installer
from ..packages.tooling import own_dvc
from ..specification import Specification
from ..tree import point_cache
from . import dvc_cache
from .adding import Shelf
from .carrying import Carrier
from .checking_out import CheckOut, check_out_baseline, check_out_locks
from .delivered import NO_REMOTE, NOT_PUSHED, PushReport, judged, not_local, push_report, refused, too_long
from .remote import DvcRemote

PUSHING = 1800.0  # seconds
NAMED = re.compile(r"md5:[0-9a-f]{32}(\.dir)?")  # what DVC hashes today has such a name
# Names what `dvc push` without a target would push, except outputs that a project never pushes, or pushes to another
# remote. Of a folder whose list is not kept here, DVC names nothing (`force`) or fails: the folder itself is named.
USED = """
import gc, os, sys
gc.disable()  # what is imported here is no garbage, and Python would look through it again and again
from pathlib import Path
from dvc.repo import Repo
repo = Repo()
used = repo.used_objs(push=True, force=True)
names = {f"{each.name}:{each.value}" for odb, found in used.items() if odb is None for each in found}
names |= {
    f"{out.hash_name}:{out.hash_info.value}"
    for out in repo.index.outs
    if out.is_dir_checksum and out.use_cache and out.can_push and not out.remote and not out.stage.is_repo_import
}
Path(sys.argv[1]).write_text("\\n".join(sorted(names)))
os._exit(0)  # nothing is left to do, and taking DVC's modules apart takes as long as all of the above
"""


@dataclass(frozen=True)
class DataPush:
    """One run's push.

    What to push is read in a room without network, from the baseline's tree with the experiment's dvc.lock files and
    nothing else that training made. Then only hashes go on, to an address that the bot gave.
    """

    commands: CommandRunner
    specification: Specification
    remote: DvcRemote
    home: Home
    mirror: Path
    bundle: Path | None  # None: the commit is the experiment's own, and its kept objects are hashed again
    cache: Path  # the repository's kept cache, in which every object was checked
    folder: Path  # made by `push`
    remotes: Sequence[Path]  # folders of the machine that are the repository's DVC remotes
    outer: Mapping[str, str]

    def push(self, installer: Installer) -> PushReport:
        """Push, and return the outcome. Raises Gone and Stopped only: a failed push does no harm to the result."""
        try:
            return self._push(installer)
        except (Gone, Stopped):
            raise
        except Trouble as trouble:
            return PushReport(NOT_PUSHED, self.remote.name, str(trouble))
        except Exception as error:  # the operator gets the place in the code, and no foreign words
            sys.stderr.write("".join(traceback.format_tb(error.__traceback__)))
            return PushReport(NOT_PUSHED, self.remote.name, sentence(error, "pushing"))

    def _push(self, installer: Installer) -> PushReport:
        self.folder.mkdir()
        (self.folder / "tree").mkdir()
        self.cache.mkdir(parents=True, exist_ok=True)  # missing where nothing was ever kept on this machine
        below, name = Below(self.folder / "tree", self.specification.project), self.remote.name
        trouble, older = self._check_out(below)
        if trouble:
            return PushReport(NOT_PUSHED, cause=f"Its commit could not be read where it was trained: {trouble}")
        project = below.path
        remote = self.remote.where(project)
        if not point_cache(below, self.cache, apart=True):
            return PushReport(NO_REMOTE)
        root = next((folder for folder in self.remotes if Path(remote.url).is_relative_to(folder)), None)
        if not remote.scheme and root is None:
            return PushReport(NOT_PUSHED, name, not_local(name, remote.url))
        if remote.push is None:
            return PushReport(NOT_PUSHED, name, remote.unnamed)
        why_stop = self.commands.why_stop
        damaged = set() if self.bundle else dvc_cache.damaged(self.cache, dvc_cache.named(below), why_stop)
        tool = own_dvc(installer, self.home, self.specification.requirement, remote)
        names = self._used(tool, project)
        if not remote.scheme and root:
            return self._add(names, remote, root, damaged, older)
        absent = {each.partition(":")[2] for each in names if not dvc_cache.has(self.cache, each)}
        carrier = Carrier(self.commands, remote, tool, self.folder / "push", self.cache, self.outer)
        outcome, output = carrier.run("push", names, remote.push, PUSHING)
        dvc_cache.damaged(self.cache, absent, why_stop)  # DVC may have fetched lists of folders to read them
        if outcome.cut:
            return PushReport(NOT_PUSHED, name, too_long(name, remote.url, PUSHING))
        return judged(output, outcome.code, name, remote.url, damaged, dvc_cache.with_listed(self.cache, older))

    def _add(
        self, names: Sequence[str], remote: DvcRemote, root: Path, damaged: Collection[str], older: Collection[str]
    ) -> PushReport:
        """Add the objects to a folder without DVC, which would trust the folder's content and follow links in it."""
        real = root.resolve()
        shelf = Shelf(real, real / Path(remote.url).relative_to(root), self.cache)
        end = time.monotonic() + PUSHING

        def why_stop() -> str:
            if time.monotonic() > end:
                raise Trouble(too_long(remote.name, remote.url, PUSHING))
            return self.commands.why_stop()

        try:
            added = shelf.add([each.partition(":")[2] for each in names], why_stop)
        except OSError as error:
            return refused(error, remote.name, remote.url)
        return push_report(added, remote.name, damaged, shelf.listed(older, why_stop))

    def _used(self, tool: Path, project: Path) -> list[str]:
        """Return what DVC would push of the commit. Raises Trouble where that cannot be told."""
        output, listing, home = Output(), self.folder / "used", self.folder / "home"
        home.mkdir()
        outcome = self.commands.run(
            (str(tool / "bin" / "python"), "-I", "-B", "-c", USED, str(listing)),
            env=env_vars.for_carrying(self.outer, tool, home),
            folder=project,
            sink=output,
            seconds=PUSHING,
            read=(tool, *bubblewrap.interpreter(), self.cache),
            write=(self.folder,),
        )
        if outcome.cut or outcome.code != 0:
            why = "it took too long" if outcome.cut else tail(output.text, 1)  # one line, never a traceback
            raise Trouble(f"What is to be pushed could not be read from its commit: {why}")
        with open_regular(listing) as (file, _):
            return [line for line in file.read().decode().splitlines() if NAMED.fullmatch(line)]

    def _check_out(self, below: Below) -> tuple[str, set[str]]:
        """Check the commit out. Return why that failed, empty where it did not, and what the project named before."""
        sha, bundle = self.specification.sha, self.bundle
        mirror = self.mirror.absolute().as_uri()
        asked = CheckOut(sha, sha if bundle else f"{sha}^", mirror, self.specification.ref, str(bundle or ""))
        read = (self.mirror, *([bundle.parent] if bundle else []))
        trouble, has_baseline = check_out_baseline(self.commands, asked, self.folder, read)
        if trouble:
            return trouble, set()
        # Where the mirror lacks the commit before it, all counts as the run's own.
        older = dvc_cache.named(below) if has_baseline else set[str]()
        return check_out_locks(self.commands, asked, self.folder, read), older
