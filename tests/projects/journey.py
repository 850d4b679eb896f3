"""Take a project from its first commit over a pull request, a run and its report to a clone."""

import functools
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from experiments.snapshot import Value
from sandbox import lfs
from tests.projects import pointers, tables
from tests.projects.layout import Layout, Sides
from tests.projects.plain import dvc
from tests.world.modules import library
from tests.world.project import git, write
from tests.world.pull import PullRequest
from tests.world.world import World

MAIN, HEAD, RUN = range(3)
NAME = "first"  # of the experiment


@dataclass
class Journey:
    """Take one layout through its world."""

    world: World
    layout: Layout
    folder: Path
    storage: Path  # the DVC remote
    web: str  # where its files from elsewhere are served

    def __post_init__(self) -> None:
        self.tree, self.home, self.clone = (self.folder / name for name in ("tree", "home", "clone"))

    def publish(self) -> PullRequest:
        """Train `main` and a branch with the changed values, and open its pull request."""
        self.tree.mkdir()
        git(self.tree, "init", "--quiet", "--initial-branch=main")
        pointers.install(self.tree)
        for path in self.layout.modules:
            git(self.tree, "clone", "--quiet", str(library(self.world)[0].folder), path)
        write(self.tree, {name: self._filled(text) for name, text in self.layout.files.items()})
        self._commit("Begin")
        self._train("main", *self.layout.begin)
        git(self.tree, "checkout", "--quiet", "-b", "tune")
        write(self.tree, self.layout.tuned)
        self._train("tune")
        made = self.world.sandbox.open_pull(
            "grace/digits", "tune", "main", "Tune it", "Let us see.", self.world.maintainer
        )
        self.pull = PullRequest(self.world, made.number, self.tree)
        self.world.pulls.append(self.pull)
        self.world.work()
        self.main, self.head = git(self.tree, "rev-parse", "main"), self.pull.head
        return self.pull

    def _train(self, branch: str, *before: Any) -> None:
        if self.layout.script:
            env = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
            subprocess.run(["sh", "-e", "-c", self.layout.script], cwd=self.tree, env=env, check=True)
        else:
            words = [[self._filled(word) for word in words] for words in before]
            dvc(self.tree / self.layout.project, self.home, *words, self.layout.trains, ["push"])
        self._commit("Train")
        git(self.tree, "push", "--quiet", str(self.world.repository.folder), f"HEAD:refs/heads/{branch}")

    def _commit(self, message: str) -> None:
        for name in self.layout.pointers:
            lfs.store(self.world.repository, (self.tree / name).read_bytes())
        git(self.tree, "add", "--all")
        git(self.tree, "commit", "--quiet", "--message", message)

    def _filled(self, text: str) -> str:
        return text.replace("{storage}", str(self.storage)).replace("{web}", self.web)

    def compares(self, body: str, left: int, right: int) -> None:
        """Check a comment's comparison of two commits against the layout: all metrics, and the parameters that
        differ.
        """
        columns = self._columns(body)
        assert tables.sides(self.layout, body, "metric", *columns) == self.of(self.layout.metrics, left, right)
        differ = changed(self.of(self.layout.params, left, right))
        assert tables.sides(self.layout, body, "parameter", *columns) == differ

    def _columns(self, body: str) -> tuple[str, str]:
        """Return the names of the two columns."""
        names = list(tables.rows(body, "metric")[0])
        return names[2], names[3]

    def of(self, names: Mapping[str, Sides], left: int, right: int) -> dict[str, tuple[Value, Value]]:
        """Return both sides of what either of them has."""
        found = {name: (each[left], each[right]) for name, each in names.items()}
        return {name: both for name, both in found.items() if both != (None, None)}

    def lists_params(self, body: str, at: int) -> None:
        """Check the list of `/params`, with its files, against the layout."""
        rows = [row for row in tables.rows(body, "parameter") if "value" in row]
        found = {
            f"{tables.plain(row['file']).removesuffix(tables.RECORD)}:{tables.plain(row['parameter'])}": row["value"]
            for row in rows
        }
        assert {name: tables.value(cell) for name, cell in found.items()} == {
            name: each[at] for name, each in self.layout.params.items() if each[at] is not None
        }
        assert len(rows) == len(found)

    def shows(self, body: str) -> None:
        """Check `/show` for the three commits: what differs between any of them."""
        rows = {self._commit_of(row): row for row in tables.rows(body, "commit, experiment")}
        assert set(rows) == {sha[:7] for sha in (self.main, self.head, self.pull.head)}
        params = {name: each for name, each in self.layout.params.items() if name not in self.layout.records}
        names = {**self.layout.metrics, **params}
        shown = [column for column in next(iter(rows.values())) if column not in ("commit, experiment", "when")]
        typed = dict(word.lstrip("+").split("=", 1) for word in self.layout.typed.split() if "=" in word)
        short = {name.partition(":")[2] for name in names}
        choices = [column for column in shown if tables.plain(column) in typed.keys() - names.keys() - short]
        for column in choices:  # of Hydra: what was typed is shown, and DVC has no value of that name
            assert tables.plain(rows[self.pull.head[:7]][column]) == typed[tables.plain(column)]
        columns = {column: tables.whole(tables.plain(column), names) for column in shown if column not in choices}
        differ = {name for name, each in params.items() if len(set(map(repr, each))) > 1}
        assert {each for each in columns.values() if each in params} == differ
        assert len([each for each in columns.values() if each in self.layout.metrics]) == min(3, len(self._moving()))
        for at, sha in enumerate((self.main, self.head, self.pull.head)):
            cells = {name: tables.value(rows[sha[:7]][column]) for column, name in columns.items()}
            assert cells == {name: names[name][at] for name in cells}

    def _moving(self) -> list[str]:
        return [name for name, each in self.layout.metrics.items() if len(set(each)) > 1]

    def _commit_of(self, row: tables.Row) -> str:
        found = re.search(r"\b[0-9a-f]{7}\b", tables.plain(row["commit, experiment"]))
        assert found, row
        return found[0]

    def pictures(self, body: str) -> int:
        """Return how many pictures are in a comment; each of them can be opened by anybody."""
        found = re.findall(r'<img alt="[^"]*" src="([^"]*)"', body)
        for address in found:
            answer = self.world.web.get(address.partition("example.com")[2])
            assert answer.status_code == 200 and answer.data.startswith(b"\x89PNG")
        return len(found)

    def read_in_a_clone(self) -> None:
        """Check a clone of the branch: by the real DVC, which finds the experiment, or by its files."""
        source = str(self.world.repository.folder)
        git(self.folder, "clone", "--quiet", "--no-checkout", "--branch", "tune", source, str(self.clone))
        pointers.install(self.clone)
        pointers.fetch(self.clone, self.world.repository)
        git(self.clone, "checkout", "--quiet", "tune")
        local = ("-c", "protocol.file.allow=always")  # as `.gitmodules` is relative, and this clone is of a folder
        git(self.clone, *local, "submodule", "--quiet", "update", "--init")
        for name in (*self.layout.pointers, *self.layout.modules):
            before, after = (git(self.clone, "ls-tree", sha, name) for sha in (self.head, "HEAD"))
            assert before == after, "what was fetched for training is not in the commit"
            entry = git(self.clone, "show", f"HEAD:{name}") if name in self.layout.pointers else after
            assert entry.startswith(("version https://git-lfs.github.com/", "160000 commit"))
        if self.layout.script:
            self._read_by_itself()
        else:
            self._read_by_dvc()

    def _read_by_itself(self) -> None:
        names = {name.partition(":")[0] for name in (*self.layout.metrics, *self.layout.params)}
        found = flat({name: {"data": yaml.safe_load((self.clone / name).read_text())} for name in names})
        assert found == {name: each[RUN] for name, each in {**self.layout.metrics, **self.layout.params}.items()}
        refs = git(self.clone, "ls-remote", "origin", "refs/studio/exps/*").splitlines()
        assert [each.split()[0] for each in refs if each.endswith(f"/{NAME}")] == [self.pull.head]

    def _read_by_dvc(self) -> None:
        layout = self.layout
        sides = [[self.main, self.head], [self.head, "HEAD"], [self.main, "HEAD"]]
        compared = [[what, "diff", "--all", "--json", *pair] for pair in sides for what in ("params", "metrics")]
        pulled, status, listed, _, _, shown, metrics, plots, *said = dvc(
            self.clone / layout.project,
            self.home,
            ["pull"],
            ["status", "--json"],
            ["exp", "list", "origin", "--all-commits", "--name-only"],
            ["exp", "pull", "origin", NAME],
            ["exp", "apply", NAME],
            ["exp", "show", "--json"],
            ["metrics", "show", "--json"],
            ["plots", "diff", "--json", "--out", str(self.folder / "plots"), self.main, "HEAD"],
            *compared,
        )
        assert git(self.clone, "status", "--porcelain") == "", "what was applied is what landed"
        assert json.loads(status) == {}, pulled
        assert listed.split() == [NAME]
        workspace = json.loads(shown)[0]["data"]
        params = {name: each for name, each in layout.params.items() if name not in layout.aside}
        expected = {name: each[RUN] for name, each in params.items() if each[RUN] is not None}
        assert flat(workspace["params"]) == expected
        expected = {name: each[RUN] for name, each in layout.metrics.items() if each[RUN] is not None}
        assert rounded(flat(workspace["metrics"])) == expected
        assert rounded(flat(json.loads(metrics)[""]["data"])) == expected
        assert len(json.loads(plots or "{}").get("data", {})) == layout.plots
        for number, (left, right) in enumerate(((MAIN, HEAD), (HEAD, RUN), (MAIN, RUN))):
            assert differing(said[2 * number]) == self.of(params, left, right)
            assert rounded(differing(said[2 * number + 1])) == self.of(layout.metrics, left, right)


def changed(both: Mapping[str, tuple[Value, Value]]) -> dict[str, tuple[Value, Value]]:
    """Return the entries whose sides differ."""
    return {name: (left, right) for name, (left, right) in both.items() if repr(left) != repr(right)}


def differing(difference: str) -> dict[str, tuple[Value, Value]]:
    """Return both sides of everything that `dvc … diff --json` lists."""
    return {
        f"{file}:{name}": (each.get("old"), each.get("new"))
        for file, names in json.loads(difference or "{}").items()
        for name, each in names.items()
    }


def flat(files: Mapping[str, Any]) -> dict[str, Value]:
    """Return values of nested tables in files, as `file:a.b`."""

    def leaves(table: Mapping[str, Any], before: str) -> Iterator[tuple[str, Value]]:
        for name, each in table.items():
            if isinstance(each, dict):
                yield from leaves(each, f"{before}{name}.")
            else:
                yield f"{before}{name}", each

    return {f"{file}:{name}": value for file, read in files.items() for name, value in leaves(read["data"], "")}


def rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values without the error of binary fractions."""

    def one(value: Any) -> Any:
        return tuple(map(one, value)) if isinstance(value, tuple) else round(value, 9)

    return {name: one(each) for name, each in values.items()}


@contextmanager
def served(folder: Path, files: Mapping[str, str]) -> Iterator[str]:
    """Yield the address of a server that has these files."""
    folder.mkdir()
    write(folder, files)

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
