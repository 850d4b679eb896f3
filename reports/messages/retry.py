"""What the bot says about training the same again."""

from experiments.experiment import Experiment
from experiments.offering import with_another_head
from experiments.run import Run
from reports.text.markdown import code, fence


def elsewhere(run: Run, head: str, project: str) -> str:
    """Say that the head has moved, so that the same can't be trained. `project`: words that choose the project."""
    asked = run.experiment
    what = "To train its parameters with today's code" if asked.change.overrides else "To train today's code"
    return (
        f"{code(asked.name)} was to be trained on {code(asked.baseline[:7])}, and the head is {code(head[:7])} now: "
        f"the same experiment would train other code. {what}:\n\n{fence(with_another_head(asked, project))}"
    )


def renamed(old: Experiment, new: str) -> str:
    """Say that a run got another name, since an experiment has the old one."""
    return f"There is an experiment {code(old.name)} already, so this run is called {code(new)}."


def repeats(old: Experiment, new: str) -> str:
    """Say that a run which worked is trained again, and leaves the branch alone."""
    what, at = f"{code(new)} trains again what {code(old.name)} trained", code(old.baseline[:7])
    return f"{what}, on {at} as it did, and leaves the branch alone."
