"""The arguments of `/run`."""

from dataclasses import dataclass

from bot.commands import Word, argument, count
from experiments.durations import parse_duration
from experiments.judging.repeats import MOST
from handlers.lookup import projects


def parse_commit(word: str) -> str:
    """Return the word. Raise ValueError, with a sentence for the reader, unless it is `first`."""
    if word != "first":
        raise ValueError("`--commit` takes the word `first`; without it parameters and results are one commit")
    return word


@dataclass(frozen=True)
class RunArgs:
    """Arguments of `/run`: what to train, and how."""

    targets: tuple[Word, ...] = argument("Stages to run; all when left out.", metavar="TARGET", many=True)
    set: tuple[Word, ...] = argument(
        "Set a parameter; `file:` where several files have it. Several values, `1,2` or `range(2,6)`, are a sweep.",
        "-S",
        "--set-param",
        metavar="[file:]key=value",
        many=True,
    )
    data: tuple[Word, ...] = argument(
        "Train with the version of this data that a commit, branch, tag, experiment, `base` or `best` has; `/data` "
        "lists them.",
        "--data",
        metavar="PATH@REV",
        many=True,
    )
    name: Word = argument("Name of the experiment; one is made up when left out.", "-n", "--name", metavar="NAME")
    message: Word = argument(
        "First line of the commit; what is quoted or indented below the command follows it.",
        "-m",
        "--message",
        metavar="MESSAGE",
    )
    temp: bool = argument("Leave the branch alone: only the experiment is kept.", "--temp")
    origin: Word = argument(
        "Take the parameters of this experiment, or of `best` of the newest sweep; -S overrides them.",
        "--from",
        metavar="NAME",
    )
    resume: Word = argument(
        "Resume a run that did not finish, on its commit, from its newest checkpoint.",
        "--resume",
        metavar="NAME",
    )
    reset: bool = argument("With `--resume`: start over from the beginning.", "--reset", harms=True)
    rev: Word = argument(
        "Train this commit, branch, tag, experiment, `base` or `best` instead of the head; the branch is left alone.",
        "--rev",
        metavar="REV",
    )
    branch: Word = argument(
        "Put the result onto a new branch, with a pull request into this one's.",
        "--branch",
        metavar="BRANCH",
    )
    base: bool = argument("With `--branch`: the pull request goes into the base branch.", "--base")
    commit: str = argument(
        "Put parameters onto the branch before training, and results in a commit after it.",
        "--commit",
        metavar="first",
        type=parse_commit,
    )
    script: bool = argument("Start nothing: show what would be run, and with what.", "--script", "--dry")
    timeout: int = argument("Stop it after this long, `90m` or `2h`.", "--timeout", metavar="TIME", type=parse_duration)
    runner: Word = argument("Train on this runner; `/runners` lists them.", "--runner", metavar="NAME")
    cloud: Word = argument("Train on the first runner of this kind: `aws`, `slurm`, …", "--cloud", metavar="KIND")
    region: Word = argument("In this region, partition or namespace of the runner.", "--region", metavar="REGION")
    machine: Word = argument("On this type of machine: a name of the vendor's, or `m+t4`.", "--machine", metavar="TYPE")
    gpu: str = argument(
        "With this many GPUs, `1`, or with which and how many, `a100:2`.", "--gpu", metavar="GPU", type=str
    )
    disk: int = argument("With this much disk.", "--disk", metavar="GB", type=count(16000))
    spot: bool = argument("On a machine that costs less and can be taken away.", "--spot")
    force: bool = argument("Train even if nothing changed.", "-f", "--force", harms=True)
    single: bool = argument("Run only the stages that are named, not those they depend on.", "-s", "--single-item")
    everything: bool = argument(
        "Run the pipelines of all `dvc.yaml` of the project; changes nothing where its root has none.",
        "-P",
        "--all-pipelines",
    )
    downstream: bool = argument("Run the stages that are named and those that depend on them.", "--downstream")
    pipeline: bool = argument("Run the whole pipelines of the stages that are named.", "-p", "--pipeline")
    force_downstream: bool = argument("Run all that depends on a changed stage, changed or not.", "--force-downstream")
    keep_going: bool = argument(
        "After a stage failed, train what does not depend on it; the run still counts as failed.", "-k", "--keep-going"
    )
    pull: bool = argument("Changes nothing: what is missing is always fetched from the DVC remote.", "--pull")
    allow_missing: bool = argument(
        "Changes nothing: missing data is never a reason to train an unchanged stage.", "--allow-missing"
    )
    repeat: int = argument(
        "Train it and its baseline with this many seeds, to show how much is chance.",
        "--repeat",
        metavar="N",
        type=count(MOST, least=2),
    )
    queue: bool = argument("Only put it into the queue of this pull request; `/start` trains what is there.", "--queue")
    yes: bool = argument("Begin a sweep that is so large that it has to be confirmed.", "--yes", harms=True)
    project: Word = argument(projects.HELP, "--project", metavar="PATH")
