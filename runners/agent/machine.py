"""Describes the machine in one line for the report: system, cores, memory, GPUs."""

import os
import platform
import shutil
import subprocess
from collections import Counter


def describe() -> str:
    """Return the description: `Linux x86_64, 2 cores, 23 GiB, no GPU`."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    gpus = _gpus()
    return f"{platform.system()} {platform.machine()}, {cores} cores, {memory:.0f} GiB, {_counted(gpus) or 'no GPU'}"


def _counted(gpus: list[str]) -> str:
    """Return GPUs of the same name as a number: `8 × NVIDIA A100-SXM4-80GB`."""
    kinds = Counter(gpus).items()
    return ", ".join(name if count == 1 else f"{count} × {name}" for name, count in kinds)


def _gpus() -> list[str]:
    if not shutil.which("nvidia-smi"):
        return []
    query = ("nvidia-smi", "--query-gpu=name", "--format=csv,noheader")
    try:
        asked = subprocess.run(query, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line.strip() for line in asked.stdout.splitlines() if line.strip()] if asked.returncode == 0 else []
