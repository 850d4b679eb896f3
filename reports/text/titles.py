"""The titles of plots, experiments and runs in reports, and the words that choose a project."""

import shlex

from experiments.experiment import Experiment
from experiments.projects import named
from experiments.run import Run
from experiments.run_state import RunState
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Plot
from reports.text.markdown import code


def plot_title(plot: Plot) -> str:
    """Return the title of a plot, else its name in `dvc.yaml` or its path."""
    return plot.title or plot.id


def experiment_title(experiment: Experiment) -> str:
    """Return the name of an experiment as Markdown, with its project unless that is at the root."""
    of = f" of the project {code(experiment.project, 60)}" if experiment.project else ""
    return f"{code(experiment.name, 60)}{of}"


def selecting(project: str, config: RepoConfig) -> str:
    """Return the words that choose a project, to be put after a command's verb. Empty where there is only one
    project."""
    return f" --project {shlex.quote(named(project))}" if len(config.folders) > 1 else ""


def dvc(project: str) -> str:
    """Return the command for DVC at the root of a clone, where DVC finds no project that is in a folder."""
    return f"dvc --cd {shlex.quote(project)}" if project else "dvc"


def outcome(run: Run) -> str:
    """Return the state of a run in words. A run that trained and made what is there is not called reused."""
    return "same result" if made_again(run) else str(run.state)


def made_again(run: Run) -> bool:
    """Return whether something ran and made what the baseline already has."""
    anew = run.experiment.execution.force or run.experiment.execution.script
    return run.state is RunState.REUSED and bool(anew) and not (run.outcome.provenance and run.outcome.provenance.idle)
