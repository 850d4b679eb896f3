"""The reader of runners.yml, which names every mistake in it at once."""

from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from experiments.fleet import folders, remotes, sizes
from experiments.fleet.runners import DISK, GPU, Aws, Fleet, Kubernetes, Local, Machines, Rq, Runner, Slurm
from experiments.hosts import is_full_name
from experiments.placement import EngineKind
from experiments.wording import meant, quoted

_MODELS: dict[str, type[BaseModel]] = {
    EngineKind.LOCAL: Local,
    EngineKind.RQ: Rq,
    EngineKind.SLURM: Slurm,
    EngineKind.KUBERNETES: Kubernetes,
    EngineKind.AWS: Aws,
}
_WHOLE = "the file"
_MOVED = (
    "variables for a push are given for one address, not for a runner. Write at the top of the file "
    "`remotes: {models: {url: s3://bucket/path, repositories: [owner/name], "
    "push: {AWS_ACCESS_KEY_ID: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: AWS_SECRET_ACCESS_KEY}}}`; docs/runners.md "
    "explains it."
)


_OWNED = "a folder belongs to one repository, which alone reads it and adds to it: `remotes: {owner/name: /folder}`."


class FleetError(Exception):
    """All mistakes in runners.yml, one a line."""


def read_fleet(text: str) -> Fleet:
    """Return the fleet that the text of a runners.yml declares. Raises FleetError, which names all mistakes at once."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise FleetError(f"It is not YAML: {' '.join(str(error).split())}") from error
    if document is None:
        return Fleet()
    try:
        fleet = Fleet.model_validate(document)
    except ValidationError as error:
        raise FleetError("\n".join(_sentence(each, document) for each in error.errors())) from error
    wrong = _of_fleet(fleet)
    wrong += [sentence for name, remote in fleet.remotes.items() for sentence in remotes.mistakes(name, remote)]
    wrong += [sentence for name, runner in fleet.runners.items() for sentence in _of_runner(name, runner)]
    if fleet.bounded:
        wrong += [sentence for name, runner in fleet.runners.items() for sentence in _unpriced(name, runner)]
    if wrong:
        raise FleetError("\n".join(wrong))
    return fleet


def _sentence(error: Any, document: Any) -> str:
    place = _place(error["loc"])
    where = quoted(".".join(place)) if place else _WHOLE
    match error["type"]:
        case "extra_forbidden" if place[:1] == ["runners"] and place[2:] == ["remote"]:
            return f"{where}: {_MOVED}"
        case "mapping_type" | "dict_type" if place[:1] == ["runners"] and place[2:] == ["remotes"]:
            return f"{where}: {_OWNED}"
        case "extra_forbidden":
            return f"There is no {where}: {meant(place[-1], _known(error['loc']))}"
        case "missing":
            return f"{where} is missing."
        case "union_tag_invalid" | "union_tag_not_found":
            given = error["ctx"].get("tag", "")
            return f"{quoted('.'.join([*place, 'type']))}: {meant(str(given), _MODELS)}"
        case "sequence_str" | "sequence_type" | "list_type" | "tuple_type":
            given = f"{place[-1]}: [{error['input']}]"
            return f"{where} is a list: write {quoted(given)}."
        case "dict_type" | "mapping_type" | "model_type" | "model_attributes_type" | "dataclass_type":
            return f"{where} has entries of its own, `name: value` each: docs/runners.md shows them."
        case "too_short":
            return f"{where} is empty."
        case "string_pattern_mismatch" if len(place) == 2 and error["loc"][-1] == "[key]":
            return f"{where}: a name has lower-case letters, digits and dashes, and begins with a letter or digit."
        case _:
            return f"{where}: {error['msg'][:1].lower()}{error['msg'][1:]}."


def _place(location: tuple[str | int, ...]) -> list[str]:
    """Return where an error is in the file, without the parts that pydantic adds: the type of a runner and a mark for
    keys."""
    names = [str(part) for part in location if part != "[key]"]
    return names[:2] + names[3:] if names[:1] == ["runners"] and names[2:3] and names[2] in _MODELS else names


def _known(location: tuple[str | int, ...]) -> list[str]:
    """Return the names that are allowed where an unknown one stands."""
    if location[0] == "runners" and len(location) > 2:
        return list(_MODELS[str(location[2])].model_fields)
    if len(location) > 1 and location[0] in Fleet.model_fields:
        inner = Fleet.model_fields[str(location[0])].annotation
        models = [each for each in (inner, *getattr(inner, "__args__", ())) if hasattr(each, "model_fields")]
        return [name for model in models for name in model.model_fields]
    return list(Fleet.model_fields)


def _of_fleet(fleet: Fleet) -> list[str]:
    """Return a sentence for each budget whose name can be no repository's."""
    return [
        f"{quoted(f'repositories.named.{name}')}: a repository is `owner/name`."
        for name in fleet.repositories.named
        if not is_full_name(name)
    ]


def _of_runner(name: str, runner: Runner) -> list[str]:
    """Return the mistakes of one runner that concern several of its fields."""
    found = _of_machines(name, runner) if isinstance(runner, Machines) else []
    if isinstance(runner, Slurm):
        found += [f"{quoted(f'runners.{name}.remotes')}: {each}" for each in folders.mistakes(runner.owned)]
    if not isinstance(runner, Aws):
        return found
    without = [region for region in runner.regions if region not in runner.images]
    found += [f"{quoted(f'runners.{name}.images')} has no image for {quoted(region)}." for region in without]
    if not runner.regions:
        found.append(f"{quoted(f'runners.{name}.regions')} is missing: where machines may be launched.")
    if not runner.machines:
        found.append(f"{quoted(f'runners.{name}.machines')} is missing: which may be launched.")
    return found


def _unpriced(name: str, runner: Runner) -> list[str]:
    """Return a sentence for everything that may be launched and has no price, where budgets or approval depend on
    prices."""
    if not isinstance(runner, Machines):
        return []
    machines = [sizes.machine(runner.type, each) for each in runner.machines] or ["*"]
    missing = [each for each in machines if runner.price(each) is None]
    missing += [GPU] if runner.gpus and runner.type is not EngineKind.AWS and GPU not in runner.prices else []
    missing += [DISK] if (runner.disk or runner.most_disk) and DISK not in runner.prices else []
    return [
        f"{quoted(f'runners.{name}.prices')} has no {quoted(each)}: budgets and approval are counted in prices. Write "
        "0 where it costs nothing."
        for each in missing
    ]


def _of_machines(name: str, runner: Slurm | Kubernetes | Aws) -> list[str]:
    """Return the mistakes in the prices and the disk of a runner that launches machines."""
    found, known = [], [sizes.machine(runner.type, each) for each in runner.machines]
    if runner.cost and not runner.prices:
        found.append(f"{quoted(f'runners.{name}.prices')} is missing: `cost` bounds what they come to.")
    for priced in runner.prices:
        machine = priced.removesuffix(" spot")
        if machine not in ("*", GPU, DISK) and known and machine not in known:
            found.append(f"{quoted(f'runners.{name}.prices.{priced}')} is no machine of it: {meant(machine, known)}")
    if runner.disk > runner.most_disk > 0:
        found.append(f"{quoted(f'runners.{name}.disk')} is more than its `most_disk`, {runner.most_disk} GB.")
    return found
