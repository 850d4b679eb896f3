"""What is said of revisions beside each other: tables of experiments, differences, plots, data."""
