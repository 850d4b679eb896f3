"""Lines meant as commands that the parser does not accept: `/ run`, `please /run`, `@the-bot run`."""

import re
from collections.abc import Iterable

from bot.comment import prose_lines
from bot.typography import UNSEEN, plain

# Words in front of a command that make it a wish. Any other makes the line a sentence about commands.
POLITE = """
please pls plz kindly hey hi hello ok okay now and then so let lets let's us do go try can could would you we
bot again just
"""
_POLITE = frozenset(POLITE.split())
_MOST_WORDS = 5  # in front of a command
_LONGEST = 300  # characters of a line that is shown again
_SLASHES = "/\\\\\uff0f\u2044\u2215"
_APART = re.compile(rf"(?:[{_SLASHES}]\s+|[{_SLASHES[1:]}])([A-Za-z][A-Za-z-]*)(?=\s|$)")  # `/ run`, `\run`
_MENTION = re.compile(r"@([A-Za-z0-9-]{1,60})(?:\[bot\])?[,:]?(?=\s|$)")
_VERB = re.compile(r"/?\s*([A-Za-z][A-Za-z-]*)(?=\s|$)")
# What any such line has: the door asks this of every comment, before anything is stored.
# What is before its first word stays on its line: from the beginning of each of many empty lines, it would be the rest.
MAYBE = re.compile(
    rf"^(?:[^\S\n]|[{UNSEEN}])*+"
    rf"(?:[{_SLASHES}]|@[A-Za-z0-9]|(?:[A-Za-z',.!:@-]+[\s{UNSEEN}]+){{1,{_MOST_WORDS}}}/[A-Za-z])",
    re.M,
)


def mentions(body: str) -> bool:
    """Return whether a line begins with somebody's name, which may be the bot's."""
    return any(_MENTION.match(plain(line)) for line in prose_lines(body))


def missed(body: str, verbs: Iterable[str], login: str) -> str | None:
    """Return the first such line as it should have been typed.

    Return an empty string where somebody addresses the bot in other words, None where nobody does. `login`: the bot's
    own, without `[bot]`; empty where no line begins with a name.
    """
    known = frozenset(verbs)
    for line in map(plain, prose_lines(body)):
        found = _meant(line, known, login)
        if found is not None:
            return found if len(found) <= _LONGEST else ""
    return None


def _meant(line: str, verbs: frozenset[str], login: str) -> str | None:
    apart = _APART.match(line)
    if apart and apart[1].lower() in verbs:
        return f"/{line[apart.start(1) :]}"
    mention = _MENTION.match(line)
    spoken_to = bool(mention and login and mention[1].lower() == login.lower())
    rest = line[mention.end() :].strip() if mention and spoken_to else line
    words = rest.split()
    for count in range(min(len(words), _MOST_WORDS + 1)):
        verb = _VERB.match(words[count])
        if verb and verb[1].lower() in verbs and (words[count].startswith("/") or spoken_to):
            return "/" + " ".join([words[count].removeprefix("/"), *words[count + 1 :]]) if count or spoken_to else None
        if words[count].strip(",.!:").lower() not in _POLITE:
            break
    return "" if spoken_to else None
