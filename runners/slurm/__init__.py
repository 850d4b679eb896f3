"""Runs that train on a Slurm cluster, one batch job each."""
