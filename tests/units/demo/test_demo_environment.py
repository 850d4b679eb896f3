"""The demo's programs get the variables that reach a package index, and none of the person's secrets."""

from pathlib import Path

import pytest

from demo.environment import clean_environment


@pytest.mark.parametrize(
    "name", ["UV_INDEX_URL", "PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "LC_ALL"]
)
def test_variables_that_reach_a_package_index_are_passed_on(name: str, tmp_path: Path) -> None:
    assert clean_environment({name: "x"}, tmp_path, Path("bin"))[name] == "x"


@pytest.mark.parametrize(
    "name", ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "DVC_STUDIO_TOKEN", "SSH_AUTH_SOCK", "PYTHONPATH"]
)
def test_other_variables_are_not_passed_on(name: str, tmp_path: Path) -> None:
    assert name not in clean_environment({name: "secret"}, tmp_path, Path("bin"))


def test_the_persons_own_home_is_replaced(tmp_path: Path) -> None:
    cleaned = clean_environment({"HOME": "/home/ada"}, tmp_path / "home", Path("bin"))
    assert cleaned["HOME"] == str(tmp_path / "home")
    assert (tmp_path / "home").is_dir()


def test_the_programs_of_the_virtual_environment_come_first(tmp_path: Path) -> None:
    assert clean_environment({"PATH": "/usr/bin"}, tmp_path, Path("/venv/bin"))["PATH"] == "/venv/bin:/usr/bin"


def test_this_machine_is_never_reached_through_a_proxy(tmp_path: Path) -> None:
    cleaned = clean_environment({"HTTPS_PROXY": "http://proxy", "NO_PROXY": "example.org"}, tmp_path, Path("bin"))
    assert cleaned["NO_PROXY"] == "example.org,127.0.0.1,localhost"
