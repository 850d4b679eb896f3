"""The parts of an experiment and of a run: in each one, what is decided together and changes together."""
