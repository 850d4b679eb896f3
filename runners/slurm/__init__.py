"""The engine for a Slurm cluster: each run trains in a batch job of its own."""
