"""What a plot is called in a report."""

from experiments.snapshot import Plot


def plot_title(plot: Plot) -> str:
    """Its title, else its name in `dvc.yaml` or its path."""
    return plot.title or plot.id
