"""What the bot says about data that DVC tracks: the answer to `/data`."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.ports.git_commits import Described
from experiments.data.amounts import counted
from experiments.data.remotes import default_named
from experiments.data.versions import Version
from experiments.experiment import Repository
from experiments.pipeline import readers
from experiments.projects import is_outside
from experiments.snapshot import DataFile, Snapshot
from experiments.wording import some
from reports.compare.revision_names import longest
from reports.run.environment import size
from reports.text import links
from reports.text.markdown import code, link, plain, table, text
from reports.text.values import NONE

OUTPUTS = 8  # outputs that are named in a note
ROWS = 40  # rows of the table in a comment
TITLE = 50  # characters of a commit's first line


@dataclass(frozen=True)
class DataListing:
    """Files of data, with the versions of each."""

    repository: Repository
    files: Sequence[DataFile]
    versions: Mapping[str, Sequence[Version]]
    described: Mapping[str, Described]
    project: str  # words that choose the project in a command; empty where there is only one
    older: bool  # there are older versions, which were not looked at
    whole: bool  # outputs of stages are included
    snapshot: Snapshot  # at the head
    script: str = ""  # command that trains in the place of the pipeline; nothing tells what it reads

    @property
    def made(self) -> bool:
        """Whether DVC keeps any output of a stage."""
        return any(file.is_output for file in counted(self.snapshot))

    @property
    def uncached(self) -> list[str]:
        """Outputs of stages in the repository that DVC does not keep."""
        kept = {file.path for file in self.snapshot.data}
        run = (stage for stage in self.snapshot.stages if stage.name not in self.snapshot.never_run)
        made = dict.fromkeys(out for stage in run for out in stage.outs if out not in kept)
        return [out for out in made if not is_outside(self.snapshot.project, out)]

    @property
    def fits(self) -> bool:
        """Whether a comment has room for all rows."""
        return sum(max(1, len(self.versions[file.path])) for file in self.files) <= ROWS


def comment(what: DataListing, page: str) -> str:
    """Return the answer as a comment. `page`: address of the whole list; empty where the comment has all of it."""
    rows = ROWS
    while True:
        more = f"{link('The whole list', page)}: {len(what.files)} files." if page else ""
        words = "\n\n".join(filter(None, [_headline(what), _table(what, rows), more, *_notes(what)]))
        if len(words) <= longest(what.repository) or rows == 1:
            return words
        rows = rows * 2 // 3


def whole(what: DataListing) -> str:
    """Return the whole answer, for a page."""
    return "\n\n".join([_headline(what), _table(what, 1_000_000), *_notes(what)])


def title(what: DataListing) -> str:
    """Return the title of the page, as plain text."""
    return f"Data of {what.repository.full_name}"


def no_dvc() -> str:
    """Return the answer for a project without DVC, where nothing tells data from code."""
    return (
        "This project has no DVC, so nothing distinguishes its data from its code: `--rev` trains another commit, "
        "data and all."
    )


def _headline(what: DataListing) -> str:
    count = len(what.files)
    if not count:
        lists = what.made and not what.whole
        made = f" {code('/data --all' + what.project)} lists what its stages make." if lists else ""
        return f"**DVC tracks no input data here.** {code('dvc add FILE')} makes DVC track a file.{made}"
    one = "input" if not what.whole else "folder" if what.files[0].md5.endswith(".dir") else "file"
    noun = "files and folders" if what.whole else "inputs"
    return f"**{count} {noun if count > 1 else one} that DVC tracks.**"


def _table(what: DataListing, rows: int) -> str:
    lines: list[Sequence[str]] = []
    for file in what.files:
        known = what.versions[file.path]
        name = code(file.path, 80) + (" (made by a stage)" if file.is_output else "")
        if not known:
            lines.append((name, code(file.md5[:8]), size(file.size), NONE))
        for number, each in enumerate(known):
            now = " now" if each.file.md5 == file.md5 else ""
            lines.append(
                (
                    name if not number else "",
                    f"{code(each.file.md5[:8])}{now}",
                    size(each.file.size),
                    _since(what, each),
                )
            )
    more = len(lines) - rows
    shown = lines[:rows] + ([(f"… {more} more", "", "", "")] if more > 0 else [])
    return table(("data", "version", "size", "since"), shown, "llrl") if lines else ""


def _since(what: DataListing, each: Version) -> str:
    commit = links.commit(what.repository, each.sha)
    return f"{commit} {text(plain(what.described[each.sha].message.partition(chr(10))[0], TITLE), TITLE)}"


def _notes(what: DataListing) -> Iterator[str]:
    if what.older:
        yield "Only the newest commits that changed data were looked at; the history is longer."
    if what.whole and (left := what.uncached):
        names = some((code(path, 80) for path in left), OUTPUTS)
        them, their = ("it", "its") if len(left) == 1 else ("them", "their")
        yield (
            f"Left out, because `cache: false` keeps {them} out of DVC: {names}. Where Git has {them}, {their} "
            "versions are its commits."
        )
    others = [
        (file, each)
        for file in what.files
        if file.source and (what.script or readers(what.snapshot, file.path))
        for each in what.versions[file.path]
        if each.file.md5 != file.md5
    ]
    if others:
        file, each = others[0]
        chosen = f"/run{what.project} --data {shlex.quote(f'{file.path}@{each.sha[:7]}')}"
        missing = [each for each in what.snapshot.prerequisites.missing if each.tracked]
        if missing and not any(each.remote for each in missing):
            named = default_named(what.snapshot.prerequisites.remotes)
            yield (
                "`.dvc/config` names no default remote, so no older version can be fetched to train with: only "
                f"what an earlier run left on its machine is available. {named}, committed and pushed, names one."
            )
            return
        stands = "a branch, a tag or an experiment can stand after `@`, too"
        yield (
            f"**Next:** {code(chosen, 300)} trains with that version, where the DVC remote has it, which is not known "
            f"before; {stands}."
        )
