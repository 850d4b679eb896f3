"""What a pull request makes of `.github/studio.yml`, looked at and never used."""

from bot.context import CONFIG
from bot.errors import UserError
from bot.ports import Ports, Pull
from experiments.config_check import Proposal, proposal
from experiments.experiment import Repository


def proposed(ports: Ports, repository: Repository, pull: Pull, base: str) -> Proposal | None:
    """None where the pull request does not change it. `base`: SHA of the merge base, empty where there is none; base
    branch and head were fetched."""
    if pull.state != "open":
        return None

    def read(sha: str) -> bytes | None:
        return ports.git.read(repository, sha, CONFIG) if sha else None

    try:
        return proposal(read(base), read(pull.head), read(pull.base))
    except UserError as error:  # larger than anything that is read
        return Proposal(problems=(error.message,))
