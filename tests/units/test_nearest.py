"""Did you mean."""

from experiments.nearest import nearest
from experiments.sentences import did_you_mean

KEYS = ("train.lr", "train.epochs", "model.depth", "model.dropout", "seed")


def test_the_last_part_of_a_dotted_name_is_enough() -> None:
    assert nearest("lr", KEYS)[0] == "train.lr"
    assert nearest("optim.lr", KEYS)[0] == "train.lr"


def test_a_typing_mistake_finds_what_was_meant() -> None:
    assert nearest("train.epoch", KEYS)[0] == "train.epochs"
    assert nearest("droput", KEYS)[0] == "model.dropout"
    assert nearest("Seed", KEYS) == ("seed",)


def test_nothing_is_near_to_what_is_far_off() -> None:
    assert nearest("zzzzzz", KEYS) == ()
    assert nearest("", KEYS) == ()


def test_no_more_than_asked_for_and_never_the_name_itself() -> None:
    assert nearest("run1", ("run1", "run2", "run3", "run4"), limit=2) == ("run2", "run3")


def test_a_name_of_any_length_is_compared_with_many() -> None:
    assert nearest("x" * 100_000, ("y" * 100_000, *(f"key{n}" for n in range(50_000)))) == ()


def test_a_sentence_names_the_nearest_or_all_there_are() -> None:
    assert did_you_mean("trian", ("train", "evaluate")) == ("did you mean `train`?", "train")
    assert did_you_mean("zzz", ("train", "evaluate")) == ("there are `train`, `evaluate`.", "")
    assert did_you_mean("zzz", [f"stage{n}" for n in range(50)])[0].endswith("`stage9` and others.")
