"""The versions of data that DVC tracks, as a history has them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.snapshot import DataFile, Snapshot


@dataclass(frozen=True)
class Version:
    """One content of a file or folder, and the commit that brought it."""

    sha: str
    file: DataFile


def versions(files: Sequence[DataFile], history: Sequence[str], at: Mapping[str, Snapshot]) -> dict[str, list[Version]]:
    """Of each file by its path, the newest first, each content once.

    `history`: commits that changed one of them, the newest first; `at`: what each of these says of itself."""
    found: dict[str, list[Version]] = {file.path: [] for file in files}
    for sha in history:
        for file in at[sha].data:
            known = found.get(file.path)
            if known is None:
                continue
            if known and known[-1].file.md5 == file.md5:
                known[-1] = Version(sha, file)  # it was there before, too
            elif all(each.file.md5 != file.md5 for each in known):
                known.append(Version(sha, file))
    return found
