"""Text that training chose, inside the bot's own sentences."""

import re
import subprocess
from pathlib import Path

import pytest

from experiments.refs import ExperimentRef
from experiments.wording import for_shell, typed
from reports.messages.landing import undeclared
from reports.messages.queue import removed
from reports.run.unfit import Barred
from tests.world.project import PIPELINE, git
from tests.world.runner import made, training
from tests.world.storing import refused, storing, trains
from tests.world.world import World

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("cause", ["it's a `.", "`a` and `b` and ```` ` ````", "`"])
def test_an_unpaired_backquote_turns_no_command_into_text(world: World, cause: str) -> None:
    pull = world.pull_request(project=storing())
    world.work()
    pull.comment("/run -S train.lr=0.01 -n tried")
    world.runner.does(trains(0.95, **refused(cause)))
    assert "; `/retry tried --push` tries now." in pull.report
    pull.comment("/status")
    assert "`/retry tried --push`" in pull.reply


def test_names_that_are_no_stages_are_counted_and_not_shown(world: World) -> None:
    pull = world.pull_request()
    world.work()
    pull.comment("/run -S train.lr=0.01")
    told = made(executed=["train", "@mallory", "approved by ada"], written={"metrics.json": "train"})
    world.runner.does(training({"accuracy": 0.95, "loss": 0.05}, provenance=told))
    report = pull.report
    assert "Trained: `train`; 2 names of no stage in this commit." in report
    assert "mallory" not in report and "approved" not in report


HOSTILE = ["m`;touch${IFS}owned;`", "x; touch owned", "$(touch owned)", "a  b", "a\nb", "a'b", "-rf", "y" * 400]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_line_to_type_runs_nothing_from_a_name(name: str, tmp_path: Path) -> None:
    typed = for_shell("printf %s", [name])
    assert typed[0] == typed[-1] == "`" and "`" not in typed[1:-1] and "\n" not in typed
    said = subprocess.run(["sh", "-c", typed[1:-1]], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert said in (name, "NAME")
    assert not [*tmp_path.iterdir()]


PATTERNS = [":(top)", ":(glob)**", ":!x", ":/train.py", "*", "*.py", "[a-z]*", "?rain.py", "t\\rain.py"]
OPTIONS = ["--pathspec-from-file=list", "-rf", "--unset"]


@pytest.mark.parametrize("name", [*PATTERNS, *OPTIONS])
def test_a_line_to_type_has_no_name_that_matches_other_files(name: str) -> None:
    assert for_shell("git rm -r --cached", ["data", name]) == "`git rm -r --cached data NAME`"


@pytest.mark.parametrize("name", ["model.bin", "data/a b.csv", "it's", "a:b", "@x", "~x", "#1", "plot-1.json"])
def test_a_harmless_name_stays_in_the_line_to_type(name: str) -> None:
    said = subprocess.run(["sh", "-c", f"printf %s {typed(name)}"], check=True, capture_output=True, text=True).stdout
    assert said == name


@pytest.mark.parametrize("name", [":(top)", ":(glob)**", ":/train.py", "[t]rain.py"])
def test_an_output_that_is_a_pattern_untracks_nothing(world: World, name: str) -> None:
    pipeline = PIPELINE.replace("    metrics:\n", f"    outs:\n      - '{name}'\n    metrics:\n")
    pull = world.pull_request(contents={"dvc.yaml": pipeline, name: "x\n"})
    world.work()
    lines = re.findall(r"`(git rm [^`]*)`", pull.overview)
    assert lines == ["git rm -r --cached NAME"]
    tracked = git(pull.tree, "ls-files")
    subprocess.run(["sh", "-c", lines[0]], cwd=pull.tree, check=False, capture_output=True)
    assert git(pull.tree, "ls-files") == tracked


@pytest.mark.parametrize("name", ["$(touch${IFS}owned)", "a;touch${IFS}owned", "-rf", "`x`"])
def test_the_name_of_a_pushed_experiment_is_no_command(name: str) -> None:
    kept = ExperimentRef(name, "1" * 40, "2" * 40, f"refs/exps/11/{'1' * 38}/{name}")
    barred = Barred(["a.py (not declared as an output)"])
    lines = re.findall(r"^dvc exp pull origin (.*)$", undeclared(kept, "", barred), re.MULTILINE)
    lines += re.findall(r"`git push origin ([^`]*)`", removed([kept], []))
    assert len(lines) == 2
    for line in lines:
        said = subprocess.run(["sh", "-c", f"printf %s {line}"], check=True, capture_output=True, text=True).stdout
        assert said in (name, f"{kept.sha}:{kept.ref}", "NAME")


def test_every_command_is_put_into_backquotes_by_the_same_function() -> None:
    rooms = ("bot", "experiments", "handlers", "reports", "runners", "services")
    foreign = re.compile(r"quoted\(\s*f[\"'](?:git|dvc) [^\"']*\{")
    found = [str(file) for room in rooms for file in (ROOT / room).rglob("*.py") if foreign.search(file.read_text())]
    assert found == []
