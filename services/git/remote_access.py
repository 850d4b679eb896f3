"""Access to the remotes of repositories, with a token for each use of one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from experiments.experiment import Repository
from services.git.remote import GitRemote, TokenUnknown

_T = TypeVar("_T")


@dataclass(frozen=True)
class RemoteAccess:
    """Gives the remote of a repository for one use. Tokens are asked for when they are needed, and never kept."""

    read_token: Callable[[Repository], str]
    write_token: Callable[[Repository], str]
    forget_token: Callable[[str], None]

    def reading(self, repository: Repository, work: Callable[[GitRemote], _T]) -> _T:
        """Return what `work` returns for the remote, which it may read."""
        return self._with_token(repository, self.read_token, work)

    def writing(self, repository: Repository, work: Callable[[GitRemote], _T]) -> _T:
        """Return what `work` returns for the remote, which it may change."""
        return self._with_token(repository, self.write_token, work)

    def _with_token(
        self, repository: Repository, token_for: Callable[[Repository], str], work: Callable[[GitRemote], _T]
    ) -> _T:
        """Do work with a token. GitHub may revoke it early: after a 401, try once more with a new one."""
        if repository.url.startswith("file:"):
            return work(GitRemote(repository.url))
        token = token_for(repository)
        try:
            return work(GitRemote(repository.url, repository.host.git_login, token))
        except TokenUnknown:
            self.forget_token(token)
            return work(GitRemote(repository.url, repository.host.git_login, token_for(repository)))
