"""What the bot says about revisions compared with each other: tables of experiments, differences, plots, data."""
