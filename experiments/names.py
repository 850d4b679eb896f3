"""Names of experiments and branches: new ones as DVC makes them, and checks of those that people give."""

import re
from collections.abc import Callable, Collection, Iterable

MAX_NAME = 80  # characters
BEST, FAILED = "best", "failed"  # in `/apply best`, the best of a sweep; in `/retry failed`, all of it that failed

_TRIES = 100
_CHARACTERS = re.compile(r"[A-Za-z0-9._-]+")
_COMMIT = re.compile(r"[0-9a-f]{7,40}", re.IGNORECASE)


def new_name(taken: Collection[str], choose: Callable[[], str], members: int = 0) -> str:
    """Return a name that is not taken. For a sweep, none of the names of its `members` is taken either.

    `choose` returns a random name at each call: `dvc.repo.experiments.utils.gen_random_name` makes DVC's own
    `puffy-daks`. Where every one is taken, the last one gets a number: `puffy-daks-2`.
    """
    for _ in range(_TRIES):
        name = choose()
        if not clash(name, taken, members):
            return name
    number = 2
    while clash(f"{name}-{number}", taken, members):
        number += 1
    return f"{name}-{number}"


def clash(name: str, taken: Collection[str], members: int = 0) -> str:
    """Return the first name that is taken: the experiment's own, `slow`, or of a sweep, its members', `slow-1`. Empty
    where none is."""
    names = (name, *(f"{name}-{number}" for number in range(1, members + 1)))
    return next((each for each in names if each in taken), "")


def check_name(name: str) -> str:
    """Return what is wrong with the name of an experiment: a sentence, empty where it is good.

    The name becomes the last part of a Git ref and a word on DVC's command line.
    """
    if not name:
        return "The name is empty."
    if len(name) > MAX_NAME:
        return f"The name has {len(name)} characters; at most {MAX_NAME} are allowed."
    if not _CHARACTERS.fullmatch(name):
        strange = next(character for character in name if not _CHARACTERS.fullmatch(character))
        shown = repr(strange) if strange.isprintable() else f"the character U+{ord(strange):04X}"
        return f"The name holds {shown}; only ASCII letters, digits and . _ - are allowed."
    if name.startswith(("-", ".")):
        return "The name begins with a dash or a dot; begin it with a letter or a digit."
    if name.endswith((".", ".lock")) or ".." in name:
        return "The name ends with a dot or .lock, or holds two dots in a row; Git allows that in no ref."
    if _COMMIT.fullmatch(name):
        return "The name looks like a commit's hash; add a letter after f, or a dash."
    if name in (BEST, FAILED):
        return f"{name} has a meaning of its own in commands; choose another name."
    return ""


_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+#=@-]*")


def in_the_way(name: str, branches: Iterable[str]) -> str:
    """Return the branch that keeps Git from having one of this name, as `try` does for `try/wide`, and the other way
    round. Empty where there is none."""
    return next((each for each in branches if name.startswith(f"{each}/") or each.startswith(f"{name}/")), "")


def check_branch(name: str) -> str:
    """Return what is wrong with the name of a new branch: a sentence, empty where it is good.

    Git allows more names, most of which a shell, a link or a person would misread.
    """
    if len(name) > 200:
        return f"The branch's name has {len(name)} characters; at most 200 are allowed."
    if not _BRANCH.fullmatch(name):
        return "A branch's name begins with a letter or a digit and holds only these, and . _ - / + # = @."
    parts = name.split("/")
    wrong = any(not part or part.startswith(".") or part.endswith((".", ".lock")) for part in parts)
    if wrong or ".." in name or "@" in parts:
        return "Git allows no such branch: no part of it is empty, @, or begins or ends with a dot or .lock."
    if name == "HEAD" or name.startswith("refs/") or _COMMIT.fullmatch(name):
        return "That would be taken for something else: HEAD, a ref or a commit's hash."
    return ""
