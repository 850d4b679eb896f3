"""`python -m bench`: measures a sweep of ten on two runners, against DVC's own queue on the same machine."""

import os
import platform
import sys
from pathlib import Path
from statistics import median
from time import monotonic

from bench.sweep import COUNT, Ours, dvc, ours, reactions, values
from bench.town import RUNNERS, Town, town
from demo.stage import ROOT
from demo.trouble import DemoTrouble


def main() -> int:
    """Return 0 when everything was measured, whatever the results are."""
    rounds = int(os.environ.get("ROUNDS") or 3)
    folder = ROOT / ".bench"
    try:
        with town(folder, os.environ) as here:
            print(f"{platform.platform()}, {os.cpu_count()} cores. Getting ready …", flush=True)
            ours(here, "warm", ["0.91", "0.92"])  # makes the environment, which DVC's side uses, too
            measured = [_round(here, folder, number) for number in range(rounds)]
            queued = _hundred(here)
    except DemoTrouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    _tell([one for one, _ in measured], [other for _, other in measured], queued)
    return 0


def _round(here: Town, folder: Path, number: int) -> tuple[Ours, float]:
    """Measure both sides one after the other; which one is first alternates. Return our times and DVC's seconds."""
    lrs = values(number)
    theirs = dvc(here, folder / "clone", lrs) if number % 2 else 0.0
    mine = ours(here, f"round-{number + 1}", lrs)
    theirs = theirs or dvc(here, folder / "clone", lrs)
    ratio = mine.reported / theirs
    print(f"round {number + 1}: {mine.reported:.1f} s, DVC {theirs:.1f} s, ratio {ratio:.2f}", flush=True)
    return mine, theirs


def _hundred(here: Town) -> float:
    """Return the seconds until a comment that queues a hundred experiments is answered."""
    begin = monotonic()
    asked = "/run --queue --yes -S train.lr=range(1,101) -n hundred"
    comment = here.hub.comment(here.number, asked, by="ada")
    return here.waits("a hundred queued", lambda seen: "rocket" in reactions(seen, comment)) - begin


def _tell(mine: list[Ours], theirs: list[float], queued: float) -> None:
    reported = [each.reported for each in mine]
    ratios = [each / other for each, other in zip(reported, theirs, strict=True)]
    lines = (
        (f"{COUNT} experiments, {RUNNERS} runners, comment to report", reported),
        (f"dvc exp run --queue x {COUNT}, --run-all --jobs {RUNNERS}", theirs),
        ("comment to eyes", [each.acknowledged for each in mine]),
        ("comment to table", [each.accepted for each in mine]),
        ("of each: asked to training (waits its turn)", [each.waiting for each in mine]),
        ("of each: training", [each.training for each in mine]),
        ("of each: trained to in Git", [each.taking_in for each in mine]),
        ("comment to a hundred queued", [queued]),
    )
    print(f"\n{'seconds':<52}{'median':>8}{'min':>8}{'max':>8}")
    for words, seconds in lines:
        print(_line(words, seconds))
    print(f"\n{_line('ratio (below 1: faster than DVC alone)', ratios)}")


def _line(words: str, values: list[float]) -> str:
    return f"{words:<52}{median(values):8.2f}{min(values):8.2f}{max(values):8.2f}"


if __name__ == "__main__":
    sys.exit(main())
