"""Tries in one repository what only trying shows.

A branch, refs, a commit, a check run, a status; then removes them.
"""

import re

from bot.errors import Forbidden, NotFound, Rejected, TryLater
from bot.ports import Ports
from bot.ports.git_host import Check as CheckRun
from bot.ports.git_host import Status
from doctor.finding import NotProven, Wrong
from doctor.registration import OnRecord
from experiments.experiment import PullRef
from experiments.refs import PATTERN, kept
from services.github.registration import Granted

PREFIX = "studio-doctor-"
BRANCHES = f"refs/heads/{PREFIX}*"
_OURS = re.compile(rf"refs/(?:heads|(?:studio/)?exps/[0-9a-f]{{2}}/[0-9a-f]{{38}})/{PREFIX}[0-9a-f]{{8}}")
# The bot ignores a head with this message, and so does CI.
MESSAGE = "Try what the App may do [skip studio] [skip ci]\n\nMade by `python -m doctor`, which removes it again."
WORDS = "Written by `python -m doctor`, which tries what the App may do. The branch is removed again."
MARKER = "<!-- studio:doctor -->"


class Scratch:
    """One visit to a repository. Each method is the act of one check; the checks need each other in this order."""

    def __init__(self, ports: Ports, record: OnRecord, full_name: str, random: str, now: float) -> None:
        self._ports, self._record, self._now = ports, record, now
        self._full_name = full_name
        self.name = PREFIX + random  # the name of branch and experiments; `random` is eight hexadecimal digits
        self._base = self._commit = ""
        self._pull = 0
        self._granted: Granted | None = None

    @property
    def granted(self) -> Granted:
        """The repository. Raises Wrong where the App was not given it."""
        if self._granted is None:
            wanted = self._full_name.lower()
            found = [one for one in self._record.granted if one.repository.full_name.lower() == wanted]
            if not found:
                raise Wrong(f"the App was not given {self._full_name}")
            self._granted = found[0]
        return self._granted

    def swept(self) -> str:
        """Delete what earlier doctors left."""
        left = self.remove()
        return f"took away {', '.join(left)}" if left else "nothing was left by an earlier doctor"

    def remove(self) -> list[str]:
        """Delete everything that doctors made here, and return the refs that were deleted.

        Raises Wrong naming what stays.
        """
        git, repository = self._ports.git, self.granted.repository
        there = {**git.remote_refs(repository, BRANCHES), **git.remote_refs(repository, PATTERN)}
        ours = {ref: sha for ref, sha in there.items() if _OURS.fullmatch(ref)}
        stays = []
        for ref, sha in ours.items():
            try:
                git.remove(repository, {ref: sha})
            except (Forbidden, NotFound, Rejected, TryLater) as trouble:
                stays.append(f"{ref} stays ({trouble})")
        if stays:
            raise Wrong("; ".join(stays))
        return sorted(ours)

    def read(self) -> str:
        """Fetch the default branch with a token that can only read this repository."""
        repository, branch = self.granted.repository, self.granted.default_branch
        ref = f"refs/heads/{branch}"
        tip = self._ports.git.remote_refs(repository, ref).get(ref)
        if tip is None:
            raise NotProven(f"{branch} has no commit yet: push one first")
        self._ports.git.fetch(repository, [tip])
        self._base = tip
        return f"{branch} at {tip[:7]}"

    def pushed(self) -> str:
        """Push a branch with a token that can only write this repository's contents. Its commit changes no file."""
        ports, repository = self._ports, self.granted.repository
        author = ports.host.bot_login
        self._commit = ports.git.commit(repository, self._base, MESSAGE, author, self._now, {})
        ports.git.push(repository, self._commit, f"refs/heads/{self.name}")
        return f"branch {self.name} at {self._commit[:7]}"

    def kept(self, folder: str) -> str:
        """Push an experiment below `refs/exps` or `refs/studio/exps`, and find it as DVC and the bot do."""
        repository = self.granted.repository
        ref = f"refs/{folder}/{self._base[:2]}/{self._base[2:]}/{self.name}"
        self._ports.git.push(repository, self._commit, ref)
        if ref not in {one.ref for one in kept(self._ports.git.remote_refs(repository, PATTERN))}:
            raise Wrong(f"{ref} was accepted, and `git ls-remote` does not show it")
        return ref

    def signed(self) -> str:
        """Have the API make a commit that GitHub signs, and move the branch to it."""
        ports, repository = self._ports, self.granted.repository
        tree = ports.git.tree(repository, self._commit)
        sha = ports.host.sign(repository, tree, self._commit, MESSAGE)
        ports.host.move_branch(repository, self.name, sha)
        if not self._record.registration.is_verified(repository, sha):
            raise Wrong(f"GitHub made {sha[:7]} and did not sign it")
        return f"{sha[:7]} is verified, and the branch is there"

    def checked(self) -> str:
        """Create a check run and complete it."""
        host, repository = self._ports.host, self.granted.repository
        check = CheckRun("studio: doctor", self._commit, "in_progress", "Trying", WORDS)
        number = host.create_check(repository, check)
        done = CheckRun("studio: doctor", self._commit, "completed", "Tried", WORDS, conclusion="neutral")
        host.update_check(repository, number, done)
        return f"check run {number} on {self._commit[:7]}"

    def status_set(self) -> str:
        """Set the commit status."""
        status = Status("success", "Written by python -m doctor", self._record.settings.public_url)
        self._ports.host.set_status(self.granted.repository, self._commit, status)
        return f"`studio` on {self._commit[:7]}"

    def asked(self) -> str:
        """Ask what a person may do here."""
        repository = self.granted.repository
        permission = self._ports.host.permission(repository, repository.owner)
        return f"{repository.owner} has {permission.name.lower()}"

    def discussed(self) -> str:
        """Open a pull request, write and edit a comment, react to it, and find it again by author and marker."""
        host, granted = self._ports.host, self.granted
        title = "Try what the App may do"
        self._pull = host.open_pull(granted.repository, self.name, granted.default_branch, title, WORDS)
        where = PullRef(granted.repository, self._pull)
        comment = host.comment(where, f"{MARKER}\n{WORDS}")
        host.edit_comment(granted.repository, comment, f"{MARKER}\n{WORDS} This comment was edited.")
        host.react(granted.repository, comment, "rocket")
        if host.find_comment(where, MARKER) != comment:
            raise Wrong(f"comment {comment} of #{self._pull} is not recognised as ours")
        return f"#{self._pull}"

    def removed(self) -> str:
        """Delete everything that can be deleted. GitHub closes the pull request when its branch is gone."""
        if not self._base:
            return "nothing was written"
        gone = self.remove()
        where = PullRef(self.granted.repository, self._pull)
        if self._pull and self._ports.host.pull(where).state != "closed":
            raise Wrong(f"#{self._pull} is still open")
        return ", ".join(gone) or "nothing was there"
