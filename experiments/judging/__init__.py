"""How numbers are judged: metrics, differences, verdicts, gates, ranking and repeats."""
