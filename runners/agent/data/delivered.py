"""The outcome of a push to the DVC remote, and its cause, without DVC's advertisement and our own paths."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from .adding import Added

NONE, NO_REMOTE, PUSHED, NOT_PUSHED = "none", "no remote", "pushed", "not pushed"
LONGEST = 300  # characters of DVC's own words
NAMED = 3  # objects that are named one by one
MISSING = re.compile(r"^md5(?:-dos2unix)?: ([0-9a-f]{32}(?:\.dir)?)\s*$", re.MULTILINE)
# Patterns of DVC's messages, and what to say instead: the cause, and who can fix it.
_PLUGIN = re.compile(r"is supported, but requires '(dvc-[a-z0-9-]+)'")
_ERRNO = re.compile(r"\[Errno \d+\] ([^:\n]+)(?:: '.*)?$")
_PREFIX = re.compile(
    r"^(?:unexpected error|configuration error|failed to (?:push data to the cloud|transfer '[^']*')) - "
    r"(?:config file error: )?"
)
_MENDS = (
    (
        re.compile(
            r"credential|access.?denied|forbidden|unauthori|\b40[13]\b|InvalidAccessKey|expired|signature", re.I
        ),
        "The operator gives the runner credentials that may write there.",
    ),
    (
        re.compile(r"permission denied|read-only|no space|quota|not a directory|is a directory|no such file", re.I),
        "Whoever keeps that place makes it writable for the runner.",
    ),
    (
        re.compile(r"unsupported url|config|no remote specified", re.I),
        "Mend it in `.dvc/config` and train again.",
    ),
)


@dataclass(frozen=True)
class PushReport:
    """The outcome of a push as the bot is told it (docs/runs-api.md)."""

    data: str
    remote: str = ""  # its name in .dvc/config
    cause: str = ""  # sentences, with code in backquotes
    lost: bool = False  # objects are neither kept on this machine nor in the remote


def judged(
    output: str, code: int, name: str, address: str, damaged: Collection[str], older: Collection[str] = ()
) -> PushReport:
    """Return the outcome by what DVC printed: DVC ends with 0 even where it found none of the objects.

    `damaged` are objects that were deleted before the push. `older` are those that the project named before the run.
    """
    if code != 0:
        return PushReport(NOT_PUSHED, name, f"{_remote(name, address)} did not take it: {_cause(output)}")
    return push_report(Added(gone=MISSING.findall(output)), name, damaged, older)


def push_report(added: Added, name: str, damaged: Collection[str], older: Collection[str] = ()) -> PushReport:
    """Return the outcome by what was added to the remote and what was not; `damaged` and `older` as in `judged`.

    Missing older objects are not this run's fault: they are mentioned, and do not make the push fail.
    """
    before = [each for each in (*added.broken, *added.gone) if each in older]
    new = [each for each in added.gone if each not in older]
    broken = [each for each in added.broken if each not in older] + [each for each in new if each in damaged]
    gone = [each for each in new if each not in damaged]
    parts = []
    if broken:
        parts.append(f"{_some(broken)} no longer had its hash where it was kept, and was not pushed.")
    if gone:
        parts.append(f"{_some(gone)} of its commit is neither where it was looked for nor in the remote.")
    if added.other:
        parts.append(f"{_some(added.other)} is in the remote with another content, which was left as it is.")
    if before:
        parts.append(f"{_some(before)} that the project had before this run is in no place that was looked at.")
    if not (broken or gone or added.other):
        return PushReport(PUSHED, name, " ".join(parts))
    return PushReport(NOT_PUSHED, name, " ".join(parts), lost=bool(broken or gone))


def refused(error: OSError, name: str, address: str) -> PushReport:
    """Return the outcome where a folder refused the objects."""
    return PushReport(NOT_PUSHED, name, f"{_remote(name, address)} did not take it: {_mended(str(error.strerror))}")


def not_local(name: str, folder: str) -> str:
    """Return why nothing is pushed to a folder of the machine that the operator did not give to this repository."""
    return (
        f"{_remote(name, folder)} is a folder of the runner's machine, and none that its operator gave to this "
        "repository. The operator can: LOCAL_REMOTES names it as `owner/name=/folder`, `remotes:` of a Slurm runner "
        "as `owner/name: /folder`."
    )


def too_long(name: str, address: str, seconds: float) -> str:
    """Return the sentence for a push that reached its time limit."""
    return f"{_remote(name, address)} did not take all of it within {seconds / 60:.0f} minutes."


def _cause(output: str) -> str:
    """Return DVC's first error that says something, in one sentence or two."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output).replace("\r", "\n")
    errors = [line.partition("ERROR: ")[2].strip() for line in plain.splitlines() if "ERROR: " in line]
    telling = [
        each for each in errors if not each.startswith("failed to push data to the cloud - ") or len(errors) == 1
    ]
    if not telling:
        return "DVC gave no reason."
    if plugin := _PLUGIN.search(telling[0]):
        return f"DVC needs the plugin `{plugin[1]}` for it, which the runner does not have. The operator installs it."
    words = _PREFIX.sub("", telling[0])
    if system := _ERRNO.search(words):
        words = system[1]
    return _mended(words)


def _mended(words: str) -> str:
    """Return the cause, and who can fix it."""
    words = re.sub(r"//[^/@\s]*@", "//", words).replace("`", "'")
    words = words if len(words) <= LONGEST else f"{words[:LONGEST]}…"
    mends = next((mend for pattern, mend in _MENDS if pattern.search(words)), "")
    return f"{words.rstrip('.')}. {mends}".rstrip()


def _remote(name: str, address: str) -> str:
    """Return the remote's name and address, without any credentials before the host."""
    shown = re.sub(r"//[^/@]*@", "//", address).replace("`", "'")
    return f"The DVC remote `{name.replace('`', chr(39))}` (`{shown[:200]}`)"


def _some(names: Collection[str]) -> str:
    shown = ", ".join(f"`{each[:7]}`" for each in list(names)[:NAMED])
    if len(names) == 1:
        return f"The object {shown}"
    return f"Each of {len(names)} objects ({shown}{', …' if len(names) > NAMED else ''})"
