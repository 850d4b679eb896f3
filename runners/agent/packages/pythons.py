"""Chooses the Python of an environment: the one that the project asks for, where the machine has it."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDERS = (Path("/usr/local/bin"), Path("/usr/bin"))  # rooms show the programs in these
VERSION = re.compile(r"Python (\d+)\.(\d+)\.(\d+)")
PART = re.compile(r"(===?|~=|!=|>=|<=|>|<)?\s*(\d{1,9}(?:\.\d{1,9})*)(\.\*)?")


@dataclass(frozen=True)
class Python:
    """An interpreter of this machine."""

    path: Path
    version: tuple[int, int, int]

    @property
    def number(self) -> str:
        """The version as text: `3.11.7`."""
        return ".".join(map(str, self.version))


def ours() -> Python:
    """Return the interpreter on which our own environment is built."""
    python = Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")
    return Python(python if python.exists() else Path(sys.executable), sys.version_info[:3])


def choose(asked: str, run: Callable[[Path], str], folders: Sequence[Path] = FOLDERS) -> Python | None:
    """Return an interpreter whose version fits what is asked for, such as `>=3.10,<3.13`.

    That is ours where it fits, or where nothing is asked for; else the newest in `folders` that fits; else None. `run`
    returns what a program prints as its version.
    """
    mine = ours()
    if fits(asked, mine.version):
        return mine
    found = [each for path in _others(folders) if (each := _probed(path, run)) and fits(asked, each.version)]
    return max(found, key=lambda each: each.version, default=None)


def fits(asked: str, version: tuple[int, int, int]) -> bool:
    """Return whether a version meets a PEP 440 specifier. Parts that are not PEP 440 are ignored."""
    for part in filter(None, (each.strip() for each in asked.split(","))):
        found = PART.fullmatch(part)
        if found is None:
            continue
        sign, numbers, star = found[1] or "==", tuple(map(int, found[2].split("."))), bool(found[3])
        padded = (*numbers, 0, 0)[:3]
        begins = version[: len(numbers)] == numbers
        holds = {
            "==": begins if star or len(numbers) < 3 else version == padded,
            "===": version == padded,
            "!=": not (begins if star else version == padded),
            ">=": version >= padded,
            "<=": version <= padded,
            ">": version > padded,
            "<": version < padded,
            "~=": version >= padded and version[: len(numbers) - 1] == numbers[:-1],
        }[sign]
        if not holds:
            return False
    return True


def _others(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(path for path in folder.glob("python3.*") if re.fullmatch(r"python3\.\d+", path.name))


def _probed(path: Path, run: Callable[[Path], str]) -> Python | None:
    found = VERSION.search(run(path))
    return Python(path, (int(found[1]), int(found[2]), int(found[3]))) if found else None
