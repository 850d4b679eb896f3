"""Runs the demo without a person: comments, waits for the report, and checks that everything is there."""

import re
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.evidence import check_run_problem, commit_problem, ref_problem, report_problem
from demo.hub import Hub
from demo.processes import Processes
from demo.seed import BRANCH, run
from demo.trouble import DemoTrouble
from reports.overview.comment import MARKER

COMMAND = "/run -S train.lr=0.01"
DEADLINE = 600.0  # seconds
HIDDEN = re.compile(r"<!--.*?-->")  # marks by which the bot finds its own comments
RULE = "─" * 72


class NotSeen(DemoTrouble):
    """Something that should have happened in the pull request did not. The message says how far it came."""


@dataclass
class Steps:
    """The steps that were seen, with the seconds since the comment."""

    begin: float = field(default_factory=time.monotonic)
    seconds: dict[str, float] = field(default_factory=dict)

    def reached(self, name: str) -> None:
        """Note that a step was seen now, unless it was seen before."""
        self.seconds.setdefault(name, time.monotonic() - self.begin)

    def table(self) -> str:
        """Return a line for each step."""
        return "\n".join(f"{name:<24}{seconds:6.1f} s" for name, seconds in self.seconds.items())


def once(hub: Hub, number: int, processes: Processes, env: Mapping[str, str]) -> bool:
    """Return whether report, check runs, landed commit and experiment ref are all there.

    Raises NotSeen without a report.
    """
    baseline = str(hub.show(number)["pull"]["head"]["sha"])
    print(f"\nada comments: {COMMAND}\n", flush=True)
    comment = hub.comment(number, COMMAND, by="ada")
    report, steps = _wait_for_report(hub, number, comment, baseline, processes)
    print(f"{report}\n", flush=True)
    checks = {"report": report_problem(report)}
    seen = hub.show(number)
    head = str(seen["pull"]["head"]["sha"])
    checks["check runs"] = check_run_problem(seen["check_runs"], baseline, head)
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        run(["git", "clone", "--quiet", "--branch", BRANCH, hub.clone_url, str(clone)], Path(folder), env)
        checks["landed commit"] = commit_problem(clone, baseline, head, env)
        checks["experiment ref"] = ref_problem(clone, baseline, head, env)
    print(conclusion(report, steps, checks), flush=True)
    return not any(checks.values())


def conclusion(report: str, steps: Steps, checks: Mapping[str, str]) -> str:
    """Return what is printed last: the report's first line, the seconds, and each check's problem ("": none)."""
    found = [f"{'✗' if problem else '✓'} {name}{': ' if problem else ''}{problem}" for name, problem in checks.items()]
    return "\n".join([RULE, _headline(report), "", steps.table(), "", *found])


def _wait_for_report(hub: Hub, number: int, comment: int, baseline: str, processes: Processes) -> tuple[str, Steps]:
    steps = Steps()
    with closing(hub.follow(number)) as views:
        for seen in views:
            processes.check()
            if time.monotonic() - steps.begin > DEADLINE:
                break
            reactions = {reaction["content"] for reaction in seen["reactions"][str(comment)]}
            answers = [
                each["body"]
                for each in seen["comments"]
                if each["id"] > comment and _by_bot(each) and MARKER not in each["body"]
            ]
            if "confused" in reactions:
                raise NotSeen("The bot did not accept the command. It says:\n" + "\n\n".join(answers))
            if "eyes" in reactions:
                steps.reached("seen")
            if "rocket" in reactions:
                steps.reached("accepted")
            for check in seen["check_runs"]:
                if check["head_sha"] == baseline:  # a push to the default branch has a check run, too
                    _follow(check, steps)
            if answers and all(check["status"] == "completed" for check in seen["check_runs"]):
                steps.reached("reported")
                return answers[-1], steps
    raise NotSeen(
        f"No report after {DEADLINE:.0f} seconds. Seen so far:\n{steps.table() or 'nothing'}\n\n"
        f"The end of what the programs say:\n{processes.last_lines()}"
    )


def _follow(check: Mapping[str, Any], steps: Steps) -> None:
    """Note how far the run is, which the check run's title says."""
    title = check["output"]["title"] or ""
    if check["status"] == "in_progress":
        steps.reached("claimed by a runner")
    if title.startswith("Training"):
        steps.reached("training started")
    if title.startswith("Trained") or check["status"] == "completed":
        steps.reached("trained")


def _headline(report: str) -> str:
    lines = (HIDDEN.sub("", line).strip() for line in report.splitlines())
    return next(filter(None, lines), "").replace("**", "").lstrip("# ")


def _by_bot(comment: Mapping[str, Any]) -> bool:
    return bool(comment["user"]["type"] == "Bot")
