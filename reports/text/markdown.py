"""The only place that writes Markdown: whatever a text holds, it is read as that text and does nothing."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlsplit

# A word joiner, seen by nobody and no place to break a line: between two characters it keeps GitHub from making a
# mention, reference or emoji of them. GitHub looks for those in the finished text, where a backslash protects nothing.
_GAP = "&#8288;"
_SPECIAL = re.compile(
    r"""
      ^(?P<item>\d{1,9})(?P<stop>[.)])             # a numbered list
    | (?P<start>^(?:[-+=/]|:(?=-)))                # lists, underlines of headings, tables, other bots' commands
    | (?P<hex>[0-9A-Fa-f]{7,})                     # commits
    | (?P<www>www(?=\.))                           # also in a_www.x: GitHub links it after an underscore
    | (?P<markup>[\\`*\[\]~|<>&]|(?<![^\W_])_|_(?![^\W_]))  # an underscore inside a word is no emphasis
    | (?P<hash>\#)                                 # headings, #1, owner/name#1
    | (?P<gap>@|/(?=/)|:(?=[\w/+-])|(?<=[A-Za-z])-(?=\d)|(?<=GHSA)-)  # mentions, emoji, https://, GH-1, JIRA-1
    | (?P<dollar>\$)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_UNSEEN = frozenset(
    {"Cc", "Cf", "Cs", "Co", "Cn"}
)  # control, format (bidi, zero width), surrogate, private, unassigned
_STACKED = frozenset({"Mn", "Me"})
_COLOURS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


def plain(text: object, limit: int = 500) -> str:
    """On one line, without anything invisible (it is shown as �), at most `limit` characters: cut in the middle."""
    return _shortened(_visible(" ".join(str(text).split())), limit)


def text(words: object, limit: int = 500) -> str:
    """Words as they are: no markup, HTML, mention, reference, emoji code, formula or link comes of them."""
    return _SPECIAL.sub(lambda match: _harmless(match, "<span>$</span>"), plain(words, limit))


def code(words: object, limit: int = 120) -> str:
    """Inline code with exactly these characters; line breaks and control characters are drawn, ␊ and ␛ say."""
    shown = _unmarked(_shortened(_visible(str(words)[: 4 * limit], pictures=True), limit)) or " "
    ticks = "`" * (_longest_run(shown) + 1)
    pad = " " if "`" in (shown[0], shown[-1]) or (shown[0] == shown[-1] == " " and shown.strip()) else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def sentence(words: str, limit: int = 1000) -> str:
    """One of our own sentences: what stands in backquotes becomes code, the rest `text`."""
    parts = _shortened(words, limit).split("`")
    if len(parts) % 2 == 0:  # a lone backquote opens nothing
        parts[-2:] = [f"{parts[-2]}`{parts[-1]}"]
    pieces = [code(part, limit) if index % 2 else _spaced(part, limit) for index, part in enumerate(parts) if part]
    return "".join(pieces).strip()


def points(said: Sequence[str], most: int, limit: int = 1000) -> str:
    """Our own sentences, a line each, `most` at most, and how many more there are."""
    lines = [f"- {sentence(each, limit)}" for each in said[:most]]
    lines += [f"- … {len(said) - most} more of this kind."] if len(said) > most else []
    return "\n".join(lines)


def cell(words: object, limit: int = 120) -> str:
    """`text` for a cell of a table."""
    return text(words, limit)


def table(header: Sequence[str], rows: Iterable[Sequence[str]], align: str = "") -> str:
    """Cells are Markdown already; `align` has one letter (l, r, c) for each column, left where there is none."""
    marks = {"l": ":--", "r": "--:", "c": ":-:"}
    lines = [header, [marks[letter] for letter in align.ljust(len(header), "l")], *rows]
    return "\n".join("| " + " | ".join(map(_in_cell, line)) + " |" for line in lines)


def fence(words: str, info: str = "") -> str:
    """A block of code, in a fence longer than any inside; colours of terminals are left out."""
    lines = [_visible(line, tabs=True) for line in _COLOURS.sub("", words).replace("\r\n", "\n").splitlines()]
    body = _unmarked("\n".join(lines))
    ticks = "`" * max(3, _longest_run(body) + 1)
    return f"{ticks}{info}\n{body}\n{ticks}"


def details(summary: str, body: str, folds: bool = True) -> str:
    """A part that is closed until somebody opens it, where the page has such. `summary` is plain text, `body` is
    Markdown."""
    if not folds:
        return f"**{text(summary)}**\n\n{body}"
    return f"<details>\n<summary>{text(summary)}</summary>\n\n{body}\n\n</details>"


def quotation(words: str, limit: int = 1000) -> str:
    """What somebody wrote, its lines kept, as `text`."""
    return "\n".join(f"> {text(line, limit)}".rstrip() for line in _shortened(words, limit).splitlines())


def link(label: str, url: str) -> str:
    """`label` is Markdown; an address that is not http(s) leaves only the label."""
    return f"[{label}]({_address(url)})" if _address(url) else label


def picture(alt: str, url: str) -> str:
    """A picture, or its description where the address is not http(s)."""
    described = _SPECIAL.sub(lambda match: _harmless(match, "&#36;"), plain(alt))
    return f"![{described}]({_address(url)})" if _address(url) else text(alt)


def image(alt: str, url: str, width: int) -> str:
    """A picture `width` pixels wide, narrower where the page is; its description where the address is not http(s).

    What could end the tag, or be read as Markdown, is an entity in the description.
    """
    described = re.sub(r"[^\w ,.:;()/+=%-]", lambda match: f"&#{ord(match[0])};", plain(alt))
    address = _address(url).replace("&", "&amp;").replace("'", "&#39;")
    return f'<img alt="{described}" src="{address}" width="{width}">' if address else text(alt)


def marker(name: str) -> str:
    """A line nobody sees, by which the comment is found again. Nothing else here can write one."""
    return f"<!-- studio:{re.sub(r'[^A-Za-z0-9:._]', '', name)} -->"


def _harmless(match: re.Match[str], dollar: str) -> str:
    kind, found = match.lastgroup, match[0]
    if kind == "stop":
        return f"{_apart(match['item'])}&#{ord(match['stop'])};"
    if kind == "hex":
        return _apart(found)
    if kind in ("hash", "start"):
        return f"&#{ord(found)};{_GAP}"
    if kind in ("gap", "www"):
        return found + _GAP
    # As GitHub's documentation tells: nothing but the tag stops its mathematics.
    return dollar if kind == "dollar" else f"&#{ord(found)};"


def _apart(digits: str) -> str:
    """GitHub links seven hexadecimal digits and more as a commit."""
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
        elif stacked <= 3:  # more of them climb over the lines above
            shown.append(char)
    return "".join(shown)


def _spaced(words: str, limit: int) -> str:
    """`text` that keeps one space at either end, for between two pieces of code."""
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
    """In code nothing can be written as an entity: a forged marker is broken by a character of no width."""
    return words.replace("<!--", "<!\u200b--")


def _in_cell(markdown: str) -> str:
    return " ".join(markdown.splitlines()).replace("|", "\\|")


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    return quote(url, safe=":/?#@!&'+,;=%~-._")
