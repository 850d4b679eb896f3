"""Collects sentences about what could not be read: each once, short, and without this machine's folders."""

from pathlib import Path

from experiments.readiness.prerequisites import UnmergedFile
from services.dvc.extract.documents import Conflicted, Unreadable

LENGTH = 400  # characters of a sentence
COUNT = 50  # sentences


class ProblemList:
    """The sentences of one reading. The snapshot keeps `told` and `conflicts`."""

    def __init__(self, *roots: Path) -> None:
        self._roots = [str(root) for root in roots]  # innermost first
        self._sentences: dict[str, None] = {}
        self.conflicts: list[UnmergedFile] = []

    def unread(self, path: str | Path, why: Unreadable) -> None:
        """Keep why a file was left out. `path` is in the project, or a path from its root."""
        if not isinstance(why, Conflicted):
            self.add(f"{path} was left out: {why}.")
            return
        name = self._shortened(str(path))
        if all(each.path != name for each in self.conflicts):
            self.conflicts.append(UnmergedFile(name, why.line))
            self.add(self.conflicts[-1].sentence)

    def add(self, sentence: str) -> str:
        """Keep a sentence once, and return it as it is kept."""
        text = " ".join(self._shortened(sentence).split())
        text = text if len(text) <= LENGTH else text[: LENGTH - 1] + "…"
        self._sentences[text] = None
        return text

    def _shortened(self, text: str) -> str:
        for root in self._roots:
            text = text.replace(f"{root}/", "").replace(root, ".")
        return text

    @property
    def told(self) -> tuple[str, ...]:
        """At most COUNT sentences, and one more that says how many others there are."""
        sentences = tuple(self._sentences)
        if len(sentences) <= COUNT:
            return sentences
        return (*sentences[:COUNT], f"And {len(sentences) - COUNT} more problems of this kind.")
