"""Shows what programs print as a terminal would: progress bars overwrite themselves, and colours are dropped."""

import re

ROWS = 10  # rows that can still change: progress bars below each other move up to overwrite themselves
WIDEST = 16_384  # characters of a row; a longer one continues in the next
_TOKEN = re.compile(
    r"""
      (?P<text>[^\x00-\x08\x0a-\x1f\x7f-\x9f]+)
    | \x1b\[(?P<numbers>[0-?]*)[ -/]*(?P<order>[@-~])          # moves and erases; colours
    | \x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)                      # titles of windows, links
    | \x1b[PX^_][^\x1b\n]*\x1b\\
    | \x1b[ -/]*[0-Z\\`-~]
    | (?P<control>[\x00-\x1f\x7f-\x9f])
    """,
    re.VERBOSE,
)
# A sequence that is cut at the end of a piece: its rest may come with the next one.
_UNFINISHED = re.compile(
    r"\x1b(?:\[[0-?]{0,60}[ -/]{0,4}|\][^\x07\x1b\n]{0,200}\x1b?|[PX^_][^\x1b\n]{0,200}\x1b?|[ -/]{0,4})\Z"
)
_LONGEST = 210  # characters of such a cut sequence


class Terminal:
    """A few rows and a cursor. A row that scrolls out at the top is final."""

    def __init__(self) -> None:
        self._rows = [""]
        self._row = self._column = 0
        self._held = ""
        self._left: list[str] = []

    def feed(self, text: str) -> list[str]:
        """Print text and return the lines that cannot change any more."""
        text = self._held + text
        start = max(0, len(text) - _LONGEST)
        unfinished = _UNFINISHED.search(text, start)
        cut = unfinished.start() if unfinished else len(text)
        text, self._held = text[:cut], text[cut:]
        for token in _TOKEN.finditer(text):
            if token["text"]:
                self._write(token["text"])
            elif token["order"]:
                self._obey(token["order"], token["numbers"])
            elif token["control"]:
                self._control(token["control"])
        return self._leave()

    def fresh(self) -> list[str]:
        """Move the cursor below everything that is shown."""
        self._row = len(self._rows) - 1
        if self._rows[-1]:
            self._newline()
        self._column = 0
        return self._leave()

    def close(self) -> list[str]:
        """Return all lines that are left: nothing more is printed."""
        return [*self._leave(), *self.shown]

    @property
    def shown(self) -> list[str]:
        """The rows that can still change, without an empty last one."""
        rows = [row.rstrip() for row in self._rows]
        return rows if rows[-1] else rows[:-1]

    def _leave(self) -> list[str]:
        left, self._left = self._left, []
        return left

    def _write(self, text: str) -> None:
        while text:
            left = WIDEST - self._column
            piece, text = text[:left], text[left:]
            row = self._rows[self._row]
            end = self._column + len(piece)
            kept = row if self._column == len(row) else row[: self._column].ljust(self._column)
            self._rows[self._row] = kept + piece + row[end:]
            self._column = end
            if text:
                self._newline()

    def _newline(self) -> None:
        self._row, self._column = self._row + 1, 0
        if self._row == len(self._rows):
            self._rows.append("")
        if len(self._rows) > ROWS:
            self._left.append(self._rows.pop(0).rstrip())
            self._row -= 1

    def _control(self, control: str) -> None:
        if control == "\n":
            self._newline()
        elif control == "\r":
            self._column = 0
        elif control == "\b":
            self._column = max(0, self._column - 1)

    def _obey(self, order: str, numbers: str) -> None:
        first = re.match(r"\d{1,5}", numbers)
        number = int(first[0]) if first else 0
        steps, row = max(1, number), self._rows[self._row]
        match order:
            case "A" | "F":
                self._row = max(0, self._row - steps)
            case "B" | "E":
                self._row = min(len(self._rows) - 1, self._row + steps)
            case "C":
                self._column = min(WIDEST - 1, self._column + steps)
            case "D":
                self._column = max(0, self._column - steps)
            case "G":
                self._column = min(WIDEST, steps) - 1
            case "K":
                before, after = row[: self._column], row[self._column :]
                self._rows[self._row] = "" if number == 2 else before if number == 0 else " " * len(before) + after
            case "J" if number == 0:
                self._rows[self._row] = row[: self._column]
                del self._rows[self._row + 1 :]
        if order in "EF":
            self._column = 0
