"""Draw tars that no agent writes: entries of any kind with any name and header, and some bytes of them changed."""

import tarfile
from dataclasses import dataclass
from typing import Literal

from hypothesis import strategies as st

from tests.fuzz.words import written

NAMES = st.sampled_from(
    [
        "plots/a.csv",
        "plots/b/c.csv",
        "m.json",
        "model.bin",
        "plots",
        "plots/",
        "./m.json",
        "plots//a.csv",
        "plots/../m.json",
        "../outside/planted",
        "../../outside/planted",
        "/tmp/planted",
        "plots/../../outside/planted",
        ".git/config",
        "plots/.git/x",
        "plots/link/planted",
        "m.json/x",
        "",
        ".",
        "..",
        "plots/" + "d/" * 120 + "x",
        "n" * 300,
        "plots/\udcff",
    ]
) | written("plots/", "m.json", "../", "/", most=4)
KINDS = st.sampled_from([tarfile.REGTYPE] * 6 + [bytes([code]) for code in b"\01234567gxLKSV"]) | st.binary(
    min_size=1, max_size=1
)
PAX = st.dictionaries(
    st.sampled_from(
        ["path", "size", "mtime", "linkpath", "GNU.sparse.major", "GNU.sparse.map", "GNU.sparse.realsize", "x"]
    ),
    st.sampled_from(["0", "-1", "9" * 30, "nan", "x", "1,2,3", "../outside/planted", "plots/a\0b"])
    | st.text(max_size=8),
    max_size=2,
)


Dialect = Literal[0, 1, 2]
DIALECTS: tuple[Dialect, ...] = (0, 1, 2)  # as tarfile numbers them: USTAR_FORMAT, GNU_FORMAT, PAX_FORMAT


@dataclass(frozen=True)
class Entry:
    """Hold one member, and its header."""

    name: str
    kind: bytes
    content: bytes
    lie: int | None  # bytes that its header promises
    link: str
    headers: dict[str, str]

    def bytes(self, dialect: Dialect) -> bytes:
        """Return its bytes, padded to a whole block; empty where no header can express it."""
        info = tarfile.TarInfo(self.name)
        info.type, info.linkname, info.pax_headers = self.kind, self.link, self.headers
        info.size = len(self.content) if self.lie is None else self.lie
        try:
            return info.tobuf(dialect, "utf-8", "surrogateescape") + self.content + b"\0" * (-len(self.content) % 512)
        except (ValueError, OverflowError):
            return b""


ENTRIES = st.lists(
    st.builds(
        Entry,
        NAMES,
        KINDS,
        st.binary(max_size=40) | st.builds(bytes, st.integers(0, 3000)),
        st.none() | st.none() | st.sampled_from([0, 1, 511, 10**6, 10**8, 8**11 - 1, 2**63]),
        NAMES,
        st.just({}) | PAX,
    ),
    max_size=6,
)


@st.composite
def tars(draw: st.DrawFn) -> bytes:
    """Draw a tar; half of them have a few bytes changed or their end cut off."""
    dialect = draw(st.sampled_from(DIALECTS))
    made = bytearray(b"".join(each.bytes(dialect) for each in draw(ENTRIES)) + bytes(1024))
    return bytes(made if draw(st.booleans()) else draw(damaged(bytes(made))))


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """Draw the tar with bytes changed, inserted, removed, or cut off."""
    made = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(made) - 1, 0)))
        new = draw(st.binary(max_size=4) | st.sampled_from([b"\xff" * 8, b"\0" * 12, b"-", b"77777777777\0"]))
        match draw(st.sampled_from(["over", "over", "in", "out", "cut"])):
            case "over":
                made[at : at + len(new)] = new
            case "in":
                made[at:at] = new
            case "out":
                del made[at : at + 7]
            case _:
                del made[at:]
    return bytes(made)
