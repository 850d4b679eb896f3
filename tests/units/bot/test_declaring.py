"""The dvc.yaml files of two commits, whatever stands in them: which new files may be taken over."""

from typing import cast

import pytest

from bot.errors import UserError
from bot.ports.git import UNDECLARED, Bundle, Git
from experiments.experiment import Repository
from handlers.checks.dvclive_entries import FILES, Taken, taken

HEAD = b"stages: {train: {cmd: python train.py}}\n"
LIVE = HEAD + b"metrics: [dvclive/metrics.json]\nplots: [dvclive/plots/images]\n"


class Stored:
    """Serve files of two commits."""

    def __init__(self, before: dict[str, bytes], after: dict[str, bytes]) -> None:
        self.commits = {"before": before, "after": after}
        self.asked: list[str] = []

    def read(self, repository: Repository, sha: str, path: str, limit: int = 1_000_000) -> bytes | None:
        self.asked.append(path)
        found = self.commits[sha].get(path)
        if found and len(found) > limit:
            raise UserError("too long")
        return found

    def holds(self, repository: Repository, sha: str, path: str) -> bool:
        return any(f"{each}/".startswith(f"{path}/") for each in self.commits[sha])


def looked_at(before: dict[str, bytes], after: dict[str, bytes], project: str = "", has_dvc: bool = True) -> Taken:
    changed = [path for path in sorted({*before, *after}) if before.get(path) != after.get(path)]
    refused = tuple(f"{path} {UNDECLARED}" for path in changed)
    bundle = Bundle("after", "", tuple(changed), refused, frozenset({*after} - {*before}))
    git = cast(Git, Stored(before, after))
    return taken(git, Repository(1, "a/b", 1), project, "before", bundle, has_dvc)


def test_only_new_files_that_are_declared_are_taken() -> None:
    names = [
        "dvclive/metrics.json",
        "dvclive/plots/images/a.png",
        "dvclive/plots/images/a.py",
        "dvclive/x",
        "metrics.json",
    ]
    odd = "dvclive/plots/images/\\xff.png"  # a name that is not UTF-8, written as in messages
    found = looked_at({"dvc.yaml": HEAD}, {"dvc.yaml": LIVE, **dict.fromkeys([*names, odd], b"")})
    assert found.refused == tuple(f"{path} {UNDECLARED}" for path in sorted([odd, *names[2:]]))
    assert found.texts["dvc.yaml"].startswith(HEAD.decode()) and len(found.declares["dvc.yaml"]) == 2


@pytest.mark.parametrize(
    ("path", "there"), [("dvclive/metrics.json",) * 2, ("dvclive/plots/images/drawn_by_ada.py", "dvclive/plots/images")]
)
def test_files_that_people_put_there_are_not_declared_as_outputs(path: str, there: str) -> None:
    """Protect files that people put there: once declared as an output, the next training may overwrite them."""
    found = looked_at({"dvc.yaml": HEAD, path: b"1"}, {"dvc.yaml": LIVE, path: b"1", "dvclive/plots/images/a.png": b""})
    assert found.rewritten == {"dvc.yaml": f"`{there}` was there before it was declared"}
    assert f"dvc.yaml {UNDECLARED}" in found.refused and not found.texts


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (HEAD, None, "it was deleted"),
        (HEAD, b"\xff", "it is not UTF-8 text"),
        (b"\xff", HEAD, "it is not UTF-8 text"),
        (HEAD, HEAD + b"#" * 100_000, "it is too large to be looked at"),
        (None, b"{}\n", "nothing declares results in it"),
        (None, LIVE, "`stages` of it differs"),
    ],
)
def test_a_dvc_yaml_that_is_not_dvclives_is_refused(before: bytes | None, after: bytes | None, why: str) -> None:
    old, new = ({"dvc.yaml": text} if text else {} for text in (before, after))
    found = looked_at(old, new)
    assert found.rewritten == {"dvc.yaml": why}
    assert found.refused == (f"dvc.yaml {UNDECLARED}",) and not found.texts


def test_nothing_is_declared_in_other_projects_or_without_dvc() -> None:
    nested = {"dvc.yaml": HEAD, "b/.dvc/config": b"", "b/dvc.yaml": HEAD}
    inside = looked_at(nested, nested | {"b/dvc.yaml": LIVE})
    assert inside.rewritten == {"b/dvc.yaml": "`b` belongs to another project"}
    into = looked_at(nested, nested | {"dvc.yaml": HEAD + b"metrics: [b/live/metrics.json]\n"})
    assert into.rewritten == {"dvc.yaml": "`b/live` belongs to another project"}
    own = looked_at(nested, nested | {"b/dvc.yaml": LIVE}, project="b")
    assert not own.rewritten and [*own.texts] == ["b/dvc.yaml"]
    outside = looked_at(nested, nested | {"dvc.yaml": LIVE}, project="b")
    assert outside.refused == (f"dvc.yaml {UNDECLARED}",) and not outside.texts
    without = looked_at(nested, nested | {"dvc.yaml": LIVE}, has_dvc=False)
    assert without.refused == (f"dvc.yaml {UNDECLARED}",) and not without.texts


def test_of_many_files_only_some_are_looked_at() -> None:
    paths = [f"d{number}/dvc.yaml" for number in range(FILES + 1)]
    found = looked_at(dict.fromkeys(paths, HEAD), dict.fromkeys(paths, HEAD + b"\n"))
    assert len(found.texts) == FILES and len(found.refused) == 1


def test_each_folder_is_listed_once() -> None:
    deep = "/".join("abcdefghij")
    entries = ", ".join(f"{deep}/{number}/metrics.json" for number in range(200))
    git = Stored({"dvc.yaml": HEAD}, {"dvc.yaml": HEAD + f"metrics: [{entries}]\n".encode()})
    bundle = Bundle("after", "", ("dvc.yaml",), (f"dvc.yaml {UNDECLARED}",))
    found = taken(cast(Git, git), Repository(1, "a/b", 1), "", "before", bundle)
    assert len(found.declares["dvc.yaml"]) == 200
    assert len(git.asked) == len({*git.asked}) + 1 == 2 + 10 + 200  # dvc.yaml of both commits


@pytest.mark.parametrize("name", ["dvclive/report.html", "vision/dvclive/report.md"])
def test_a_deleted_report_is_named_even_if_training_might_have_written_it(name: str) -> None:
    """Declare `metrics.json` beside the report in the baseline, so that a change of it is no obstacle."""
    for after, refused in (({name: b"new"}, ()), ({}, (f"{name} {UNDECLARED}",))):
        git = cast(Git, Stored({name: b"old"}, after))
        bundle = Bundle("after", "", (name,), ())
        found = taken(git, Repository(1, "a/b", 1), "", "before", bundle)
        assert found.refused == refused and found.rewritten == dict.fromkeys(
            [name] if refused else [], "it was deleted"
        )
