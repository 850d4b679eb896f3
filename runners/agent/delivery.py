"""What training made goes to the project's DVC remote: pushed by the agent's own DVC, from a clean tree."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import isolation, objects, surroundings
from .delivered import NO_REMOTE, NOT_PUSHED, Delivered, judged, not_local, too_long
from .environment import Installer
from .journal import tail
from .room import Output, Room
from .specification import Specification
from .tree import MINE, default_remote, point_cache, remote_name

PUSHING = 1800.0  # seconds
RESULT = "refs/heads/result"


@dataclass(frozen=True)
class Delivery:
    """One run's push. The tree is the baseline's, with the experiment's dvc.lock files in it and nothing else of what
    came out of training: neither its configuration nor its code has a say here."""

    room: Room
    specification: Specification
    mirror: Path
    bundle: Path | None  # None: the commit is the experiment's own, and what was kept of it is hashed again
    cache: Path  # the repository's kept one: every object in it was checked
    folder: Path  # to be made
    remotes: Sequence[Path]  # local folders the operator lets runs use
    outer: Mapping[str, str]

    def push(self, installer: Installer) -> Delivered:
        """What came of it, as far as DVC tells."""
        self.folder.mkdir()
        if trouble := self._check_out():
            return Delivered(NOT_PUSHED, cause=f"Its commit could not be read where it was trained: {trouble}")
        project = self.folder / self.specification.project
        remote, name = default_remote(project), remote_name(project)
        if not remote or not point_cache(project, self.cache):
            return Delivered(NO_REMOTE)
        if "://" not in remote and not any(Path(remote).is_relative_to(folder) for folder in self.remotes):
            return Delivered(NOT_PUSHED, name, not_local(name, remote))
        damaged = set() if self.bundle else objects.damaged(self.cache, objects.named(project))
        tool = own_dvc(installer, self.specification.requirement)
        home = self.folder.with_name("push-home")
        home.mkdir()
        env = surroundings.for_training(self.outer, self.specification, tool, home)
        env |= self.specification.remote
        output = Output()
        read = (tool, *isolation.interpreter(), self.cache, *surroundings.certificates(self.outer))
        outcome = self.room.run(
            (str(tool / "bin" / "python"), "-I", "-B", "-m", "dvc", "push"),  # -I: no import from the tree
            env=env,
            folder=project,
            sink=output,
            seconds=PUSHING,
            read=read,
            write=(self.folder, home, *self.remotes),
            network=True,
        )
        if outcome.cut:
            return Delivered(NOT_PUSHED, name, too_long(name, remote, PUSHING))
        return judged(output.text, outcome.code, name, remote, damaged)

    def _check_out(self) -> str:
        """Why not, empty when it is there. In the closed room too: the bundle is foreign bytes."""
        sha, ref, source = self.specification.sha, self.specification.ref, self.mirror.absolute().as_uri()
        strict = ("-c", "fetch.fsckObjects=true", "-c", "transfer.fsckObjects=true")
        output = Output()
        for argv in (
            ("init", "--quiet", "--template="),
            ("fetch", "--quiet", "--depth=1", "--no-tags", "--", source, f"{MINE}{sha}"),
            ("checkout", "--quiet", "--detach", sha),
        ):
            if self._git(output, *argv) != 0:
                return tail(output.text, 3)
        if self.bundle is None:
            return ""
        if self._git(output, *strict, "fetch", "--quiet", "--no-tags", "--", str(self.bundle), f"{ref}:{RESULT}") != 0:
            return tail(output.text, 3)
        changed = Output()
        if self._git(changed, "diff", "--name-only", "--no-renames", "--diff-filter=AM", "-z", sha, RESULT) != 0:
            return tail(changed.text, 3)
        locks = [path for path in changed.text.split("\0") if Path(path).name == "dvc.lock"]
        if locks and self._git(output, "checkout", "--quiet", RESULT, "--", *locks) != 0:
            return tail(output.text, 3)
        return ""

    def _git(self, output: Output, *argv: str) -> int:
        env = {"PATH": surroundings.PATH, "LANG": "C.UTF-8", "HOME": str(self.folder), **surroundings.GIT}
        env["GIT_LITERAL_PATHSPECS"] = "1"  # a folder may be called `:(glob)**`
        return self.room.run(
            ("git", *argv),
            env=env,
            folder=self.folder,
            sink=output,
            seconds=PUSHING,
            read=(self.mirror, *([self.bundle.parent] if self.bundle else [])),
            write=(self.folder,),
        ).code


def own_dvc(installer: Installer, requirement: str) -> Path:
    """An environment with our DVC alone: the one we run in where it has it (the bot's), else a kept one. The project's
    own would run the project's code with the remote writable."""
    if (Path(sys.prefix) / "bin" / "dvc").exists():
        return Path(sys.prefix)
    return installer.prepare("agent", {}, requirement).folder
