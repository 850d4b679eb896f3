"""An experiment of the repository, whoever pushed it, before anything of it reaches a branch."""

from dataclasses import dataclass

from bot.context import Context
from bot.errors import NotFound, UserError
from bot.ports import Bundle
from experiments.merging import Change, changed
from experiments.params import ParamsError
from experiments.refs import Kept
from experiments.snapshot import Snapshot
from reports import replies_landing


@dataclass(frozen=True)
class Vetted:
    """One commit on its baseline that changes nothing but what the project declares."""

    kept: Kept
    bundle: Bundle
    before: Snapshot
    changes: tuple[Change, ...]  # of parameters

    @property
    def results(self) -> tuple[str, ...]:
        """Paths it changes that are no parameter files."""
        return tuple(path for path in self.bundle.changed if path not in self.before.param_files)


def vet(context: Context, kept: Kept) -> Vetted:
    """UserError where it is not what an experiment is, or changes what is not declared."""
    git, repository = context.ports.git, context.repository
    try:
        git.fetch(repository, [kept.sha])
    except NotFound:
        raise UserError(replies_landing.gone(kept)) from None
    git.look(repository, kept.sha, kept.baseline, ())  # its baseline is its parent, and so it is here
    before = context.ports.snapshots.take(repository, kept.baseline)
    bundle = git.look(repository, kept.sha, kept.baseline, [*before.outputs, *before.param_files])
    if bundle.refused:
        raise UserError(replies_landing.undeclared(kept, bundle.refused))
    changes: list[Change] = []
    for path in before.param_files:
        if path in bundle.changed:
            try:
                changes += changed(path, _text(context, kept.baseline, path), _text(context, kept.sha, path))
            except ParamsError as error:
                raise UserError(replies_landing.unreadable(kept, error.message)) from error
    return Vetted(kept, bundle, before, tuple(changes))


def _text(context: Context, sha: str, path: str) -> str:
    return (context.ports.git.read(context.repository, sha, path) or b"").decode("utf-8", "replace")
