"""Write Git bundles by hand: trees, commits and headers that `git` itself would never write."""

import hashlib
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

COMMIT, TREE, BLOB, TAG = 1, 2, 3, 4
_WORDS = {COMMIT: b"commit", TREE: b"tree", BLOB: b"blob", TAG: b"tag"}
MODES = st.sampled_from(
    [b"100644"] * 6 + [b"100755", b"120000", b"160000", b"40000", b"040000", b"100664", b"0", b"777", b""]
)
NAMES = st.sampled_from(
    [
        b"metrics.json",
        b"dvc.lock",
        b"plots",
        b"models",
        b"train.py",
        b".git",
        b".GIT",
        b"git~1",
        b".gitmodules",
        b"..",
        b".",
        b"",
        b"a/b",
        b"/etc",
        b".gitattributes",
        b".github",
        b".dvc",
        b"\xff",
        b"-x",
        b"a\nb",
        b"x" * 5000,
        b".g\xe2\x80\x8cit",
    ]
) | st.binary(max_size=4)
PERSON = b"Ada <ada@example.com> 1700000000 +0000"


@dataclass(frozen=True)
class Sent:
    """Hold a commit with a tree of these entries, and what is unusual in and around it."""

    entries: Sequence[tuple[bytes, bytes, bytes]]  # mode, name, content
    nested: int  # folders around the tree
    parents: Sequence[bytes]  # b"": the baseline
    author: bytes
    message: bytes
    needs: Sequence[bytes]  # as above
    heads: Sequence[bytes]  # names of refs; b"": the expected one
    first: bytes
    kind: int  # of the object that the ref names
    left_out: bool  # an object that is needed

    def bytes(self, baseline: str, ref: str) -> bytes:
        """Return the bundle."""
        objects: list[tuple[int, bytes]] = []

        def add(kind: int, content: bytes) -> bytes:
            objects.append((kind, content))
            return hashlib.sha1(_WORDS[kind] + b" %d\0" % len(content) + content, usedforsecurity=False).digest()

        lines = [mode + b" " + name + b"\0" + add(BLOB, content) for mode, name, content in self.entries]
        top = add(TREE, b"".join(lines))
        for _ in range(self.nested):
            top = add(TREE, b"40000 plots\0" + top)
        known = baseline.encode()
        above = b"".join(b"parent " + (parent or known) + b"\n" for parent in self.parents)
        head = b"tree " + top.hex().encode() + b"\n" + above
        sha = add(COMMIT, head + b"author " + self.author + b"\ncommitter " + PERSON + b"\n\n" + self.message)
        if self.kind == TAG:
            sha = add(TAG, b"object " + sha.hex().encode() + b"\ntype commit\ntag x\ntagger " + PERSON + b"\n\nx\n")
        elif self.kind != COMMIT:
            sha = top
        needs = b"".join(b"-" + (each or known) + b" x\n" for each in self.needs)
        refs = b"".join(sha.hex().encode() + b" " + (name or ref.encode()) + b"\n" for name in self.heads)
        return self.first + b"\n" + needs + refs + b"\n" + packed(objects[self.left_out :])


def packed(objects: Sequence[tuple[int, bytes]]) -> bytes:
    """Return a pack of these objects (Git's documentation, gitformat-pack)."""
    body = b"PACK" + struct.pack(">II", 2, len(objects))
    for kind, content in objects:
        size, byte = len(content) >> 4, kind << 4 | len(content) & 15
        while size:
            body += bytes([byte | 128])
            size, byte = size >> 7, size & 127
        body += bytes([byte]) + zlib.compress(content)
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


_ENTRY = st.tuples(MODES, NAMES, st.binary(max_size=30))
_KNOWN = st.just(b"")
_SHA = st.sampled_from([b"0" * 40, b"a" * 40, b"x" * 40, b"--upload-pack=x".ljust(40, b"x"), b"a"])
BUNDLES = st.builds(
    Sent,
    entries=st.lists(_ENTRY, max_size=4) | st.lists(_ENTRY, max_size=3, unique_by=lambda each: each[1]).map(sorted),
    nested=st.sampled_from([0, 0, 0, 1, 3, 300]),
    parents=st.just([b""]) | st.just([b""]) | st.lists(_KNOWN | _SHA, max_size=3),
    author=st.just(PERSON) | st.just(PERSON) | st.binary(max_size=30),
    message=st.just(b"Set lr=1\n") | st.binary(max_size=30) | st.just(b"m" * 200_000),
    needs=st.just([b""]) | st.just([b""]) | st.lists(_KNOWN | _SHA, max_size=25),
    heads=st.just([b""])
    | st.just([b""])
    | st.lists(_KNOWN | st.sampled_from([b"HEAD", b"refs/heads/main", b"-x"]), max_size=3),
    first=st.just(b"# v2 git bundle")
    | st.just(b"# v2 git bundle")
    | st.sampled_from([b"# v3 git bundle\n@filter=tree:0", b""]),
    kind=st.sampled_from([COMMIT] * 6 + [TREE, TAG]),
    left_out=st.sampled_from([False] * 5 + [True]),
)
