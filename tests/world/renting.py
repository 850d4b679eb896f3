"""Runners of the operator's that launch machines, in the conversations about them."""

from tests.world.pull import PullRequest

RUNNERS = """
runners:
  here: {type: local}
  ec2:
    type: aws
    regions: [us-west-1]
    machines: [g4dn.xlarge]
    images: {us-west-1: ami-1}
    spot: allowed
    at_once: 1
    prices: {g4dn.xlarge: 0.5, g4dn.xlarge spot: 0.25}
"""
CLUSTER = """
runners:
  ec2: {type: slurm, home: /shared/studio, prices: {"*": 2}}
"""
HOUR = 3600
BETTER = {"accuracy": 0.95}


def launched(pull: PullRequest, more: str = "") -> None:
    """Ask for a run on a machine of its own."""
    pull.comment(f"/run -S train.lr=0.01 --runner ec2 {more}")
