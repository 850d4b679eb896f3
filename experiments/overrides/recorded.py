"""Refusals of edits of records: training writes them, so nobody can set them."""

import posixpath
from collections.abc import Mapping

from experiments.overrides.grammar import ParsedToken, RefusedToken
from experiments.overrides.targets import ParamFile
from experiments.snapshot import Snapshot
from experiments.wording import quoted

_WHY = (
    "training writes: it records what was trained, and can't be set. If a stage reads it, list it under `params:` of "
    "that stage in `dvc.yaml`."
)


def check_read(words: ParsedToken, files: Mapping[str, ParamFile], snapshot: Snapshot) -> None:
    """Raise RefusedToken where an edit names a record, or a parameter that only a record has."""
    end = words.key_start + len(words.key)
    having = [path for path, file in files.items() if file.find(words.key)]
    if words.file:
        path = posixpath.normpath(words.file)
        if path in files or path not in snapshot.records:
            return
        start = words.token.find(words.file)
        fix = words.with_key(words.key, having[0]) if len(having) == 1 else ""
        raise RefusedToken(start, start + len(words.file), f"{quoted(path)} is a file that {_WHY}", fix)
    if having or words.prefix:
        return
    for path in snapshot.records:
        if any(f"{each.key}.".startswith(f"{words.key}.") for each in snapshot.params if each.file == path):
            only = f"{quoted(words.key)} stands only in {quoted(path)}, which"
            raise RefusedToken(words.key_start, end, f"{only} {_WHY}")
