"""Which lines of a comment are commands: the comment is read as Markdown, so code, quotes, HTML and links are not.

What is quoted or indented right under a command belongs to it."""

import itertools
import re
import textwrap

from markdown_it import MarkdownIt
from markdown_it.token import Token

_INDENTED = re.compile(r"(?: {2}|\t)\s*\S")
_QUOTE = re.compile(r" {0,3}> ?")
_MARGIN = re.compile(r" {4}|\t")
_COMMAND = re.compile(r" {0,3}/([A-Za-z][A-Za-z0-9-]*)(?=\s|$)")
# What phones and word processors make of quotes, dashes and spaces.
_TYPOGRAPHY = str.maketrans(
    {
        "\u201c": '"',
        "\u201d": '"',
        "\u2018": "'",
        "\u2019": "'",
        "\u2014": "--",
        "\u2013": "-",
        "\u00a0": " ",
        "\u202f": " ",
    }
)
_LONGEST = 20_000  # characters of a paragraph; links and emphasis take quadratic time to tell apart
_markdown = MarkdownIt("commonmark")
_blocks = MarkdownIt("commonmark").disable("inline")  # paragraphs, quotes, lists, code and HTML, not what is in them


class Line(str):
    """A line that is a command, and what is written under it."""

    under: str

    @classmethod
    def of(cls, text: str, under: str = "") -> "Line":
        line = cls(text)
        line.under = under
        return line


def command_lines(body: str) -> list[Line]:
    """Lines that begin with `/verb` in paragraphs of their own right, typography undone, in order."""
    body = body.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
    source = body.split("\n")
    lines: list[Line] = []
    is_last = False  # nothing but blank lines stands between the last command and what comes now
    for opening in _blocks.parse(body):
        # level 0: not inside a quote or a list
        if opening.level or opening.nesting < 0 or not opening.map:
            continue
        block = source[opening.map[0] : opening.map[1]]
        if opening.type == "paragraph_open":
            found = _commands(block)
            lines += [
                Line.of(block[start].strip().translate(_TYPOGRAPHY), _under(block[start + 1 :])) for start in found
            ]
            is_last = bool(found) and len(_indented(block[found[-1] + 1 :])) == len(block) - found[-1] - 1
            continue
        if is_last and opening.type in ("blockquote_open", "code_block"):
            pattern = _QUOTE if opening.type == "blockquote_open" else _MARGIN
            text = "\n".join(pattern.sub("", line, count=1) for line in block)
            lines[-1] = Line.of(lines[-1], "\n\n".join(filter(None, [lines[-1].under, _trimmed(text)])))
        is_last = False
    return lines


def _under(following: list[str]) -> str:
    """The text of the indented lines at the beginning."""
    return _trimmed(textwrap.dedent("\n".join(_indented(following))))


def _indented(following: list[str]) -> list[str]:
    return list(itertools.takewhile(lambda line: _INDENTED.match(line) and not _COMMAND.match(line), following))


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def _commands(paragraph: list[str]) -> list[int]:
    """Which lines of a paragraph begin with a verb and are no code, link or HTML."""
    last = max((number for number, line in enumerate(paragraph, 1) if _COMMAND.match(line)), default=0)
    if not last:
        return []
    written = paragraph
    if sum(map(len, written)) > _LONGEST:
        written = paragraph[:last]  # what follows the last candidate says little, and would cost much
    content = "\n".join(line.strip() for line in written)
    if len(content) > _LONGEST:
        return []
    plain = _begins_plainly(_markdown.parseInline(content)[0])
    if len(plain) != len(written):  # code, a link or HTML spans lines: nothing in there is a command
        return []
    return [number for number, line in enumerate(written) if plain[number] and _COMMAND.match(line)]


def verb_of(line: str) -> str:
    """`run` of `/run -S a=1`."""
    match = _COMMAND.match(line)
    return match.group(1).lower() if match else ""


def _begins_plainly(inline: Token) -> list[bool]:
    """For each line of a paragraph, whether it begins with plain text."""
    plain, depth, at_start = [], 0, True
    for child in inline.children or []:
        if child.type in ("softbreak", "hardbreak"):
            at_start = True
            continue
        if at_start:
            plain.append(child.type == "text" and depth == 0)
            at_start = False
        depth += child.nesting if child.type.startswith("link") else 0
    return plain
