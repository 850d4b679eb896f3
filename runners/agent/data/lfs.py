"""Replaces pointers of Git LFS by their content, from the repository's own address and no other.

It follows https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md, with the basic transfer only.
"""

import hashlib
import json
import os
import re
import stat
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, BinaryIO

from .. import env_vars
from ..client import ANSWER, Stay
from ..errors import Stopped, Trouble
from ..files import Below, regular_size
from ..output.log import Journal
from ..specification import LfsFile, Specification
from .addresses import refused

KIND = "application/vnd.git-lfs+json"
AT_ONCE = 100  # objects in one request
CHUNK = 1 << 20
LONGEST = 4 * CHUNK  # bytes of an answer
WAITS = (1.0, 4.0)  # seconds between tries
POINTER = re.compile(rb"(?m)^oid sha256:([0-9a-f]{64})$")
OID = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class LfsFetcher:
    """Keeps a repository's objects, each under its hash, and puts copies into an attempt's tree."""

    specification: Specification
    kept: Path  # a folder of this repository alone
    tree: Path
    journal: Journal
    why_stop: Callable[[], str]
    waits: Sequence[float] = WAITS

    def bring(self) -> Mapping[str, str]:
        """Put content in place of pointers. Return path -> SHA-1 of the content, as git computes it.

        Raises Trouble where a needed file cannot be fetched. Others are left as pointers, and the log says so.
        """
        wanted = [each for each in self.specification.lfs if OID.fullmatch(each.oid)]
        if not wanted:
            return {}
        if sum(each.size for each in wanted) > self.specification.limits.lfs:
            raise Trouble("The bot asks for more files of Git LFS than it may; start both at one version.")
        self.kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        by_oid = {each.oid: each for each in wanted}
        absent = [each for each in by_oid.values() if regular_size(self.kept / each.oid) != each.size]
        if absent:
            size = sum(each.size for each in absent) / 1e6
            self.journal.say(f"Fetching {len(absent)} file{'s' * (len(absent) > 1)} of Git LFS, {size:.1f} MB.")
        missing: dict[str, str] = {}
        for start in range(0, len(absent), AT_ONCE):
            missing |= self._fetch(absent[start : start + AT_ONCE])
        for each in wanted:
            if why := missing.get(each.oid):
                reason = f"`{each.path}` of Git LFS could not be fetched: {why}."
                if each.needed:
                    raise Trouble(reason)
                self.journal.say(f"{reason} What reads it reads its pointer.")
        return {each.path: self._put(each) for each in wanted if each.oid not in missing}

    def _fetch(self, absent: Sequence[LfsFile]) -> Mapping[str, str]:
        """Fetch objects. Return hash -> why it could not be fetched, for those that were not."""
        asked = {"operation": "download", "transfers": ["basic"], "hash_algo": "sha256"}
        objects = [{"oid": each.oid, "size": each.size} for each in absent]
        address = f"{self.specification.clone_url}/info/lfs/objects/batch"
        basic = env_vars.basic(self.specification.clone_login, self.specification.clone_token)
        headers = {"Accept": KIND, "Content-Type": KIND, "Authorization": f"Basic {basic}"}
        body = json.dumps({**asked, "objects": objects}).encode()
        answers: dict[str, Any] = {}

        def hear(answer: BinaryIO) -> None:
            batch = json.loads(answer.read(LONGEST))
            answers.update({str(each["oid"]): each for each in batch["objects"]})

        try:
            if not address.startswith(("http://", "https://")):
                raise Trouble("the repository has no address over HTTP")
            self._ask(urllib.request.Request(address, body, headers, method="POST"), hear)  # noqa: S310 - looked at
        except (Trouble, ValueError, KeyError, TypeError) as trouble:
            return {each.oid: _plain(trouble, "the host's answer is not understood") for each in absent}
        found = {}
        for each in absent:
            try:
                self._download(each, answers.get(each.oid))
            except Trouble as trouble:
                found[each.oid] = str(trouble)
        return found

    def _download(self, wanted: LfsFile, answer: Any) -> None:
        try:
            if "error" in answer:
                raise Trouble(f"the host says {str(answer['error'].get('message'))[:200]!r}")
            action = answer["actions"]["download"]
            address = str(action["href"])
            # Send only the headers that the answer names: the token is for the repository's own host.
            headers = {str(name): str(value) for name, value in (action.get("header") or {}).items()}
        except (KeyError, TypeError, AttributeError):
            raise Trouble("the host does not say where it is") from None
        if why := refused(address, self.specification.clone_url):
            raise Trouble(why)
        part = self.kept / f"{wanted.oid}.{os.getpid()}"
        try:
            self._ask(
                urllib.request.Request(address, headers=headers),  # noqa: S310 - `refused` looked at it
                lambda answer: self._keep(answer, wanted, part),
            )
            part.replace(self.kept / wanted.oid)
        except ValueError as error:  # an invalid address or header
            raise Trouble(_plain(error, "its address is not understood")) from None
        finally:
            part.unlink(missing_ok=True)

    def _keep(self, answer: BinaryIO, wanted: LfsFile, part: Path) -> None:
        with part.open("wb") as file:
            size, sha256, _ = self._copy(answer, file, wanted.size)
        if (size, sha256) != (wanted.size, wanted.oid):
            raise Trouble("what the host gives is not what the pointer names")

    def _put(self, wanted: LfsFile) -> str:
        """Put content in place of one pointer. Return the SHA-1 of the content, as git computes it."""
        tree = Below(self.tree)
        found = tree.look(wanted.path)
        if not found or not 0 < (tree.size(wanted.path) or 0) < 1024 or _oid(tree, wanted.path) != wanted.oid:
            raise Trouble(f"`{wanted.path}` is no pointer of Git LFS to what is asked for; nothing is put there.")
        kept = self.kept / wanted.oid
        mode = stat.S_IMODE(found.st_mode)
        with kept.open("rb") as source, tree.written(wanted.path, mode=mode) as file:
            _, sha256, blob = self._copy(source, file, wanted.size)
        if sha256 != wanted.oid:
            kept.unlink()  # the disk is to blame; the next run fetches it again
            raise Trouble(f"`{wanted.path}` of Git LFS was damaged on this machine; try again.")
        return blob

    def _copy(self, source: BinaryIO, file: BinaryIO, most: int) -> tuple[int, str, str]:
        """Copy, and return size, SHA-256, and SHA-1 as a Git blob. Raises Trouble above `most` bytes."""
        size, sha256 = 0, hashlib.sha256()
        blob = hashlib.sha1(b"blob %d\0" % most, usedforsecurity=False)
        while chunk := source.read(CHUNK):
            if why := self.why_stop():
                raise Stopped(why)
            size += len(chunk)
            if size > most:
                raise Trouble("what the host gives is longer than the pointer says")
            sha256.update(chunk)
            blob.update(chunk)
            file.write(chunk)
        return size, sha256.hexdigest(), blob.hexdigest()

    def _ask(self, request: urllib.request.Request, hear: Callable[[BinaryIO], None]) -> None:
        """Send a request and hand the answer to `hear`. Raises Trouble, in words for a sentence, where none is good."""
        opener = urllib.request.build_opener(Stay)
        for wait in (*self.waits, None):
            try:
                with opener.open(request, timeout=ANSWER) as answer:
                    hear(answer)
                return
            except urllib.error.HTTPError as error:
                why, again = f"{request.host} answers {error.code}", error.code in (408, 429) or error.code >= 500
            except (OSError, HTTPException) as error:
                why, again = f"{request.host} does not answer ({type(error).__name__})", True
            if wait is None or not again:
                raise Trouble(why)
            if stop := self.why_stop():
                raise Stopped(stop)
            time.sleep(wait)


def _oid(tree: Below, name: str) -> str:
    with tree.open(name) as (file, size):
        found = POINTER.search(file.read(size))
    return found[1].decode() if found else ""


def _plain(error: Exception, otherwise: str) -> str:
    return str(error) if isinstance(error, Trouble) else otherwise
