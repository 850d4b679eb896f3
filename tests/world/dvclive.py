"""The files that DVCLive leaves in a project that logs with it, as DVCLive itself writes it."""

# At the top of dvc.yaml after a first training: parameters, metrics and curves.
DECLARED = """\
params:
- dvclive/params.yaml
metrics:
- dvclive/metrics.json
plots:
- dvclive/plots/metrics:
    x: step
"""
