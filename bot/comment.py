"""Which lines of a comment are commands: the comment is read as Markdown, so code, quotes, HTML and links are not."""

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

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


def command_lines(body: str) -> list[str]:
    """Lines that begin with `/verb` in paragraphs of their own right, typography undone, in order."""
    body = body.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
    source = body.split("\n")
    lines: list[str] = []
    for opening in _blocks.parse(body):
        # level 0: not inside a quote or a list
        if opening.type == "paragraph_open" and opening.level == 0 and opening.map:
            lines += _commands(source[opening.map[0] : opening.map[1]])
    return [line.strip().translate(_TYPOGRAPHY) for line in lines]


def _commands(paragraph: list[str]) -> list[str]:
    """Those lines of a paragraph that begin with a verb and are no code, link or HTML."""
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
    return [line for line, is_plain in zip(written, plain, strict=True) if is_plain and _COMMAND.match(line)]


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
