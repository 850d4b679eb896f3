"""Suggestions: "did you mean"."""

from typing import Any

import pytest

from bot.commands import Command, Problems, arguments
from bot.parsing import parse
from bot.ports.git_host import Permission
from experiments.nearest import nearest, safest
from experiments.wording import did_you_mean
from handlers.lists import REGISTRY

KEYS = ("train.lr", "train.epochs", "model.depth", "model.dropout", "seed")


def test_the_last_part_of_a_dotted_name_is_enough() -> None:
    assert nearest("lr", KEYS)[0] == "train.lr"
    assert nearest("optim.lr", KEYS)[0] == "train.lr"


def test_a_typing_mistake_finds_what_was_meant() -> None:
    assert nearest("train.epoch", KEYS)[0] == "train.epochs"
    assert nearest("droput", KEYS)[0] == "model.dropout"
    assert nearest("Seed", KEYS) == ("seed",)


def test_a_distant_name_is_not_suggested() -> None:
    assert nearest("zzzzzz", KEYS) == ()
    assert nearest("", KEYS) == ()


def test_at_most_the_requested_number_is_suggested_and_never_the_name_itself() -> None:
    assert nearest("run1", ("run1", "run2", "run3", "run4"), limit=2) == ("run2", "run3")


def test_a_name_of_any_length_is_compared_quickly() -> None:
    assert nearest("x" * 100_000, ("y" * 100_000, *(f"key{n}" for n in range(50_000)))) == ()


def test_a_sentence_names_the_nearest_names_or_all_of_them() -> None:
    assert did_you_mean("trian", ("train", "evaluate")) == ("did you mean `train`?", "train")
    assert did_you_mean("zzz", ("train", "evaluate")) == ("there are `train`, `evaluate`.", "")
    assert did_you_mean("zzz", [f"stage{n}" for n in range(50)])[0].endswith("`stage9` and others.")


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("/stat", "/status"),
        ("/rnu -S lr=1", "/run -S lr=1"),
        ("/run --set lr=0.3", "/run --set-param lr=0.3"),
        ("/run --res warm", "/run --resume warm"),
        ("/run -S train.lr = 0.02 -n warm", "/run -S train.lr=0.02 -n warm"),
        ("/run -S train.lr =0.02", "/run -S train.lr=0.02"),
        ("/run -S train.lr= 0.02 train", "/run -S train.lr=0.02 train"),
        ("/run -S lr = -1", "/run -S lr=-1"),
        ("/run -S name = 'a b'", '/run -S "name=a b"'),
        ("/run -s train.lr=0.01", "/run -S train.lr=0.01"),
        ("/run -s train.lr = 0.01 --temp", "/run -S train.lr=0.01 --temp"),
        ("/run train.lr=0.01", "/run -S train.lr=0.01"),
        ("/run train.lr = 0.01", "/run -S train.lr=0.01"),
        ("/remov warm", ""),
        ("/canc", ""),
        ("/strat", ""),
        ("/retyr", ""),
        ("/run --forse", ""),
        ("/run --rest", ""),
    ],
)
def test_a_correction_is_a_line_to_copy_unless_it_would_do_harm(typed: str, corrected: str) -> None:
    (parsed,) = parse(typed, REGISTRY)
    found = Problems(parsed.line, parsed.problems)
    assert found.corrected == corrected
    assert found.problems


def test_an_empty_value_and_the_stage_after_it_are_two_words() -> None:
    for typed in ("/run -S name= train", "/run -s train", "/run train@lr=1"):
        (parsed,) = parse(typed, REGISTRY)
        assert not parsed.problems


def _misspelled(name: str) -> set[str]:
    """Yield the name with one letter missing, and with two letters swapped."""
    less = {name[:at] + name[at + 1 :] for at in range(len(name))}
    return less | {name[:at] + name[at + 1] + name[at] + name[at + 2 :] for at in range(len(name) - 1)}


@pytest.mark.parametrize("verb", REGISTRY.harmful)
def test_no_misspelling_of_a_harmful_verb_is_corrected_to_one(verb: str) -> None:
    for typed in _misspelled(verb) - set(REGISTRY.verbs):
        for parsed in parse(f"/{typed}", REGISTRY):
            corrected = Problems(parsed.line, parsed.problems).corrected
            assert corrected.removeprefix("/").split(" ")[0] not in REGISTRY.harmful


@pytest.mark.parametrize("command", REGISTRY.commands, ids=REGISTRY.verbs)
def test_no_misspelling_of_an_option_is_corrected_to_a_harmful_one(command: Command[Any]) -> None:
    flags = {flag: argument.harms for argument in arguments(command.arguments) for flag in argument.flags}
    for typed in {each for flag in flags if flag.startswith("--") for each in _misspelled(flag[2:])}:
        if f"--{typed}" not in flags:
            near, _ = safest(f"--{typed}", flags, [flag for flag, harms in flags.items() if harms])
            assert not flags.get(near)


def test_commands_that_destroy_or_start_waiting_runs_are_harmful() -> None:
    acting = {command.verb for command in REGISTRY.commands if command.needs >= Permission.WRITE}
    assert set(REGISTRY.harmful) >= {*acting - {"run"}, "approve"}, "only /run may be offered for another word"
    harmful = {
        flag
        for command in REGISTRY.commands
        for argument in arguments(command.arguments)
        for flag in argument.flags
        if argument.harms
    }
    assert harmful >= {"--reset", "--force", "--yes"}
