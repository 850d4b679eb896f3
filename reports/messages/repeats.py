"""What the bot says about repeats with other seeds."""

from collections.abc import Sequence

from experiments.nearest import nearest
from experiments.params.yaml_literal import flow
from experiments.settings.fields import PATH
from experiments.snapshot import Param, Value
from experiments.wording import meant
from reports.text.markdown import code, fence, sentence


def of_sweep(count: int) -> str:
    """Return the refusal of several values together with several seeds."""
    return (
        f"{code('--repeat')} takes one experiment. Let the sweep find the best one first; then "
        f"{code(f'/run --from NAME --repeat {count}')} shows whether it is more than luck."
    )


def no_seed(keys: Sequence[str]) -> str:
    """Say that the configuration names no seed, with the line that would."""
    likely = next((key for key in keys if key.rpartition(".")[2] in ("seed", "random_seed", "random_state")), "")
    like = likely or next(iter(nearest("seed", list(keys), 1)), "seed")
    return (
        f"Nothing says which parameter is the seed that {code('--repeat')} varies. Add this line to {code(PATH)} of "
        f"the base branch:\n\n{fence(f'seed: {like}', 'yaml')}"
    )


def which_seed(named: str, found: Sequence[Param], keys: Sequence[str]) -> str:
    """Say that no parameter, or several, have the configured name of the seed."""
    where = f"{code('seed')} of {code(PATH)}"
    if found:
        files = ", ".join(code(f"{each.file}:{each.key}", 80) for each in found[:10])
        return f"{where} names {code(named)}, which several files have. Name one of these: {files}."
    return f"{where} names {code(named)}, and no parameter of this commit has that name: {sentence(meant(named, keys))}"


def no_number(named: str, value: Value) -> str:
    """Say that the seed is no whole number, so that other seeds can't be counted from it."""
    return (
        f"The seed {code(named)} is {code(flow(value), 40)} at this commit. {code('--repeat')} counts up from a "
        "whole number: put one there."
    )


def given_twice(key: str) -> str:
    """Return the refusal of an override of the seed: `--repeat` varies it."""
    return f"{code('--repeat')} varies {code(key)} itself, from the value in the files. Leave it out of {code('-S')}."


def cannot_vary(key: str, problem: str) -> str:
    """Say that the parameter file does not allow another seed."""
    return f"The seed {code(key)} can't be varied: {sentence(problem)}"


def other_seed(name: str, seed: int, sweep: str, proper: str) -> str:
    """Say why a repeat with another seed is not applied: the luckiest would be chosen."""
    why = f"{code(name)} is a repeat with seed {seed}: of repeats the one with the configured seed goes onto the branch"
    return f"{why}, never the luckiest. {code(f'/apply {sweep}')} takes {code(proper)}."
