"""Which repository an address in `.gitmodules` names: only one of the same host counts."""

import pytest

from experiments.readiness.submodules import source

HOME = "https://github.example/lab/digits"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://github.example/lab/lib.git", "lab/lib"),
        ("https://GitHub.Example/lab/lib/", "lab/lib"),
        ("../lib.git", "lab/lib"),
        ("../../other/lib", "other/lib"),
        ("git@github.example:lab/lib.git", "lab/lib"),
        ("ssh://git@github.example/lab/lib.git", "lab/lib"),
        ("ssh://git@github.example:22/lab/lib.git", "lab/lib"),
        ("https://github.example/lab/lib.py.git", "lab/lib.py"),
        ("https://github.example/lab/vision/lib.git", "lab/vision/lib"),
        ("git@github.example:lab/vision/lib.git", "lab/vision/lib"),
        ("./lib.git", "lab/digits/lib"),
    ],
)
def test_an_address_of_the_same_host_is_known_in_each_spelling(url: str, found: str) -> None:
    assert source(url, HOME) == found


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://github.example/lab/lib.git",
        "https://github.example.evil/lab/lib.git",
        "https://github.example@evil.example/lab/lib.git",
        "https://ada:secret@github.example/lab/lib.git",
        "https://github.example:8443/lab/lib.git",
        "https://github.example/lab/lib/../../x/y",
        "https://github.example/lab/..",
        "https://github.example/lab/vision/../../x/y",
        "https://github.example/lab//lib",
        "https://github.example/lab/./lib",
        "https://github.example/lab/lib.git?x=1",
        "https://github.example/lab",
        "git@evil.example:lab/lib.git",
        "ssh://git@evil.example/lab/lib.git",
        "ssh://-oProxyCommand=x/lab/lib",
        "git://github.example/lab/lib.git",
        "file:///srv/lab/lib.git",
        "/srv/lab/lib.git",
        "lab/lib",
        "ext::sh -c x",
        "-u./payload",
        "../../../x/lib.git",
        "../../../../../../etc/passwd",
        "..",
        "https://github.example/lab/lib\nx",
    ],
)
def test_every_other_address_is_refused(url: str) -> None:
    assert source(url, HOME) == ""


def test_a_host_without_https_is_recognised_in_its_own_spelling() -> None:
    assert source("http://127.0.0.1:8000/lab/lib.git", "http://127.0.0.1:8000/lab/digits") == "lab/lib"
