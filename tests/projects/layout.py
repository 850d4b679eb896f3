"""What a project of the suite is made of, and what must be said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from experiments.snapshot import Value

Sides = tuple[Value, Value, Value]  # on `main`, at the pull request's head, and of the run; None: has none
DVC = {
    ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
    ".dvc/config": "[core]\n    remote = storage\n['remote \"storage\"']\n    url = {storage}\n",
}


@dataclass(frozen=True)
class Layout:
    """A project that is trained on `main`, trained again in a pull request with what is `tuned`, and then by a run.

    Texts of files and words of commands may name `{storage}`, the folder of the DVC remote, and `{web}`, the address
    of a server with what is `served`. Parameters and metrics are called `file:name`, paths begin in the project.
    """

    files: Mapping[str, str]
    tuned: Mapping[str, str]  # what the pull request writes
    typed: str  # after `/run`
    params: Mapping[str, Sides]  # all of them
    metrics: Mapping[str, Sides]  # all of them
    plots: int = 0  # pictures that `/plots` has
    aside: Sequence[str] = ()  # parameters that `/params` lists and DVC does not, since no stage lists them
    records: Sequence[str] = ()  # of the parameters, what training writes down of those it was given
    composed: bool = False  # by Hydra: the next run begins with the configuration again, and so does `/params`
    script: str = ""  # trains in the place of DVC, which the project does not have
    cached: bool = True  # DVC keeps something of what it makes
    project: str = ""  # its folder
    pointers: Sequence[str] = ()  # files of which Git has the pointer and Git LFS the content
    modules: Sequence[str] = ()  # submodules, which are all `grace/lib` of `tests.world.modules`
    begin: Sequence[Sequence[str]] = ()  # words of `dvc`, once, before anything is trained
    trains: Sequence[str] = ("repro",)  # words of `dvc`
    served: Mapping[str, str] = field(default_factory=dict)  # files elsewhere
    beforehand: Sequence[str] = ()  # sentences of the acknowledgement, which is not there without any
    foretold: Sequence[str] = ()  # words of the answer to `/run --script`, which is asked for where there are any
    recipe: str = ""  # a line of how to train it again elsewhere
    made: str = ""  # the report's line of stages
