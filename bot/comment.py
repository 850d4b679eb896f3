"""Which lines of a comment are commands. It is read as Markdown: code, quotes, HTML and links hold no commands.

A quote or indented text right under a command belongs to it.
"""

import itertools
import re
import textwrap
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.typography import UNSEEN, plain, revealed

_INDENTED = re.compile(r"(?: {2}|\t)\s*\S")
_QUOTE = re.compile(r" {0,3}> ?")
_MARGIN = re.compile(r" {4}|\t")
_COMMAND = re.compile(rf" {{0,3}}/([A-Za-z][A-Za-z0-9-]*)(?=[\s{UNSEEN}]|$)")
_OPTION = re.compile(r"-{1,2}[A-Za-z][\w-]*(?=[\s=]|$)|-[A-Za-z][^\s=]*=")  # an option, known or not; no list's dash
# What nobody writes but as an option, nor as the name under a letter. With a space in it a list's dash took its place.
_SURELY = re.compile(r"--[a-z][a-z-]*(?=[\s=]|$)|-[A-Za-z](?=[\s=]|$)|-[A-Za-z][^\s=]*=|- [A-Za-z] \S+=")
_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)]) +(?=\W)")  # a list's mark before an option
_FENCE = re.compile(r" {0,3}(?:`{3,}|~{3,})")
_LONGEST = 20_000  # characters of a paragraph; links and emphasis take quadratic time to tell apart
_MOST = 500  # lines that look like commands
_markdown = MarkdownIt("commonmark")
_blocks = MarkdownIt("commonmark").disable("inline")  # paragraphs, quotes, lists, code and HTML, not what is in them


class CommandLine(str):
    """A command as one line, with the text under it."""

    under: str
    apart: str  # options below that may or may not belong to it

    @classmethod
    def of(cls, text: str, under: str = "", apart: str = "") -> "CommandLine":
        line = cls(text)
        line.under, line.apart = under, apart
        return line


def command_lines(body: str) -> Iterator[CommandLine]:
    """Yield the lines of top-level paragraphs that begin with `/verb`, in order, with typography undone.

    Lines of its paragraph that begin with an option belong to a command, and so does a line after a backslash.
    """
    body = body.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
    source = body.split("\n")
    if len(seeming := [number for number, each in enumerate(source) if _COMMAND.match(revealed(each))]) > _MOST:
        source = source[: seeming[_MOST]]  # nobody takes so many, and the time to read them is the sender's to choose
    line: CommandLine | None = None  # the last command, while more may belong to it
    is_last = False  # only blank lines are between the last command and this block
    for opening in _blocks.parse("\n".join(source)):
        # level 0: not inside a quote or a list
        if opening.level or opening.nesting < 0 or not opening.map:
            continue
        block = source[opening.map[0] : opening.map[1]]
        found = _commands(block) if opening.type == "paragraph_open" else []
        if found or not is_last:
            if line is not None:
                yield line
            line = None
        for start, end in itertools.pairwise([*found, len(block)] if found else []):
            if line is not None:
                yield line
            text, rest = _joined(block[start:end])
            line, is_last = CommandLine.of(text, _under(rest)), len(_indented(rest)) == len(rest)
        if line is None or found:
            continue
        if apart := _apart(block, opening.type):
            line = CommandLine.of(line, line.under, apart)
        elif opening.type in ("blockquote_open", "code_block"):
            pattern = _QUOTE if opening.type == "blockquote_open" else _MARGIN
            text = "\n".join(pattern.sub("", each, count=1) for each in block)
            line = CommandLine.of(line, "\n\n".join(filter(None, [line.under, _trimmed(text)])))
        is_last = False
    if line is not None:
        yield line


def prose_lines(body: str) -> Iterator[str]:
    """Yield the lines of top-level paragraphs that begin with plain text: no quote, list, code, HTML or link."""
    source = body.split("\n")[:_MOST]
    for opening in _blocks.parse("\n".join(source)):
        if opening.level == 0 and opening.type == "paragraph_open" and opening.map:
            paragraph = [each.strip() for each in source[opening.map[0] : opening.map[1]]]
            content = "\n".join(paragraph)
            begins = _begins_plainly(_markdown.parseInline(content)[0]) if len(content) <= _LONGEST else []
            if len(begins) == len(paragraph):
                yield from itertools.compress(paragraph, begins)


def _joined(written: list[str]) -> tuple[str, list[str]]:
    """Return a command with its options as one line, and the other lines below it."""
    words, rest = [plain(written[0])], list[str]()
    for line in written[1:]:
        text = plain(line)
        if words[-1].endswith("\\") or _OPTION.match(text):
            words.append(text)
        else:
            rest.append(line)
    return " ".join(filter(None, (each.removesuffix("\\").rstrip() for each in words))), rest


def _apart(block: list[str], kind: str) -> str:
    """Return the options at the beginning of a block as one line.

    Return an empty string for other blocks, and for a quote, which is always text.
    """
    if kind == "paragraph_open":
        options = list(itertools.takewhile(_SURELY.match, map(plain, block)))
    elif kind in ("bullet_list_open", "ordered_list_open", "code_block", "fence"):
        inside = [line for line in block if line.strip() and not _FENCE.match(line)]
        options = [plain(line if _SURELY.match(plain(line)) else _ITEM.sub("", line, count=1)) for line in inside]
        options = options if all(map(_SURELY.match, options)) else []
    else:
        options = []
    return " ".join("-" + each[2:] if each.startswith("- ") else each for each in options)


def _under(following: list[str]) -> str:
    """Return the text of the indented lines at the beginning."""
    return _trimmed(textwrap.dedent("\n".join(_indented(following))))


def _indented(following: list[str]) -> list[str]:
    return list(itertools.takewhile(_INDENTED.match, following))


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def _commands(paragraph: list[str]) -> list[int]:
    """Return the numbers of a paragraph's lines that begin with a verb and are no code, link or HTML."""
    candidates = [number for number, line in enumerate(paragraph) if _COMMAND.match(revealed(line))]
    if not candidates:
        return []
    last, written = candidates[-1] + 1, paragraph
    if sum(map(len, written)) > _LONGEST:
        written = paragraph[:last]  # what follows the last candidate says little, and would cost much
    content = "\n".join(line.strip() for line in written)
    if len(content) > _LONGEST:
        return []
    begins = _begins_plainly(_markdown.parseInline(content)[0])
    if len(begins) != len(written):  # code, a link or HTML spans lines: nothing in there is a command
        return []
    return [number for number in candidates if begins[number]]


def verb_of(line: str) -> str:
    """Return the verb of a line, `run` of `/run -S a=1`; empty without one."""
    match = _COMMAND.match(line)
    return match.group(1).lower() if match else ""


def _begins_plainly(inline: Token) -> list[bool]:
    """Return for each line of a paragraph whether it begins with plain text."""
    begins, depth, at_start = [], 0, True
    for child in inline.children or []:
        if child.type in ("softbreak", "hardbreak"):
            at_start = True
            continue
        if at_start:
            begins.append(child.type == "text" and depth == 0)
            at_start = False
        depth += child.nesting if child.type.startswith("link") else 0
    return begins
