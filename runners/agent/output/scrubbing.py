"""Removes secrets from a text that comes in pieces, also where a piece ends within a secret."""

import re
from collections.abc import Iterator, Sequence

HIDDEN = "***"


class Scrubber:
    """Holds back the end of a piece while it could be the beginning of a secret."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = sorted(filter(None, secrets), key=len, reverse=True)  # one may begin another
        self._pattern = re.compile("|".join(map(re.escape, self._secrets))) if self._secrets else None
        self._held = ""

    def whole(self, text: str) -> str:
        """Return a complete text without secrets."""
        return self._pattern.sub(HIDDEN, text) if self._pattern else text

    def feed(self, piece: str) -> str:
        """Add a piece and return what can be shown by now."""
        text = self._held + piece
        found = list(self._pattern.finditer(text)) if self._pattern else []
        cut = min((s for s in self._beginnings(text) if not any(m.start() < s < m.end() for m in found)), default=None)
        cut = len(text) if cut is None else cut
        shown, at = [], 0
        for match in found:
            if match.start() < cut:
                shown += [text[at : match.start()], HIDDEN]
                at = match.end()
        shown.append(text[at:cut])
        self._held = text[cut:]
        return "".join(shown)

    def close(self) -> str:
        """Return the rest: no more pieces come."""
        rest, self._held = self.whole(self._held), ""
        return rest

    def _beginnings(self, text: str) -> Iterator[int]:
        """Yield each position from which the rest of the text is the beginning of a secret."""
        last = text[-1:]
        for secret in self._secrets if last else ():
            length = secret.find(last) + 1
            while 0 < length < len(secret):
                if text.endswith(secret[:length]):
                    yield len(text) - length
                length = secret.find(last, length) + 1
