"""Plans for experiments: which parameters, data and seeds they set. Modules here read through ports only."""
