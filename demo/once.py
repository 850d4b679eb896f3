"""The demo without a person: comment, wait for the report, and look whether everything is there."""

import re
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from demo.hub import Hub
from demo.processes import Processes
from demo.seed import BRANCH, run

COMMAND = "/run -S train.lr=0.01"
CHANGED_LINE = re.compile(r"^[+-]  lr: \S+ #", re.MULTILINE)
MAY_CHANGE = {"params.yaml", "dvc.lock", "results/metrics.json"}
DEADLINE = 600.0  # seconds
EVERY = 0.1  # seconds


class NotSeen(Exception):
    """What should have happened in the pull request did not; the message tells how far it came."""


@dataclass
class Steps:
    """What was seen to happen, with the seconds since the comment."""

    begin: float = field(default_factory=time.monotonic)
    seconds: dict[str, float] = field(default_factory=dict)

    def reached(self, name: str) -> None:
        """Now, unless it was before."""
        self.seconds.setdefault(name, time.monotonic() - self.begin)

    def table(self) -> str:
        """A line for each."""
        return "\n".join(f"{name:<24}{seconds:6.1f} s" for name, seconds in self.seconds.items())


def once(hub: Hub, number: int, processes: Processes, env: Mapping[str, str]) -> bool:
    """Whether report, check runs, landed commit and experiment ref are all there. NotSeen when no report comes."""
    baseline = str(hub.show(number)["pull"]["head"]["sha"])
    print(f"\nada comments: {COMMAND}\n", flush=True)
    report, steps = _wait_for_report(hub, number, hub.comment(number, COMMAND, by="ada"), processes)
    print(f"{report}\n\n{steps.table()}\n")
    checks = {"report": _report_problem(report)}
    checks["check runs"], head = _check_run_problem(hub, number, baseline)
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        as_reader = {**env, **hub.credential("ivan")}
        run(["git", "clone", "--quiet", "--branch", BRANCH, hub.clone_url, str(clone)], Path(folder), as_reader)
        checks["landed commit"] = _commit_problem(clone, baseline, head, as_reader)
        checks["experiment ref"] = _ref_problem(clone, baseline, head, as_reader)
    for name, problem in checks.items():
        print(f"{'✗' if problem else '✓'} {name}{': ' if problem else ''}{problem}")
    return not any(checks.values())


def _wait_for_report(hub: Hub, number: int, comment: int, processes: Processes) -> tuple[str, Steps]:
    steps = Steps()
    while time.monotonic() - steps.begin < DEADLINE:
        processes.check()
        seen = hub.show(number)
        reactions = {reaction["content"] for reaction in seen["reactions"][str(comment)]}
        answers = [each["body"] for each in seen["comments"] if each["id"] > comment and _by_bot(each)]
        if "confused" in reactions:
            raise NotSeen("The bot did not accept the command. It says:\n" + "\n\n".join(answers))
        if "eyes" in reactions:
            steps.reached("seen")
        if "rocket" in reactions:
            steps.reached("accepted")
        for check in seen["check_runs"]:
            _follow(check, steps)
        if answers and all(check["status"] == "completed" for check in seen["check_runs"]):
            steps.reached("reported")
            return answers[-1], steps
        time.sleep(EVERY)
    raise NotSeen(
        f"No report after {DEADLINE:.0f} seconds. Seen so far:\n{steps.table() or 'nothing'}\n\n"
        f"The end of what the programs say:\n{processes.last_lines()}"
    )


def _follow(check: Mapping[str, Any], steps: Steps) -> None:
    """A check run tells in its title how far the run is."""
    title = (check["output"]["title"] or "").lower()
    if check["status"] == "in_progress":
        steps.reached("claimed by a runner")
        if "training" in title:
            steps.reached("training started")
        elif "training started" in steps.seconds:
            steps.reached("trained")
    elif check["status"] == "completed":
        steps.reached("trained")


def _by_bot(comment: Mapping[str, Any]) -> bool:
    return bool(comment["user"]["type"] == "Bot")


def _report_problem(report: str) -> str:
    """Empty when the report names parameter and metric, and every picture in it is a PNG."""
    missing = [word for word in ("train.lr", "0.01", "accuracy") if word not in report]
    if missing:
        return f"it does not mention {', '.join(missing)}"
    pictures = re.findall(r"http://127\.0\.0\.1:\d+/plots/[\w.-]+", report)
    if not pictures:
        return "it has no picture"
    for picture in pictures:
        answer = httpx.get(picture, trust_env=False)
        if not answer.is_success or not answer.content.startswith(b"\x89PNG"):
            return f"{picture} is no picture (status {answer.status_code})"
    return ""


def _check_run_problem(hub: Hub, number: int, baseline: str) -> tuple[str, str]:
    """What is wrong with the check runs, if anything, and the SHA of the branch now."""
    seen = hub.show(number)
    head = str(seen["pull"]["head"]["sha"])
    concluded = {check["head_sha"]: check["conclusion"] for check in seen["check_runs"]}
    for what, sha in (("the commit it started from", baseline), ("the commit it landed as", head)):
        if concluded.get(sha) != "success":
            return f"{what}, {sha[:7]}, has {concluded.get(sha) or 'none that is completed'}", head
    return "", head


def _commit_problem(clone: Path, baseline: str, head: str, env: Mapping[str, str]) -> str:
    """Empty when the branch has one new commit with one changed parameter and its results."""
    if head == baseline:
        return "the branch is where it was"
    log = run(["git", "log", "--format=%H %P", f"{baseline}..{head}"], clone, env).split()
    if log != [head, baseline]:
        return f"{head[:7]} is not one commit on {baseline[:7]}"
    changed = set(run(["git", "diff", "--name-only", baseline, head], clone, env).split())
    if not {"params.yaml", "dvc.lock"} <= changed <= MAY_CHANGE:
        return f"it changes {', '.join(sorted(changed))}"
    lines = run(["git", "diff", "--unified=0", baseline, head, "--", "params.yaml"], clone, env)
    edits = [line for line in lines.splitlines() if re.match(r"[+-](?![+-])", line)]
    if len(edits) != 2 or not all(CHANGED_LINE.match(line) for line in edits):
        return "it changes more of params.yaml than the one line:\n" + "\n".join(edits)
    return ""


def _ref_problem(clone: Path, baseline: str, head: str, env: Mapping[str, str]) -> str:
    """Empty when DVC's ref of the experiment is on its baseline and points at the same commit."""
    found = run(["git", "ls-remote", "origin", "refs/exps/*"], clone, env).splitlines()
    below = f"refs/exps/{baseline[:2]}/{baseline[2:]}/"
    if [line.split("\t")[0] for line in found if line.split("\t")[1].startswith(below)] != [head]:
        return f"none below {below} is {head[:7]}; there are: {', '.join(found) or 'none'}"
    return ""
