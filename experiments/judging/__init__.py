"""What numbers are worth: metrics, differences, verdicts, gates, ranking and repeats."""
