"""What plots, experiments and projects are called in reports, and what chooses a project."""

import shlex

from experiments.experiment import Experiment
from experiments.projects import named
from experiments.run import Run, State
from experiments.settings.config import RepoConfig
from experiments.snapshot import Plot
from reports.text.markdown import code


def plot_title(plot: Plot) -> str:
    """Its title, else its name in `dvc.yaml` or its path."""
    return plot.title or plot.id


def experiment_title(experiment: Experiment) -> str:
    """Its name, and its project where that is not simply the repository."""
    of = f" of the project {code(experiment.project, 60)}" if experiment.project else ""
    return f"{code(experiment.name, 60)}{of}"


def selecting(project: str, config: RepoConfig) -> str:
    """The words that choose a project, to stand after a command's verb; empty where there is only one."""
    return f" --project {shlex.quote(named(project))}" if len(config.folders) > 1 else ""


def dvc(project: str) -> str:
    """DVC, called at the root of the repository; it knows no project there where they are in folders."""
    return f"dvc --cd {shlex.quote(project)}" if project else "dvc"


def outcome(run: Run) -> str:
    """Its state in words: what was trained in spite of known results is not called reused."""
    return "same result" if made_again(run) else str(run.state)


def made_again(run: Run) -> bool:
    """Whether something ran, and made what its baseline has already."""
    anew = run.experiment.force or run.experiment.script
    return run.state is State.REUSED and bool(anew) and not (run.provenance and run.provenance.idle)
