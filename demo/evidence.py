"""Checks what a run should leave behind. Each function returns the first problem as text, empty where there is none."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from demo.seed import run

CHANGED_LINE = re.compile(r"[+-]  lr: \S+ #")
MAY_CHANGE = {"params.yaml", "dvc.lock", "results/metrics.json"}


def report_problem(report: str) -> str:
    """Check that the report names parameter and metric, and that every picture in it is a PNG."""
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


def check_run_problem(check_runs: Sequence[Mapping[str, Any]], baseline: str, head: str) -> str:
    """Check that the commit it started from and the commit it landed as each have a successful check run."""
    concluded = {check["head_sha"]: check["conclusion"] for check in check_runs}
    for what, sha in (("the commit it started from", baseline), ("the commit it landed as", head)):
        if concluded.get(sha) != "success":
            return f"{what}, {sha[:7]}, has {concluded.get(sha) or 'none that is completed'}"
    return ""


def commit_problem(clone: Path, baseline: str, head: str, env: Mapping[str, str]) -> str:
    """Check that the branch has one new commit, with one changed parameter and its results."""
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


def ref_problem(clone: Path, baseline: str, head: str, env: Mapping[str, str]) -> str:
    """Check that DVC's ref of the experiment is on its baseline and points at the same commit."""
    found = run(["git", "ls-remote", "origin", "refs/exps/*"], clone, env).splitlines()
    below = f"refs/exps/{baseline[:2]}/{baseline[2:]}/"
    if [line.split("\t")[0] for line in found if line.split("\t")[1].startswith(below)] != [head]:
        return f"none below {below} is {head[:7]}; there are: {', '.join(found) or 'none'}"
    return ""
