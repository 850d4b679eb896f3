"""What helps where no branch gets a file: declaring what can be declared, and nothing else."""

from experiments.refs import ExperimentRef
from reports.messages.landing import undeclared
from reports.run.unfit import Barred, helps

PLAIN, NEVER = "notes.txt (not declared as an output)", "run.sh (made executable)"


def test_what_can_never_be_put_onto_a_branch_is_not_to_be_declared() -> None:
    for has_dvc in (True, False):
        assert helps(Barred([NEVER]), has_dvc) == "The bot never puts `run.sh` onto a branch: commit it yourself."
    both = helps(Barred([PLAIN, NEVER, "a/x (symlink)"]), has_dvc=True)
    assert both.startswith("Name `notes.txt` in `dvc.yaml`") and "`git rm --cached notes.txt`" in both
    assert both.endswith("The bot never puts `run.sh`, `a/x` onto a branch: commit them yourself.")


def test_several_files_are_them() -> None:
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


def test_what_only_became_executable_is_not_called_undeclared() -> None:
    kept = ExperimentRef("aside", "b" * 40, "c" * 40, f"refs/exps/bb/{'b' * 38}/aside")
    said = undeclared(kept, "", Barred([NEVER]))
    assert said.startswith("`aside` changes files that no branch may get from it, so it does not go onto a branch:")
    assert "- `run.sh (made executable)`" in said and "declared" not in said
    assert "`aside` changes what is not declared as an output" in undeclared(kept, "", Barred([PLAIN]))


def test_what_dvclive_deletes_whatever_it_is_told_is_taken_out_of_git() -> None:
    said = helps(Barred(["dvclive/dvc.yaml (not declared as an output)"]), has_dvc=True)
    assert "`Live(dvcyaml=False)`" in said and "`git rm dvclive/dvc.yaml`" in said
    assert "git rm" not in helps(Barred(["dvc.yaml (not declared as an output)"]), has_dvc=True)


def test_git_is_told_to_forget_only_what_it_tracks() -> None:
    paths = ["old.txt", "new.txt", "new.dvc", "dvclive/dvc.yaml"]
    barred = Barred([f"{path} (not declared as an output)" for path in paths], created=frozenset(paths[1:]))
    said = helps(barred, has_dvc=True)
    assert "keep them out of Git: `git rm --cached old.txt` and a line in `.gitignore` for each." in said
    assert "dvc remove" not in said and "`git rm dvclive" not in said
    assert "name the data in `dvc.yaml`" in said and "Live(dvcyaml=False)" in said
    numbers = helps(Barred(["config.json (not declared as an output)"]), has_dvc=False)
    assert "or keep it out of Git: `git rm --cached config.json` and a line in `.gitignore`." in numbers
    assert "git rm" not in helps(Barred(["a (not declared as an output)"], created=("a",)), has_dvc=False)
