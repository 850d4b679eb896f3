"""`/run --data PATH@REV`: train with another version of the data than the head's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.commands import Problem, Problems, Word
from bot.errors import UserError
from bot.workspace import Head
from experiments.parts.change import Input
from experiments.pipeline import readers
from experiments.projects import rooted
from experiments.snapshot import DataFile, Snapshot
from experiments.wording import did_you_mean, quoted
from handlers.lookup import revisions
from reports.compare import data


@dataclass(frozen=True)
class Chosen:
    """Versions of data, and the `.dvc` files that name them."""

    inputs: tuple[Input, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)  # path of the `.dvc` file -> its whole text


def choose(here: Head, words: Sequence[Word], line: str) -> Chosen:
    """Return the versions of data that `words` (`PATH@REV`) name.

    Raise Problems where there is no such data or revision, or where the data is the same there. Raise UserError
    without DVC.
    """
    if not words:
        return Chosen()
    if not here.snapshot.has_dvc:
        raise UserError(data.no_dvc())
    problems: list[Problem] = []
    inputs: list[Input] = []
    texts: dict[str, str] = {}
    for word in words:
        try:
            file, rev = _split(word, here.snapshot, line, here.config.script)
            if file.source in texts:
                raise Problems(line, [Problem(word.start, word.end, f"{quoted(file.path)} is given twice")])
            other, text = _other(here, file, rev, line)
        except Problems as wrong:
            problems += wrong.problems
            continue
        inputs.append(Input(file.path, str(rev), file.source, other.md5, file.md5))
        texts[file.source] = text
    if problems:
        raise Problems(line, problems)
    return Chosen(tuple(inputs), texts)


def _split(word: Word, snapshot: Snapshot, line: str, script: str) -> tuple[DataFile, Word]:
    """Return the data and the revision that a word names.

    A path may contain an `@`: the longest path that exists counts. Raise Problems where the word names no data, no
    revision, or data that `script` may not read.
    """
    known = {file.path: file for file in snapshot.data}
    path, at, rev = word.rpartition("@")
    while at and path not in known and "@" in path:
        before, _, after = path.rpartition("@")
        path, rev = before, f"{after}@{rev}"
    if not at or not rev:
        like = f"{word.rstrip('@')}@main"
        message = f"Which version of {quoted(word)}? Write `PATH@REV`, for example {quoted(like)}; `/data` lists them"
        raise Problems(line, [Problem(word.start, word.end, message)])
    exact = word.end - word.start == len(word)
    end = word.start + len(path) if exact else word.end
    file = known.get(path)
    if file is None:
        hint, near = did_you_mean(path, [file.path for file in snapshot.data if file.source])
        message = f"DVC tracks no {quoted(path)}: {hint}"
        raise Problems(line, [Problem(word.start, end, message, near if exact else "")])
    if not file.source:
        maker = next((stage.name for stage in snapshot.stages if path in stage.outs), "")
        made = f"is made by the stage {quoted(maker)}" if maker else "has no `.dvc` file"
        message = f"{quoted(path)} {made}, and only data that people added with `dvc add` can be chosen"
        raise Problems(line, [Problem(word.start, end, message)])
    if not script and not readers(snapshot, path):
        message = (
            f"No stage depends on {quoted(path)}, so another version of it changes nothing: list it "
            "under `deps:` of the stage that reads it"
        )
        raise Problems(line, [Problem(word.start, end, message)])
    return file, Word.at(rev, end + 1 if exact else word.start, word.end)


def _other(here: Head, file: DataFile, rev: Word, line: str) -> tuple[DataFile, str]:
    """Return the data as a revision has it, and the text of its `.dvc` file. Raise Problems where it can't be used."""
    ports, repository = here.workspace.ports, here.workspace.repository
    (revision,) = revisions.resolve(here.workspace, [rev], line)
    there = ports.snapshots.take(repository, revision.sha, here.project, here.config.declared)
    other = next((each for each in there.data if each.path == file.path), None)

    def wrong(message: str) -> Problems:
        return Problems(line, [Problem(rev.start, rev.end, message)])

    if other is None or other.source != file.source:
        raise wrong(
            f"{quoted(file.path)} is not tracked by {quoted(file.source)} at {quoted(rev)}; `/data` lists versions"
        )
    if other.md5 == file.md5:
        raise wrong(f"At {quoted(rev)} {quoted(file.path)} is as it is here ({quoted(file.md5[:8])})")
    raw = ports.git.read(repository, revision.sha, rooted(here.project, file.source))
    try:
        return other, (raw or b"").decode("utf-8")
    except UnicodeDecodeError as error:
        raise wrong(f"{quoted(file.source)} of {quoted(rev)} is not UTF-8 (byte {error.start})") from error
