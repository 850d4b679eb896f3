"""Finds the files that a stage's command may name: words of a shell, and modules that Python runs."""

import posixpath
import re
import shlex
from collections.abc import Iterator
from typing import Any

_LONGEST = 10_000  # characters of a command that are read
_BEGINS = "begins"
_MARKS = "();<>|&\n"  # characters that separate the words of a shell
_PYTHON = re.compile(r"(?:.*/)?python(?:\d+(?:\.\d+)?)?")
_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


def named(cmd: Any, folder: str) -> Iterator[str]:
    """Yield paths that the command may name; most of them are no files.

    `cmd` is a text, or a list of texts that each begin in `folder`.
    """
    for text in cmd if isinstance(cmd, list) else [cmd or ""]:
        yield from _of_shell(str(text)[:_LONGEST].replace("\\\n", " "), folder)


def _of_shell(text: str, folder: str) -> Iterator[str]:
    """Yield the names in one command line.

    `cd FOLDER` is followed until its subshell ends, but not into a folder that only the shell knows.
    """
    folders, state = [folder], _BEGINS
    for word in _tokens(text):
        if not word.strip(_MARKS):
            for mark in word:
                if mark == "(":
                    folders.append(folders[-1])
                elif mark == ")" and len(folders) > 1:
                    folders.pop()
            state = _BEGINS if word.strip("<>") else state
            continue
        if state == "cd" and _is_plain(word):
            folders[-1] = posixpath.normpath(posixpath.join(folders[-1], word))
        else:
            yield from (posixpath.normpath(posixpath.join(folders[-1], name)) for name in _names(word, state))
        state = _after(state, word)


def _after(state: str, word: str) -> str:
    """Return what a command's words so far mean for the next one.

    `begins`: it is the first; `cd`: a folder; `python`: an option or a program; `-m`: a module; empty: nothing special.
    """
    if state == "python" and word.startswith("-"):
        return "-m" if word == "-m" else "python"
    if state in (_BEGINS, "") and _PYTHON.fullmatch(word):
        return "python"
    return "cd" if state == _BEGINS and word == "cd" else ""


def _names(word: str, state: str) -> Iterator[str]:
    """Yield what a word may name: itself, what follows its `=`, or the file of a module."""
    if state == "-m" and _MODULE.fullmatch(word):
        module = word.replace(".", "/")
        yield from (f"{module}.py", f"{module}/__main__.py")
    yield from (each for each in (word, word.partition("=")[2]) if each and "\0" not in each)


def _is_plain(word: str) -> bool:
    return bool(word) and not word.startswith(("-", "~")) and not any(mark in word for mark in "$`*?[")


def _tokens(text: str) -> list[str]:
    """Split the text as a shell does."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=_MARKS)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t\r", True, ""
    try:
        return list(lexer)
    except ValueError:  # a quotation mark is not closed
        return text.split()
