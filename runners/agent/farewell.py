"""Cuts the agent's final message to what the bot accepts: a refused one would make the training worthless."""

import json
from collections.abc import Mapping
from typing import Any

from .limits import AttemptLimits

LEAST = ("exit_code", "timed_out", "interrupted")  # what the bot cannot do without


def fitted(report: Mapping[str, Any], limits: AttemptLimits) -> Mapping[str, Any]:
    """Return the message within the limits.

    The last line of a shortened package list says how many lines are missing.
    """
    environment = dict(report["environment"])
    packages = [str(line)[: limits.line] for line in environment.pop("packages")]
    environment = {name: str(value)[: limits.line] for name, value in environment.items()}
    most = limits.packages

    def cut() -> Mapping[str, Any]:
        kept = packages if len(packages) <= most else packages[: max(0, most - 1)]
        left = len(packages) - len(kept)
        lines = [*kept, f"# {left} more are left out"] if left and most else kept
        return {
            **report,
            "reason": report["reason"][: limits.reason],
            "environment": {**environment, "packages": lines},
        }

    def fits() -> bool:
        whole = cut()
        installed = sum(len(line.encode("utf-8", "replace")) for line in whole["environment"]["packages"])
        return installed <= limits.installed and len(json.dumps(whole)) <= limits.body

    while most and not fits():
        most //= 2
    return cut() if most else {**cut(), "provenance": None}


def least(report: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the shortest message, for a bot that refused the whole one."""
    return {**{name: report[name] for name in LEAST}, "reason": report["reason"][:500]}
