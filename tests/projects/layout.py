"""Describe a project of the suite: its files, and what the bot must say of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from experiments.snapshot import Value

Sides = tuple[Value, Value, Value]  # on `main`, at the pull request's head, and of the run; None: absent
DVC = {
    ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
    ".dvc/config": "[core]\n    remote = storage\n['remote \"storage\"']\n    url = {storage}\n",
}


@dataclass(frozen=True)
class Layout:
    """Describe a project that is trained on `main`, again in a pull request with the `tuned` files, and then by a
    run.

    Texts of files and arguments of commands may contain `{storage}`, the folder of the DVC remote, and `{web}`,
    the address of a server with the `served` files. Parameters and metrics are written `file:name`; paths are
    relative to the project.
    """

    files: Mapping[str, str]
    tuned: Mapping[str, str]  # what the pull request writes
    typed: str  # after `/run`
    params: Mapping[str, Sides]  # all of them
    metrics: Mapping[str, Sides]  # all of them
    plots: int = 0  # pictures of `/plots`
    aside: Sequence[str] = ()  # parameters that `/params` lists and DVC does not, as no stage lists them
    records: Sequence[str] = ()  # parameters that training writes down
    composed: bool = False  # by Hydra: the next run begins with the configuration again, and so does `/params`
    script: str = ""  # trains instead of DVC, which the project does not use
    cached: bool = True  # DVC keeps some of its outputs
    project: str = ""  # its folder
    pointers: Sequence[str] = ()  # files of which Git has the pointer and Git LFS the content
    modules: Sequence[str] = ()  # submodules, all of which are `grace/lib` of `tests.world.modules`
    begin: Sequence[Sequence[str]] = ()  # arguments of `dvc`, once, before any training
    trains: Sequence[str] = ("repro",)  # arguments of `dvc`
    served: Mapping[str, str] = field(default_factory=dict)  # files from elsewhere
    beforehand: Sequence[str] = ()  # sentences of the acknowledgement; none is written where this is empty
    foretold: Sequence[str] = ()  # words of the answer to `/run --script`, which is typed where this is not empty
    recipe: str = ""  # a line of the commands to train it again elsewhere
    made: str = ""  # the report's line of stages
