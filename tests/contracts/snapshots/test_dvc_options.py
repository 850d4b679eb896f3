"""Every option of the installed DVC is accepted by `/run`, or answered by name."""

import argparse

import pytest
from dvc.cli.parser import get_main_parser

from bot.commands import Problems, arguments
from bot.parsing import parse
from bot.specification import script
from experiments.experiment import Experiment, Repository
from experiments.parts.landing_plan import LandingPlan
from experiments.snapshot import Snapshot
from handlers.lists import REGISTRY
from handlers.planning.run_arguments import RunArgs
from tests.units.sample_run import changed

EXPERIMENT = Experiment(Repository(1, "ada/digits", 7), 3, "1a2b3c4d" * 5, "puffy-daks", LandingPlan("tune", "main"))
RUN = REGISTRY.find("run")
TAKEN = {flag: argument for argument in arguments(RunArgs) for flag in argument.flags}


def options(*command: str) -> list[argparse.Action]:
    """Return the options of a DVC command, including those that its help hides."""
    parser = get_main_parser()
    for name in command:
        choices = next(each.choices for each in parser._actions if isinstance(each, argparse._SubParsersAction))
        parser = choices[name]
    return [each for each in parser._actions if each.option_strings]


def spellings() -> list[tuple[str, bool]]:
    """Yield each way to write each option, and whether a value follows."""
    actions = [*options("exp", "run"), *options("repro")]
    return sorted({(flag, action.nargs != 0) for action in actions for flag in action.option_strings})


def test_the_parser_of_dvc_is_read() -> None:
    found = dict(spellings())
    assert found["--set-param"]
    assert not found["--allow-missing"]
    assert len(found) > 30


@pytest.mark.parametrize(("flag", "valued"), spellings())
def test_an_option_of_dvc_is_accepted_or_answered_by_name(flag: str, valued: bool) -> None:
    assert RUN is not None
    if flag in TAKEN:
        assert bool(TAKEN[flag].metavar) == valued
        return
    (answer,) = (each for each in RUN.answers if flag in each.flags)
    assert answer.valued == valued
    (parsed,) = parse(f"/run {flag}{' 3' if valued else ''} -S train.lr=0.1", REGISTRY)
    (problem,) = parsed.problems
    assert problem.message == answer.message
    assert any(f"`{each}" in problem.message for each in answer.flags)
    assert parsed.line[problem.start : problem.end] == f"{flag}{' 3' if valued else ''}"
    assert not Problems(parsed.line, parsed.problems).corrected


def test_dvc_understands_every_accepted_option() -> None:
    (parsed,) = parse("/run train -s -p -P --downstream --force-downstream -k -f --pull --allow-missing", REGISTRY)
    assert not parsed.problems
    flags = ("--single-item", "--pipeline", "--all-pipelines", "--downstream", "--force-downstream", "--keep-going")
    words = script(changed(EXPERIMENT, flags=flags), Snapshot(""))
    read = get_main_parser().parse_args(words[1:])
    assert all(getattr(read, flag.removeprefix("--").replace("-", "_")) for flag in flags[:-1])
    assert read.on_error == "keep-going"


@pytest.mark.parametrize("typed", ["-j3", "--jobs=3"])
def test_an_answered_option_may_have_its_value_in_the_same_word(typed: str) -> None:
    (parsed,) = parse(f"/run {typed}", REGISTRY)
    assert "`/start --jobs N`" in parsed.problems[0].message
