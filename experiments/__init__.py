"""The core, which is pure functions of frozen values: parameters, metrics, experiments, runs and how they compare.

Nothing here opens a file, reads the clock or the environment, draws random numbers, or calls a service.
"""
