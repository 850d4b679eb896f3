"""Packs what is sent to the bot from a work tree: the experiment as a Git bundle, declared files as a tar.

The second half of this module runs inside the closed room, where a hostile tree can trick only itself.
"""

import contextlib
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from . import committing
from .errors import Trouble
from .files import Below, open_regular, regular_size
from .isolation import bubblewrap
from .isolation.command_runner import CommandRunner, Output
from .output.log import tail
from .restoring import restore

PACKING = 600.0  # seconds
NO_REF, NOTHING_NEW, INCOMPLETE = 3, 4, 5  # exit codes of the half that runs inside


def pack(
    commands: CommandRunner,
    project: Path,
    out: Path,
    env: Mapping[str, str],
    *,
    name: str,
    files: Sequence[str],
    limit: int,
    tree: Path,
    cache: Path,
    sha: str = "",
    ref: str = "",
    brought: Mapping[str, str] = MappingProxyType({}),
    commit: tuple[str, Sequence[str]] | None = None,
) -> str:
    """Pack results into `out`, and return what had to be left out, as a sentence.

    `<name>.tar` holds those of the project's `files` that exist, up to `limit` bytes in all. With a `ref`, its commits
    after `sha` become `bundle`, unless it has none. With `commit` (message, paths), that commit is made first.
    `brought` names Git LFS files (path -> SHA-1 of the content) whose pointers stay in the commit. Raises Trouble where
    the ref or one of the commit's paths is missing, or where packing fails.
    """
    request = {"name": name, "files": list(files), "limit": limit, "sha": sha, "ref": ref, "project": str(project)}
    request |= {"inside": [str(tree), str(cache)], "commit": commit}
    request |= {"tree": str(tree), "brought": dict(brought)}
    with Below(out).written("request.json") as file:
        file.write(json.dumps(request).encode())
    program = Path(__file__).parent  # a folder, or the one file that the agent is packed in
    output = Output()
    outcome = commands.run(
        (sys.executable, "-I", "-B", str(program), "--pack", str(out)),
        env=env,
        folder=project,
        sink=output,
        seconds=PACKING,
        read=(*bubblewrap.interpreter(), program, cache),
        write=(tree, out),
    )
    if outcome.code == NO_REF:
        raise Trouble(
            f"The script ended well and left no experiment at {ref}. Let it call `dvc exp run` with the name it was "
            "given, or leave `script` out of the configuration."
        )
    if outcome.code == INCOMPLETE:
        raise Trouble(f"The script ended well, and {tail(output.text, 3)}")
    if outcome.cut or outcome.code not in (0, NOTHING_NEW):
        raise Trouble(f"The results could not be packed: {tail(output.text, 3) or 'it took too long'}")
    return output.text.strip()


def size(path: Path, limit: int, what: str) -> int | None:
    """Return the size of a packed file in bytes; None where there is none. Raises Trouble above the limit."""
    found = regular_size(path)
    if found is not None and found > limit:
        raise Trouble(
            f"{what} is {found / 1e6:.1f} MB and at most {limit / 1e6:.1f} MB are taken: track large files with DVC "
            "instead of Git."
        )
    return found


def main() -> int:
    """Pack as the arguments `--pack FOLDER` of this process say, inside the room; return the exit code."""
    return pack_here(Path(sys.argv[2]))


def pack_here(out: Path) -> int:
    """Pack what the request in `out` asks for, inside the room; return an exit code."""
    request = json.loads((out / "request.json").read_text())
    project = Path(request["project"])
    if request["commit"]:
        missing = committing.missing(project, request["commit"][1])
        if missing:
            sys.stdout.write(f"did not make what `.github/studio.yml` declares as its results: {', '.join(missing)}.\n")
            return INCOMPLETE
        code = committing.commit(project, request["sha"], request["ref"], *request["commit"])
        if code != 0:
            return code
    if request["ref"]:
        restore(Path(request["tree"]), out / "index", request["sha"], request["ref"], request["brought"])
        code = _bundle(project, out, request["ref"], request["sha"])
        if code not in (0, NOTHING_NEW):
            return code
    # A tar ends with two empty blocks and is filled up to whole records.
    left_out = []
    left = int(request["limit"]) // tarfile.RECORDSIZE * tarfile.RECORDSIZE - 2 * tarfile.BLOCKSIZE
    with tarfile.open(out / f"{request['name']}.tar", "w", encoding="utf-8") as archive:
        for path in _found(project, request["files"]):
            content = path.resolve()
            # DVC may link to the run's own cache. Anything else outside of the tree was not declared.
            inside = any(content.is_relative_to(folder) for folder in request["inside"])
            used = _add(archive, str(path.relative_to(project)), content, left) if inside else None
            if used is None:
                left_out.append(str(path.relative_to(project)))
            else:
                left -= used
    if left_out:
        sys.stdout.write(f"Left out, too large or outside the work tree: {', '.join(left_out)}\n")
    return 0


def _add(archive: tarfile.TarFile, name: str, content: Path, left: int) -> int | None:
    """Add a file and return the bytes that it takes; None where it is no regular file, or needs more than `left`."""
    with contextlib.ExitStack() as stack:
        try:
            file, length = stack.enter_context(open_regular(content))  # its size now: it may be replaced meanwhile
        except OSError:
            return None
        entry = tarfile.TarInfo(name)
        entry.size = length
        head = len(entry.tobuf(tarfile.DEFAULT_FORMAT, "utf-8", "surrogateescape"))
        used = head + -(-length // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
        if used > left:
            return None
        archive.addfile(entry, file)
        return used


def _bundle(project: Path, out: Path, ref: str, sha: str) -> int:
    def git(*argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(("git", "-C", str(project), *argv), text=True, stdout=subprocess.PIPE, check=False)

    found = git("rev-parse", "--quiet", "--verify", f"{ref}^{{commit}}")
    if found.returncode != 0:
        return NO_REF
    if found.stdout.strip() == sha:
        return NOTHING_NEW
    return git("bundle", "create", "--quiet", str(out / "bundle"), ref, f"^{sha}").returncode


def _found(project: Path, names: Sequence[str]) -> Iterator[Path]:
    """Yield the declared files, and the files in declared folders, that exist."""
    for name in dict.fromkeys(names):
        path = project / name
        if Path(name).is_absolute() or ".." in Path(name).parts or ".git" in Path(name).parts:
            continue
        try:
            is_folder, is_file = path.is_dir() and not path.is_symlink(), path.is_file()
        except OSError:  # no file can have this name
            continue
        if is_folder:
            for folder, folders, files in os.walk(path):
                folders.sort()
                yield from (Path(folder, file) for file in sorted(files))
        elif is_file:
            yield path
