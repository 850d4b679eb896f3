"""runners.yml from its text, with a sentence for everything that is wrong in it."""

from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from experiments.fleet.runners import Aws, Fleet, Kubernetes, Local, Rq, Slurm
from experiments.place import Kind
from experiments.sentences import meant, quoted

_MODELS: dict[str, type[BaseModel]] = {
    Kind.LOCAL: Local,
    Kind.RQ: Rq,
    Kind.SLURM: Slurm,
    Kind.KUBERNETES: Kubernetes,
    Kind.AWS: Aws,
}
_WHOLE = "the file"


class FleetError(Exception):
    """Everything that is wrong in runners.yml, a line each."""


def read_fleet(text: str) -> Fleet:
    """FleetError names all that is wrong at once."""
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
    wrong = [sentence for name, runner in fleet.runners.items() for sentence in _of_runner(name, runner)]
    if wrong:
        raise FleetError("\n".join(wrong))
    return fleet


def _sentence(error: Any, document: Any) -> str:
    place = [str(part) for part in error["loc"] if part not in _MODELS and part != "[key]"]
    where = quoted(".".join(place)) if place else _WHOLE
    match error["type"]:
        case "extra_forbidden":
            return f"There is no {where}: {meant(place[-1], _known(error['loc']))}"
        case "missing":
            return f"{where} is missing."
        case "union_tag_invalid" | "union_tag_not_found":
            given = error["ctx"].get("tag", "")
            return f"{quoted('.'.join([*place, 'type']))}: {meant(str(given), _MODELS)}"
        case _:
            return f"{where}: {error['msg'][:1].lower()}{error['msg'][1:]}."


def _known(location: tuple[str | int, ...]) -> list[str]:
    """Names that may stand where an unknown one does."""
    kinds = [part for part in location if part in _MODELS]
    if kinds:
        return list(_MODELS[str(kinds[0])].model_fields)
    if len(location) > 1 and location[0] in Fleet.model_fields:
        inner = Fleet.model_fields[str(location[0])].annotation
        models = [each for each in (inner, *getattr(inner, "__args__", ())) if hasattr(each, "model_fields")]
        return [name for model in models for name in model.model_fields]
    return list(Fleet.model_fields)


def _of_runner(name: str, runner: Any) -> list[str]:
    """What no single entry shows."""
    if not isinstance(runner, Aws):
        return []
    without = [region for region in runner.regions if region not in runner.images]
    found = [f"{quoted(f'runners.{name}.images')} has no image for {quoted(region)}." for region in without]
    if not runner.regions:
        found.append(f"{quoted(f'runners.{name}.regions')} is missing: where machines may be launched.")
    if not runner.machines:
        found.append(f"{quoted(f'runners.{name}.machines')} is missing: which may be launched.")
    return found
