"""Advice about files that no branch gets: declare what can be declared, and nothing else."""

from experiments.refs import ExperimentRef
from reports.messages.landing import undeclared
from reports.run.unfit import Barred, helps

PLAIN, NEVER = "notes.txt (not declared as an output)", "run.sh (made executable)"


def test_a_file_that_no_branch_may_get_is_not_advised_to_be_declared() -> None:
    for has_dvc in (True, False):
        assert helps(Barred([NEVER]), has_dvc) == "The bot never puts `run.sh` onto a branch: commit it yourself."
    both = helps(Barred([PLAIN, NEVER, "a/x (symlink)"]), has_dvc=True)
    assert both.startswith("Name `notes.txt` in `dvc.yaml`") and "`git rm --cached notes.txt`" in both
    assert both.endswith("The bot never puts `run.sh`, `a/x` onto a branch: commit them yourself.")


def test_several_files_are_in_the_plural() -> None:
    two = ["a.txt (not declared as an output)", "b.txt (not declared as an output)"]
    assert (
        "of the stage that writes them, with `cache: false` where Git tracks them; or keep them out of Git:"
        in helps(Barred([*two, NEVER]), has_dvc=True)
    )
    assert helps(Barred(two), has_dvc=True).startswith(
        "Name each in `dvc.yaml`, under `outs:` of the stage that writes it"
    )
    assert "with DVC they would be outputs" in helps(Barred(two), has_dvc=False)
    assert "with DVC it would be an output" in helps(Barred(two[:1]), has_dvc=False)


def test_a_file_that_only_became_executable_is_not_called_undeclared() -> None:
    kept = ExperimentRef("aside", "b" * 40, "c" * 40, f"refs/exps/bb/{'b' * 38}/aside")
    advice = undeclared(kept, "", Barred([NEVER]))
    assert advice.startswith("`aside` changes files that no branch may get from it, so it does not go onto a branch:")
    assert "- `run.sh (made executable)`" in advice and "declared" not in advice
    assert "`aside` changes what is not declared as an output" in undeclared(kept, "", Barred([PLAIN]))


def test_a_file_that_dvclive_always_deletes_is_to_be_removed_from_git() -> None:
    advice = helps(Barred(["dvclive/dvc.yaml (not declared as an output)"]), has_dvc=True)
    assert "`Live(dvcyaml=False)`" in advice and "`git rm dvclive/dvc.yaml`" in advice
    assert "git rm" not in helps(Barred(["dvc.yaml (not declared as an output)"]), has_dvc=True)


def test_only_files_that_git_tracks_are_removed_from_its_index() -> None:
    paths = ["old.txt", "new.txt", "new.dvc", "dvclive/dvc.yaml"]
    barred = Barred([f"{path} (not declared as an output)" for path in paths], created=frozenset(paths[1:]))
    advice = helps(barred, has_dvc=True)
    assert "keep them out of Git: `git rm --cached old.txt` and a line in `.gitignore` for each." in advice
    assert "dvc remove" not in advice and "`git rm dvclive" not in advice
    assert "name the data in `dvc.yaml`" in advice and "Live(dvcyaml=False)" in advice
    numbers = helps(Barred(["config.json (not declared as an output)"]), has_dvc=False)
    assert "or keep it out of Git: `git rm --cached config.json` and a line in `.gitignore`." in numbers
    assert "git rm" not in helps(Barred(["a (not declared as an output)"], created=("a",)), has_dvc=False)
