"""What is studied: parameters, metrics, experiments, runs and how they compare. Pure functions of frozen values.

Nothing here opens a file, looks at a clock or the environment, draws at random, or asks anybody.
"""
