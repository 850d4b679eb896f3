"""Versions of the data that DVC tracks: those in a history, and those that differ between two commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.judging.evaluation import is_inside
from experiments.snapshot import DataFile, Snapshot
from experiments.wording import listed, quoted


@dataclass(frozen=True)
class Version:
    """One version of a file or folder, and the commit that introduced it."""

    sha: str
    file: DataFile


def versions(files: Sequence[DataFile], history: Sequence[str], at: Mapping[str, Snapshot]) -> dict[str, list[Version]]:
    """Return the versions of each file by its path, the newest first, each content once.

    `history`: SHAs of the commits that changed one of the files, the newest first. `at`: the snapshot of each of these
    commits.
    """
    found: dict[str, list[Version]] = {file.path: [] for file in files}
    for sha in history:
        for file in at[sha].data:
            known = found.get(file.path)
            if known is None:
                continue
            if known and known[-1].file.md5 == file.md5:
                known[-1] = Version(sha, file)  # an older commit has it, too
            elif all(each.file.md5 != file.md5 for each in known):
                known.append(Version(sha, file))
    return found


def other_data(before: Snapshot, after: Snapshot, side: str, earlier: str = "") -> str:
    """Return a sentence that names the input data of which `after` has another version than `before`. Empty where none
    differs.

    `side`: what the sentence calls `before`. Paths that the sentences in `earlier` name are left out.
    """
    left = {file.path: file.md5 for file in before.data}
    made = [out for stage in after.stages for out in stage.outs]
    inputs = (file for file in after.data if not file.is_output and not is_inside(file.path, made))
    paths = [file.path for file in inputs if file.md5 and left.get(file.path) not in (None, "", file.md5)]
    paths = [path for path in paths if quoted(path) not in earlier]
    if not paths:
        return ""
    verb = "is another version" if len(paths) == 1 else "are other versions"
    return f"Data differs: {listed(paths)} {verb} than at {side}."
