"""`make demo PROJECT=../my-project [BRANCH=…]`: a person's own repository in the local GitHub, with a pull request.

Nothing is written into the repository itself: it is cloned, and only the clone is changed.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from demo.hub import OTHERS, REPOSITORY, Hub
from demo.seed import StepFailed, author, run
from demo.trouble import DemoTrouble
from experiments import params
from experiments.data.addresses import default_remote
from experiments.params.yaml_literal import flow
from experiments.snapshot import Value

MAIN, TRY = "main", "studio-try"  # the base branch there, and the head where there is no other branch
PARAMS = "params.yaml"
DEPTHS = ("", "*/", "*/*/")  # where a DVC project may be in a repository


@dataclass(frozen=True)
class Own:
    """A repository on this machine, and the two branches of its pull request."""

    folder: Path
    base: str  # its default branch, which is `main` in the local GitHub
    head: str  # another branch; empty: a new branch changes a parameter

    @property
    def repository(self) -> str:
        """Its name in the local GitHub: that of its folder, and never that of one of the demo's own repositories."""
        name = "lab/" + (re.sub(r"[^A-Za-z0-9._-]+", "-", self.folder.name).strip("-.") or "project")
        return f"{name}-own" if name.lower() in (REPOSITORY, *OTHERS) else name

    @property
    def remote(self) -> Path | None:
        """The default DVC remote, where that is an existing folder of this machine.

        Where a repository has several projects, it is the first one's.
        """
        configs = (config for depth in DEPTHS for config in sorted(self.folder.glob(f"{depth}.dvc/config")))
        for config in configs:
            _, address = default_remote(config.read_text(errors="replace"))
            folder = (config.parent / address).resolve()
            if address and "://" not in address and folder.is_dir():
                return folder
        return None


def asked_for(environ: Mapping[str, str], env: Mapping[str, str]) -> Own | None:
    """Read PROJECT and BRANCH; return None without PROJECT. Raises DemoTrouble that says what to type instead.

    `env` is the environment for git.
    """
    given = environ.get("PROJECT", "")
    if not given:
        return None
    folder = Path(given).expanduser().resolve()
    env = _trusting(folder, env)
    if not (folder / ".git").exists():
        raise DemoTrouble(
            f"PROJECT={given} is no Git repository. Give the folder that `.git` is in: PROJECT=../my-project"
        )
    if _lines(folder, env, "rev-parse", "--is-shallow-repository") == ["true"]:
        raise DemoTrouble(
            f"{folder} is a shallow clone, which can't be published. `git fetch --unshallow` brings the rest."
        )
    newest = _lines(folder, env, "for-each-ref", "--sort=-committerdate", "--format=%(refname:short)", "refs/heads")
    if not newest:
        raise DemoTrouble(f"{folder} has no commit on a branch yet. Commit something, then try again.")
    base = next((name for name in ("main", "master") if name in newest), newest[0])
    wanted = environ.get("BRANCH", "")
    if wanted and wanted not in newest:
        raise DemoTrouble(f"{folder} has no branch {wanted}: there are {', '.join(newest[:10])}.")
    others = [wanted] if wanted else [name for name in newest if name != base]
    differing = [name for name in others if _lines(folder, env, "rev-list", "--max-count=1", f"{base}..{name}")]
    if wanted and not differing:
        raise DemoTrouble(f"{wanted} has no commit that {base} has not: choose another BRANCH, or leave it out.")
    return Own(folder, base, differing[0] if differing else "")


def publish(own: Own, hub: Hub, env: Mapping[str, str]) -> int:
    """Push both branches, all tags and experiments, open the pull request and return its number.

    Raises StepFailed, and Trouble where the repository lacks objects.
    """
    trusting = _trusting(own.folder, env)
    try:
        return _published(own, hub, env, trusting)
    except StepFailed as failed:
        if not _lacks_objects(own.folder, trusting):
            raise
        raise DemoTrouble(
            f"{own.folder} lacks objects of its own history, as a clone with `--filter` does, so that it can't be "
            "published. Clone it anew without `--filter`, and give that folder."
        ) from failed


def _published(own: Own, hub: Hub, env: Mapping[str, str], trusting: Mapping[str, str]) -> int:
    with TemporaryDirectory() as place:
        tree = Path(place) / "clone"
        # Without hard links and hooks, the clone shares nothing with the repository but its commits.
        clone = ["git", "clone", "--quiet", "--no-hardlinks", "--no-checkout", "--", str(own.folder), str(tree)]
        run(clone, Path(place), trusting)
        more = ("+refs/exps/*:refs/exps/*", "+refs/tags/*:refs/tags/*")
        run(["git", "fetch", "--quiet", "origin", *more], tree, trusting)
        run(["git", "switch", "--quiet", "--force-create", MAIN, f"origin/{own.base}"], tree, env)
        head, title = own.head, ""
        if head:
            run(["git", "branch", "--force", head, f"origin/{head}"], tree, env)
            title = run(["git", "log", "-1", "--format=%s", head], tree, env).strip()
        else:
            head, title = TRY, _change(tree, env)
        refs = [f"refs/heads/{MAIN}", f"refs/heads/{head}", "refs/tags/*:refs/tags/*", "refs/exps/*:refs/exps/*"]
        push = ["git", "push", "--quiet", f"{hub.url}/{own.repository}.git", *refs]
        run(push, tree, {**env, **hub.credential("grace")})
    body = "Opened by the demo, from what is committed in your repository. Nothing is written back to it."
    return hub.open_pull(head, title, body, by="ada", repository=own.repository)


def another(value: Value) -> int | float | None:
    """Return a number near this one and never equal; None for what is no number, or has none near it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        return value + 1
    other = value * 2 or 0.1
    return other if math.isfinite(other) else None


def _change(tree: Path, env: Mapping[str, str]) -> str:
    """Change the first number in params.yaml on a new branch, commit that, and return the commit's title.

    Where there is no number, the commit is empty.
    """
    run(["git", "switch", "--quiet", "--create", TRY], tree, env)
    file, title = tree / PARAMS, "Try the bot"
    if file.is_file() and not file.is_symlink():
        text = file.read_text("utf-8")
        values = params.flatten(params.read(PARAMS, text))
        others = ((key, another(value)) for key, value in values.items())
        key, other = next(((key, other) for key, other in others if other is not None), ("", None))
        if key:
            file.write_text(params.edit(PARAMS, text, {key: other}), "utf-8")
            title = f"Try {key} = {flow(other)}"
    run(["git", "add", "--all"], tree, env)
    run(["git", "commit", "--quiet", "--allow-empty", "--message", title], tree, {**env, **author("ada")})
    return title


def _trusting(folder: Path, env: Mapping[str, str]) -> Mapping[str, str]:
    """Return an environment in which git reads this repository whoever owns it: the person named it."""
    return {
        **env,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": str(folder),
    }


def _lacks_objects(folder: Path, env: Mapping[str, str]) -> bool:
    """Return whether Git lacks an object of a branch, tag or experiment. Nothing is fetched for it."""
    try:
        found = _lines(folder, env, "rev-list", "--objects", "--missing=print", "--all")
    except StepFailed:  # a commit itself is missing
        return True
    return any(line.startswith("?") for line in found)


def _lines(folder: Path, env: Mapping[str, str], *words: str) -> Sequence[str]:
    return run(["git", "-C", str(folder), *words], folder, env).splitlines()
