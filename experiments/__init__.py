"""What is studied: parameters, metrics, experiments, runs and how they compare. Pure functions of frozen values."""
