"""The table of many experiments by `/show`, beside `dvc exp show --json` in a clone."""

import re
from collections.abc import Mapping
from pathlib import Path
from time import monotonic

import httpx

from bench import trials
from bench.row import Figure, Goal
from bench.thread import GaveUp, Thread, says
from bench.town import Town
from demo.hub import OTHERS
from demo.seed import run
from reports.messages.general import reply_marker
from reports.overview.comment import MARKER

WHOLE, SHORT = (200, 5000), (20, 100)  # experiments; the short ones show that the bench works
FEW, MANY = OTHERS[1], OTHERS[2]  # repositories
READ = 500  # experiments that `/show` reads at most
THEIRS = "`dvc exp show --json`"
_PAGE = re.compile(r"\((http://127\.0\.0\.1:\d+/[^)\s]+)\)")


def figures(town: Town, rounds: int) -> tuple[Figure, ...]:
    """Ask for the table when nothing is known of the experiments, and again. Raises GaveUp where one is not in it."""
    few, many = WHOLE if rounds > 1 else SHORT
    for repository in (FEW, MANY):
        town.publish(repository)
        # What the bot does for a new pull request would be in the way of the first table.
        town.threads[repository].waits("the overview", lambda seen: says(seen, MARKER))
    measured = [_round(town, few, number) for number in range(rounds)]
    cold, warm, their_cold, their_warm = zip(*measured, strict=True)
    # Not beside DVC, which takes minutes for as many.
    alone = [_asked(*_made(town, MANY, many, number)) for number in range(rounds)]
    first, again = zip(*alone, strict=True)
    return (
        Figure("table", f"{few} experiments, first time", "s", cold, their_cold, THEIRS, goals=(Goal(0.1),)),
        Figure("table", f"{few} experiments, again", "s", warm, their_warm, THEIRS, goals=(Goal(0.5),)),
        Figure("table", f"{many:,} experiments, first time", "s", first, goals=(Goal(1.0, of="ours"),)),
        Figure("table", f"{many:,} experiments, again", "s", again, goals=(Goal(1.0, of="ours"),)),
    )


def _round(town: Town, count: int, number: int) -> tuple[float, float, float, float]:
    """Return the seconds of our first and second table, and of DVC's."""
    thread, names = _made(town, FEW, count, number)
    tree = town.clone(thread, "listing")
    run(["git", "fetch", "--quiet", "origin", "refs/exps/*:refs/exps/*"], tree, town.by_hand)
    theirs = _theirs(town, tree, names) if number % 2 else None
    ours = _asked(thread, names)
    return (*ours, *(theirs or _theirs(town, tree, names)))


def _made(town: Town, repository: str, count: int, number: int) -> tuple[Thread, list[str]]:
    """Make new experiments, of which nothing is kept, in place of those of the round before."""
    thread = town.threads[repository]
    tree = town.clone(thread, f"trials-{repository.partition('/')[2]}")
    names = trials.make(tree, count, number + 1.0, town.by_hand)
    trials.push(tree, thread.clone_url, {**town.by_hand, **thread.hub.credential("ada")})
    return thread, names


def _asked(thread: Thread, names: list[str]) -> tuple[float, float]:
    first, again = (_ask(thread, names) for _ in range(2))
    return first, again


def _ask(thread: Thread, names: list[str]) -> float:
    begin = monotonic()
    mark = reply_marker(thread.comment("/show"))
    took = thread.waits("the table", lambda seen: says(seen, mark)) - begin
    (said,) = (each["body"] for each in thread.show()["comments"] if mark in each["body"])
    pages = [httpx.get(address, trust_env=False).text for address in _PAGE.findall(said)]
    listed = sum(any(name in text for text in (said, *pages)) for name in names)
    if listed < min(len(names), READ):
        raise GaveUp(f"Of {len(names)} experiments {listed} are in the table.\n{said[:2000]}")
    return took


def _theirs(town: Town, tree: Path, names: list[str]) -> tuple[float, float]:
    first, again = (_shown(tree, names, town.by_hand) for _ in range(2))
    return first, again


def _shown(tree: Path, names: list[str], env: Mapping[str, str]) -> float:
    begin = monotonic()
    said = run(["dvc", "exp", "show", "--json"], tree, env)
    took = monotonic() - begin
    if any(name not in said for name in names):
        raise GaveUp(f"DVC does not show all {len(names)} experiments.")
    return took
