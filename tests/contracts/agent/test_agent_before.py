"""What training finds besides the commit's files: named requirements, history and tags, the name of the branch."""

from pathlib import Path

from tests.contracts.agent.agent_bench import TRAIN, Bench, project

TELLS = (
    TRAIN
    + """
import os, subprocess
print("branch", os.environ["STUDIO_BRANCH"], flush=True)
asked = ("git", "describe", "--tags"), ("git", "rev-list", "--count", "HEAD"), ("git", "status", "--porcelain")
for words in asked:
    said = subprocess.run(words, capture_output=True, text=True)
    print(words[1], said.stdout.strip() or said.stderr.strip(), flush=True)
"""
)


def test_tags_and_history_are_there_where_they_are_requested(machine: Bench, tmp_path: Path) -> None:
    told = project(tmp_path, 61, train=TELLS)
    told.git("tag", "--annotate", "v1.0", "--message", "First")
    told.commit({"README.md": "More\n"})
    machine.train(told)
    assert machine.api.done["exit_code"] == 0, machine.api.text
    assert "branch tune" in machine.api.text
    assert "describe v1.0" not in machine.api.text and "rev-list 1\n" in machine.api.text
    machine.train(told, history="full", edits={"params.yaml": "lr: 0.03\n"}, branch="feature/x")
    assert machine.api.done["exit_code"] == 0, machine.api.text
    assert "branch feature/x" in machine.api.text
    assert "describe v1.0-1-g" in machine.api.text and "rev-list 2\n" in machine.api.text


def test_requirements_that_the_configuration_names_are_installed(machine: Bench, tmp_path: Path) -> None:
    named = project(tmp_path, 62)
    named.commit({"requirements.txt": "no-such-package-of-anybody==0\n", "src/requirements.txt": "iniconfig\n"})
    machine.train(named, requirements=["src/requirements.txt"])
    assert machine.api.done["exit_code"] == 0, machine.api.text
    packages = machine.api.done["environment"]["packages"]
    assert any(each.startswith("iniconfig==") for each in packages) and "dvc==3.67.1" in packages


def test_a_python_that_the_machine_lacks_is_reported_and_the_agents_own_is_used(machine: Bench, tmp_path: Path) -> None:
    asking = project(tmp_path, 63)
    asking.commit({".python-version": "3.2\n"})
    machine.train(asking)
    assert machine.api.done["exit_code"] == 0, machine.api.text
    assert ".python-version asks for Python ==3.2.*, and this machine has none of these: Python 3." in machine.api.text


def test_repositories_without_requirements_share_one_environment(machine: Bench, tmp_path: Path) -> None:
    first, second, third = (project(tmp_path / str(number), number) for number in (64, 65, 66))
    first.commit({"requirements.txt": "# nothing but DVC\n"})
    third.commit({"requirements.txt": "iniconfig\n"})
    machine.train(first)
    machine.train(second)
    assert machine.api.done["exit_code"] == 0, machine.api.text
    assert "Installing" not in machine.api.text
    machine.train(third)
    assert "Installing" in machine.api.text
    assert [each.name for each in (machine.home / "envs").iterdir() if each.name in ("64", "65", "66")] == ["66"]
