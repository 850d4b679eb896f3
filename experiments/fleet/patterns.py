"""Patterns of repositories, as the operator writes them."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

EVERY = "*"


def matches(patterns: Iterable[str], full_name: str) -> bool:
    """Return whether a pattern matches the repository `owner/name`, ignoring case as hosts do.

    A pattern is compared part by part, so that `*` never matches a slash: `*/models` does not let in
    `group/other/models`. `*` alone matches every repository.
    """
    parts = full_name.lower().split("/")
    return any(pattern == EVERY or _alike(pattern.lower().split("/"), parts) for pattern in patterns)


def _alike(pattern: list[str], parts: list[str]) -> bool:
    return len(pattern) == len(parts) and all(map(fnmatchcase, parts, pattern))
