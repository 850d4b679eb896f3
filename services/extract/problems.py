"""Sentences about what could not be read: each once, short, without this machine's folders."""

from pathlib import Path

LENGTH = 400  # characters of a sentence
COUNT = 50  # sentences


class Problems:
    """Collects sentences; `told` is what the snapshot keeps."""

    def __init__(self, *roots: Path) -> None:
        self._roots = [str(root) for root in roots]  # the innermost first
        self._sentences: dict[str, None] = {}

    def add(self, sentence: str) -> None:
        """Keep a sentence, unless it was said already."""
        for root in self._roots:
            sentence = sentence.replace(f"{root}/", "").replace(root, ".")
        text = " ".join(sentence.split())
        self._sentences[text if len(text) <= LENGTH else text[: LENGTH - 1] + "…"] = None

    @property
    def told(self) -> tuple[str, ...]:
        """At most COUNT sentences, and one that counts the rest."""
        sentences = tuple(self._sentences)
        if len(sentences) <= COUNT:
            return sentences
        return (*sentences[:COUNT], f"And {len(sentences) - COUNT} more problems of this kind.")
