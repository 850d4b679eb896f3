"""Where the result of an experiment lands."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LandingPlan:
    """The branch that gets the result, or why it stays as it is."""

    branch: str  # head branch, where the result may land
    base_branch: str
    temp: bool = False  # the branch stays as it is
    new_branch: str = ""  # a new branch that gets its commit and a pull request
    into_base: bool = False  # that pull request goes into the base branch, not into `branch`
    head_before: str = ""  # SHA of the head before the parameter commit, where that one is the baseline
