"""The only place that writes Markdown. Whatever a foreign text holds is shown as that text, and has no effect."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlsplit

from experiments.hosts import HOSTS, Host

# A word joiner is invisible and does not break a line. Between two characters it keeps a host from making a mention,
# reference or emoji of them. GitHub looks for those in the finished text, where a backslash does not help.
_GAP = "&#8288;"
_MARKUP = "\\`*[]~|<>&#"


def special(hosts: Iterable[Host]) -> re.Pattern[str]:
    """Return a pattern of what would have an effect in plain text, in Markdown or on any of these hosts."""
    return re.compile(
        rf"""
          ^(?P<item>\d{{1,9}})(?P<stop>[.)])             # a numbered list
        | (?P<start>^(?:[-+=/]|:(?=-)))                # lists, underlines of headings, tables, other bots' commands
        | (?P<hex>[0-9A-Fa-f]{{7,}})                     # commits
        | (?P<www>www(?=\.))                           # also in a_www.x: GitHub links it after an underscore
        | (?P<gap>/(?=/)|:(?=/))                       # https://
        | (?P<reference>{"|".join(each.references for each in hosts)})
        | (?P<markup>[{re.escape(_MARKUP)}]|(?<![^\W_])_|_(?![^\W_]))  # an underscore inside a word is no emphasis
        | (?P<dollar>\$)
        """,
        re.VERBOSE | re.IGNORECASE,
    )


_SPECIAL = special(HOSTS)  # a gap that another host would not need is not seen
_UNSEEN = frozenset(
    {"Cc", "Cf", "Cs", "Co", "Cn"}
)  # control, format (bidi, zero width), surrogate, private, unassigned
_STACKED = frozenset({"Mn", "Me"})
_COLOURS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


def plain(text: object, limit: int = 500) -> str:
    """Return a text on one line of at most `limit` characters. Invisible characters become �, and a long text is cut in
    the middle."""
    return _shortened(_visible(" ".join(str(text).split())), limit)


def text(words: object, limit: int = 500, pattern: re.Pattern[str] = _SPECIAL) -> str:
    """Return words as plain Markdown text: no markup, HTML, mention, reference, emoji, formula or link comes of
    them. `pattern` is of what is `special`."""
    return pattern.sub(lambda match: _harmless(match, "<span>$</span>"), plain(words, limit))


def code(words: object, limit: int = 120) -> str:
    """Return words as inline code. Line breaks and control characters are drawn: ␊, ␛."""
    shown = _unmarked(_shortened(_visible(str(words)[: 4 * limit], pictures=True), limit)) or " "
    ticks = "`" * (_longest_run(shown) + 1)
    pad = " " if "`" in (shown[0], shown[-1]) or (shown[0] == shown[-1] == " " and shown.strip()) else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def sentence(words: str, limit: int = 1000) -> str:
    """Return a sentence of our own as Markdown: what is in backquotes becomes code, and the rest `text`."""
    parts = _shortened(words, limit).split("`")
    if len(parts) % 2 == 0:  # a single backquote opens nothing
        parts[-2:] = [f"{parts[-2]}`{parts[-1]}"]
    pieces = [code(part, limit) if index % 2 else _spaced(part, limit) for index, part in enumerate(parts) if part]
    return "".join(pieces).strip()


def points(sentences: Sequence[str], most: int, limit: int = 1000) -> str:
    """Return at most `most` sentences of our own, a line each, and the number of others."""
    lines = [f"- {sentence(each, limit)}" for each in sentences[:most]]
    lines += [f"- … {len(sentences) - most} more of this kind."] if len(sentences) > most else []
    return "\n".join(lines)


def cell(words: object, limit: int = 120) -> str:
    """Return words as `text` for the cell of a table."""
    return text(words, limit)


def table(header: Sequence[str], rows: Iterable[Sequence[str]], align: str = "") -> str:
    """Return a table. Cells are Markdown already. `align` has a letter (l, r, c) for each column; the default is l."""
    marks = {"l": ":--", "r": "--:", "c": ":-:"}
    lines = [header, [marks[letter] for letter in align.ljust(len(header), "l")], *rows]
    return "\n".join("| " + " | ".join(map(_in_cell, line)) + " |" for line in lines)


def fence(words: str, info: str = "") -> str:
    """Return a block of code in a fence longer than any inside. Colour codes of terminals are left out."""
    lines = [_visible(line, tabs=True) for line in _COLOURS.sub("", words).replace("\r\n", "\n").splitlines()]
    body = _unmarked("\n".join(lines))
    ticks = "`" * max(3, _longest_run(body) + 1)
    return f"{ticks}{info}\n{body}\n{ticks}"


def details(summary: str, body: str, folds: bool = True) -> str:
    """Return a part that readers can open, where the host has such. `summary` is plain text, `body` is Markdown."""
    if not folds:
        return f"**{text(summary)}**\n\n{body}"
    return f"<details>\n<summary>{text(summary)}</summary>\n\n{body}\n\n</details>"


def quotation(words: str, limit: int = 1000) -> str:
    """Return foreign words as a quotation, with their lines kept, as `text`."""
    return "\n".join(f"> {text(line, limit)}".rstrip() for line in _shortened(words, limit).splitlines())


def link(label: str, url: str) -> str:
    """Return a link. `label` is Markdown. Only the label is returned where the address is not http(s)."""
    return f"[{label}]({_address(url)})" if _address(url) else label


def picture(alt: str, url: str) -> str:
    """Return a picture. Its description is returned where the address is not http(s)."""
    described = _SPECIAL.sub(lambda match: _harmless(match, "&#36;"), plain(alt))
    return f"![{described}]({_address(url)})" if _address(url) else text(alt)


def image(alt: str, url: str, width: int) -> str:
    """Return a picture `width` pixels wide, which shrinks to the page. Its description is returned where the address is
    not http(s).

    Characters of the description that could end the tag or be read as Markdown become entities.
    """
    described = re.sub(r"[^\w ,.:;()/+=%-]", lambda match: f"&#{ord(match[0])};", plain(alt))
    address = _address(url).replace("&", "&amp;").replace("'", "&#39;")
    return f'<img alt="{described}" src="{address}" width="{width}">' if address else text(alt)


def marker(name: str) -> str:
    """Return a hidden line by which a comment is found again. Nothing else here can write one."""
    return f"<!-- studio:{re.sub(r'[^A-Za-z0-9:._]', '', name)} -->"


def _harmless(match: re.Match[str], dollar: str) -> str:
    kind, found = match.lastgroup, match[0]
    if kind == "stop":
        return f"{_apart(match['item'])}&#{ord(match['stop'])};"
    if kind == "hex":
        return _apart(found)
    if kind == "start" or (kind == "reference" and found in _MARKUP):
        return f"&#{ord(found)};{_GAP}"
    if kind in ("gap", "reference", "www"):
        return found + _GAP
    # By GitHub's documentation, only this tag keeps it from reading a formula.
    return dollar if kind == "dollar" else f"&#{ord(found)};"


def _apart(digits: str) -> str:
    """Return digits with gaps: GitHub links seven hexadecimal digits or more as a commit."""
    return _GAP.join(digits[start : start + 6] for start in range(0, len(digits), 6))


def _visible(words: str, pictures: bool = False, tabs: bool = False) -> str:
    shown, stacked = [], 0
    for char in words:
        category = unicodedata.category(char)
        stacked = stacked + 1 if category in _STACKED else 0
        if category in _UNSEEN or category in ("Zl", "Zp"):
            if tabs and char == "\t":
                shown.append(char)
            elif pictures and char < " ":
                shown.append(chr(0x2400 + ord(char)))
            else:
                shown.append("�")
        elif stacked <= 3:  # more of them would cover the lines above
            shown.append(char)
    return "".join(shown)


def _spaced(words: str, limit: int) -> str:
    """Return `text` that keeps a space at either end, for use between two pieces of code."""
    before, after = words[:1].isspace(), words[-1:].isspace()
    return f"{' ' * before}{text(words, limit)}{' ' * after}" if words.strip() else " "


def _shortened(words: str, limit: int) -> str:
    if len(words) <= limit:
        return words
    head = (limit - 1) * 2 // 3
    return f"{words[:head]}…{words[len(words) - (limit - 1 - head) :]}"


def _longest_run(words: str) -> int:
    return max((len(run) for run in re.findall("`+", words)), default=0)


def _unmarked(words: str) -> str:
    """Return code in which a zero-width character breaks a forged marker, since code can't hold entities."""
    return words.replace("<!--", "<!\u200b--")


def _in_cell(markdown: str) -> str:
    return " ".join(markdown.splitlines()).replace("|", "\\|")


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    return quote(url, safe=":/?#@!&'+,;=%~-._")
