"""What experiments say of themselves, read from Git: the bench compares the bot's numbers with DVC's."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from bench.thread import Thread
from demo.seed import run
from experiments.params import flatten

OF_PEOPLE = re.compile(r"refs/\w+/[0-9a-f]{2}/[0-9a-f]{38}/[^/]+")  # DVC's own bookkeeping has refs beside them


def by_value(tree: Path, below: str, key: str, env: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Return the metrics of each experiment below a folder of refs, by the value of one parameter."""
    found = {}
    refs = run(["git", "for-each-ref", "--format=%(refname)", below], tree, env).split()
    for ref in filter(OF_PEOPLE.fullmatch, refs):
        params, metrics = (run(["git", "show", f"{ref}:{name}"], tree, env) for name in ("params.yaml", "metrics.json"))
        value = flatten(yaml.safe_load(params)).get(key)
        found[str(value)] = {name: float(number) for name, number in json.loads(metrics).items()}
    return found


def fetched(thread: Thread, tree: Path, env: Mapping[str, str]) -> None:
    """Fetch the experiments that the bot pushed, as `refs/ours/…`."""
    run(["git", "fetch", "--quiet", thread.clone_url, "+refs/exps/*:refs/ours/*"], tree, env)
