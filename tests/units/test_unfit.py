"""What helps where no branch gets a file: declaring what can be declared, and nothing else."""

from reports.unfit import helps

PLAIN, NEVER = "notes.txt (not declared as an output)", "run.sh (made executable)"


def test_what_can_never_be_put_onto_a_branch_is_not_to_be_declared() -> None:
    for has_dvc in (True, False):
        assert helps([NEVER], has_dvc) == "The bot never puts `run.sh` onto a branch: commit it yourself."
    both = helps([PLAIN, NEVER, "a/x (symlink)"], has_dvc=True)
    assert both.startswith("Name `notes.txt` in `dvc.yaml`") and "`git rm --cached notes.txt`" in both
    assert both.endswith("The bot never puts `run.sh`, `a/x` onto a branch: commit them yourself.")


def test_what_dvclive_deletes_whatever_it_is_told_is_taken_out_of_git() -> None:
    said = helps(["dvclive/dvc.yaml (not declared as an output)"], has_dvc=True)
    assert "`Live(dvcyaml=False)`" in said and "`git rm dvclive/dvc.yaml`" in said
    assert "git rm" not in helps(["dvc.yaml (not declared as an output)"], has_dvc=True)
