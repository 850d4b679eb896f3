"""Puts submodules into the tree: files of other repositories, which the bot sends for one run and nobody keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import env_vars
from ..client import Client
from ..errors import Trouble
from ..files import Below
from ..isolation.command_runner import CommandRunner, Output
from ..output.log import tail
from ..specification import Module

WRITING = 600.0  # seconds


@dataclass(frozen=True)
class SubmoduleFetcher:
    """Puts submodules into one attempt's tree, as plain files without a repository of their own."""

    commands: CommandRunner
    client: Client
    tree: Path
    place: Path  # the attempt's own folder
    outer: Mapping[str, str]

    def bring(self, modules: Sequence[Module]) -> None:
        """Put all submodules in place. Raises Trouble where one cannot be fetched or is not the commit's."""
        for each in modules:
            self._bring(each)

    def _bring(self, module: Module) -> None:
        folder = self.tree / module.path
        inside = Below(self.tree).is_folder(module.path)
        names = {part.casefold() for part in Path(module.path).parts}
        output = Output()
        # Git checked what the index names: no name leads elsewhere, and no symlink is above it.
        self._git(output, self.tree, "ls-files", "--stage", "-z", "--", module.path)
        if not inside or ".git" in names or output.text != f"160000 {module.sha} 0\t{module.path}\0":
            raise Trouble(f"The submodule `{module.path}` is none of this commit's; nothing is put there.")
        store = self.place / f"submodule-{module.number}.git"
        self._git(Output(), self.place, "init", "--quiet", "--bare", "--template=", "--", str(store))
        pack = store / "objects" / "pack" / "pack-given.pack"
        try:
            self.client.submodule(module.number, pack)
        except Trouble as trouble:
            raise Trouble(f"The submodule `{module.path}` was not given: {trouble}") from None
        self._git(Output(), store, "index-pack", "--strict", str(pack))
        into = (f"--git-dir={store}", f"--work-tree={folder}", "-c", "core.bare=false")
        self._git(Output(), folder, *into, "read-tree", "-m", "-u", module.tree)

    def _git(self, output: Output, folder: Path, *argv: str) -> None:
        env = {"PATH": self.outer.get("PATH", env_vars.PATH), "LANG": "C.UTF-8", **env_vars.GIT}
        env["GIT_LITERAL_PATHSPECS"] = "1"
        outcome = self.commands.run_outside(("git", *argv), env=env, folder=folder, sink=output, seconds=WRITING)
        if outcome.cut or outcome.code != 0:
            raise Trouble(f"A submodule could not be put in place: {tail(output.text, 3) or 'it took too long'}")
