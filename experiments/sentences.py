"""Foreign words inside our own sentences: quoted so that a reader sees where they begin and end."""

from collections.abc import Iterable

from experiments.nearest import nearest


def quoted(word: object, limit: int = 80) -> str:
    """In backquotes, of which it then holds no others, on one line and at most `limit` characters long."""
    text = " ".join(str(word).replace("`", "'").split())
    return f"`{text if len(text) <= limit else text[: limit - 1] + '…'}`"


def meant(word: str, known: Iterable[str]) -> str:
    """`did you mean …?` with the nearest known word, else all there are: the end of a sentence about an unknown one."""
    known = list(known)
    near = nearest(word, known, 1)
    if near:
        return f"did you mean {quoted(near[0])}?"
    shown = ", ".join(quoted(each) for each in known[:10])
    return f"there are {shown}{' and others' if len(known) > 10 else ''}." if known else "there is none."
