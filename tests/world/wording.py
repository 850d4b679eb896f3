"""Whole comments, to be pinned in tests: `assert settled(pull.reply) == snapshot(…)`.

`.venv/bin/python -m pytest -n 0 --inline-snapshot=fix FILE` writes the new words into the test, where the diff shows
them.
"""

import re

_OF_ONE_TIME = (
    (re.compile(r"http://127\.0\.0\.1:\d+"), "https://github.example"),
    (re.compile(r"\b[0-9a-f]{40}\b"), "<SHA>"),
    (re.compile(r"`[0-9a-f]{7}`"), "`<SHA>`"),
    (re.compile(r"/(plots|pages)/[\w-]+"), r"/\1/<NAME>"),
    (re.compile(r"\b\d+(?:\.\d+)? (?:ms|s)\b|\bless than a second\b"), "<TIME>"),
    (re.compile(r"<!-- studio:(\w+):[\w:]+ -->"), r"<!-- studio:\1:<ID> -->"),
    (re.compile(r"#issuecomment-\d+"), "#issuecomment-<ID>"),
)


def settled(comment: str) -> str:
    """Return the comment with a placeholder for what differs each time: addresses, SHAs, seconds and ids."""
    for found, placeholder in _OF_ONE_TIME:
        comment = found.sub(placeholder, comment)
    return comment
