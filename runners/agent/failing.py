"""Why a script failed, in one sentence: the stage, what ended it, and its own last error."""

import re
import signal

LONGEST = 200  # characters of the last error
_STAGE = re.compile(
    r"failed to reproduce '(?P<stage>[^'\n]{1,200})': failed to run: .{1,2000}?, exited with (?P<code>-?\d+)", re.DOTALL
)
_FAILED_STAGE = re.compile(
    r"ERROR: failed to reproduce '(?P<stage>[^'\n]{1,200})':\s*(?!failed to run: )(?P<why>\S.*(?:(?<=:)\n.+)?)"
)
_WORD = re.compile(
    r"(?:[A-Za-z_][\w.]{0,100})?(?:Error|Exception|Interrupt)(?::.*)?|ERROR: (?!failed to reproduce).*|error: .*"
)
_LOOK = 16_384  # characters that are searched, at the end of what was printed
_COLOURS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


def explained(what: str, code: int, printed: str) -> tuple[int, str]:
    """Return the exit code that tells most, and a sentence about `what`.

    `printed` is the end of the output, without secrets. Where DVC names the failed stage, both are those of the stage.
    """
    text = _COLOURS.sub("", printed[-_LOOK:])
    if stages := list(_STAGE.finditer(text)):  # DVC's own exit code is 255 then
        found = stages[-1]
        what, code = f"The stage `{plain(found['stage'])}`", int(found["code"])
        code = code if code >= 0 else 128 - code
        text = text[: found.start()]
    elif failed := list(_FAILED_STAGE.finditer(text)):  # DVC failed at the stage before or after its command
        return (
            code,
            f"The stage `{plain(failed[-1]['stage'])}` failed. DVC says: `{plain(failed[-1]['why']).rstrip('.')}`.",
        )
    how = ended(code)
    word = "" if "was ended by" in how else last_word(text)
    return code, f"{what} {how}{f': `{word}`' if word else ''}."


def ended(code: int) -> str:
    """Return how a command with this exit code ended: `ended with exit code 1`, `was ended by SIGTERM`."""
    if code <= 128 or code > 128 + signal.NSIG:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(code - 128).name
    except ValueError:
        name = f"signal {code - 128}"
    return f"was ended by {name}{', often for lack of memory' if name == 'SIGKILL' else ''}"


def last_word(text: str) -> str:
    """Return the last line that names an error, as Python and other programs write it; empty where there is none."""
    lines = text.replace("\r", "\n").split("\n")
    word = next((line.strip() for line in reversed(lines) if _WORD.fullmatch(line.strip())), "")
    return plain(word)


def plain(words: str, longest: int = LONGEST) -> str:
    """Return the words on one line of at most `longest` characters, safe to stand between backquotes."""
    shown = " ".join(words.replace("`", "'").split())
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"
