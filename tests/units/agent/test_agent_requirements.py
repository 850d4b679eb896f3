"""What the agent installs: Poetry's and PEP 735's dependencies, named files, and which Python."""

from pathlib import Path

import pytest

from runners.agent.errors import Trouble
from runners.agent.packages import poetry, pythons, requirements

POETRY = """
[tool.poetry.dependencies]
python = ">=3.10,<3.13"
numpy = "^1.26.2"
scipy = "~1.11"
small = "^0.2.3"
any = "*"
exact = "2.0"
range = ">=1, <2"
extra = {version = "^2", extras = ["cli", "s3"], markers = "os_name == 'posix'"}
source = {git = "https://github.com/o/r.git", rev = "abc"}
optional = {version = "^1", optional = true}
both = [{version = "^1", python = "<3.11"}, {version = "^2", python = ">=3.11"}]

[tool.poetry.group.train.dependencies]
torch = "^2.1"
"""


def written(tree: Path, files: dict[str, str | bytes]) -> Path:
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return tree


def test_poetrys_dependencies_are_written_as_pip_understands_them(tmp_path: Path) -> None:
    (text,) = requirements.read(written(tmp_path, {"pyproject.toml": POETRY}), "").values()
    assert text.splitlines() == [
        "numpy>=1.26.2,<2",
        "scipy>=1.11,<1.12",
        "small>=0.2.3,<0.3",
        "any",
        "exact==2.0",
        "range>=1,<2",
        "extra[cli,s3]>=2,<3 ; (os_name == 'posix')",
        "source @ git+https://github.com/o/r.git@abc",
        'both>=1,<2 ; (python_version < "3.11")',
        'both>=2,<3 ; (python_version >= "3.11")',
    ]
    assert requirements.read(tmp_path, "", ["pyproject.toml:train"]) == {"pyproject.toml.train.txt": "torch>=2.1,<3"}


@pytest.mark.parametrize(
    ("asked", "constraint"),
    [("^0.0.3", ">=0.0.3,<0.0.4"), ("^0", ">=0,<1"), ("^1.2.3b1", ">=1.2.3b1,<2"), ("~1", ">=1,<2"), ("1.*", "==1.*")],
)
def test_what_caret_and_tilde_mean(asked: str, constraint: str) -> None:
    assert poetry.constraint(asked) == constraint


@pytest.mark.parametrize("wish", ['"^1 || ^2"', '{path = "../lib"}', "3", "{extras = 5}", f'"^{"9" * 5000}"'])
def test_a_dependency_that_pip_cannot_express_is_reported(tmp_path: Path, wish: str) -> None:
    written(tmp_path, {"pyproject.toml": f"[tool.poetry.dependencies]\nlib = {wish}\n"})
    with pytest.raises(Trouble, match=r"pyproject\.toml .* name a file under `requirements:`"):
        requirements.read(tmp_path, "")


def test_dependency_groups_are_installed_where_nothing_else_is_declared(tmp_path: Path) -> None:
    groups = '[dependency-groups]\ntest = ["pytest"]\ntrain = ["torch>=2", {include-group = "test"}]\n'
    written(tmp_path, {"pyproject.toml": groups})
    assert requirements.read(tmp_path, "") == {"pyproject.toml.txt": "pytest\ntorch>=2"}
    assert requirements.read(tmp_path, "", ["pyproject.toml:test"]) == {"pyproject.toml.test.txt": "pytest"}
    with pytest.raises(Trouble, match="no dependency group or extra 'docs'"):
        requirements.read(tmp_path, "", ["pyproject.toml:docs"])


def test_groups_that_include_each_other_are_read_once_each(tmp_path: Path) -> None:
    twice = [f'g{n} = [{{include-group = "g{n + 1}"}}, "p{n}", {{include-group = "g{n + 1}"}}]' for n in range(3000)]
    written(
        tmp_path, {"pyproject.toml": "\n".join(["[dependency-groups]", *twice, 'g3000 = [{include-group = "g0"}]'])}
    )
    (text,) = requirements.read(tmp_path, "", ["pyproject.toml:g0"]).values()
    assert sorted(text.splitlines()) == sorted(f"p{n}" for n in range(3000))


def test_files_named_in_the_settings_go_before_all_others(tmp_path: Path) -> None:
    written(tmp_path, {"requirements.txt": "dvc\n", "src/requirements.txt": "numpy\n", "src/gpu.txt": "-r base.txt\n"})
    written(tmp_path, {"src/base.txt": "torch\n"})
    assert requirements.read(tmp_path, "", ["src/requirements.txt"]) == {"src/requirements.txt": "numpy\n"}
    found = requirements.read(tmp_path, "src", ["requirements.txt", "gpu.txt"])
    assert next(iter(found.values())) == "-r src/requirements.txt\n-r src/gpu.txt\n"
    assert list(found)[1:] == ["src/requirements.txt", "src/gpu.txt", "src/base.txt"]
    for outside in ("../../secret", "/etc/passwd"):
        with pytest.raises(Trouble, match="outside the repository"):
            requirements.read(tmp_path, "src", [outside])
    with pytest.raises(Trouble, match="which is not in the repository"):
        requirements.read(tmp_path, "", ["absent.txt"])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_text_with_a_byte_order_mark_is_read(tmp_path: Path, encoding: str) -> None:
    written(tmp_path, {"requirements.txt": "numpy\r\n".encode(encoding)})
    assert requirements.read(tmp_path, "") == {"requirements.txt": "numpy\r\n"}


def test_a_dependency_from_a_git_repository_is_installed_and_one_from_a_folder_refused(tmp_path: Path) -> None:
    written(tmp_path, {"requirements.txt": "-e git+https://github.com/o/r.git@abc#egg=r\n--editable=git+https://x/y\n"})
    assert requirements.read(tmp_path, "") == {
        "requirements.txt": "git+https://github.com/o/r.git@abc#egg=r\ngit+https://x/y\n"
    }
    for folder in ("-e git+file:///secret#egg=r\n", "r @ git+file:///secret\n", "git+file:///secret\n"):
        written(tmp_path, {"requirements.txt": folder})
        with pytest.raises(Trouble, match="installs from a folder"):
            requirements.read(tmp_path, "")


@pytest.mark.parametrize(
    ("files", "asked"),
    [
        ({".python-version": "3.11\n"}, ("==3.11.*", ".python-version")),
        ({".python-version": "# ours\n3.11.4\n3.10\n"}, ("==3.11.4", ".python-version")),
        ({".python-version": "pypy3.9\n"}, ("", "")),
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.10, <3.13"\n'}, (">=3.10,<3.13", "pyproject.toml")),
        ({"pyproject.toml": POETRY}, (">=3.10,<3.13", "pyproject.toml")),
        ({"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.9"\n'}, (">=3.9,<4", "pyproject.toml")),
        ({}, ("", "")),
    ],
)
def test_the_python_version_is_found_in_the_projects_files(
    tmp_path: Path, files: dict[str, str | bytes], asked: tuple[str, str]
) -> None:
    assert requirements.python(written(tmp_path, files), "") == asked


@pytest.mark.parametrize(
    ("asked", "version", "fit"),
    [
        ("", (3, 11, 7), True),
        (">=3.10,<3.13", (3, 11, 7), True),
        (">=3.12", (3, 11, 7), False),
        ("==3.11.*", (3, 11, 7), True),
        ("==3.11.4", (3, 11, 7), False),
        ("~=3.9", (3, 11, 7), True),
        ("~=3.11.8", (3, 11, 7), False),
        ("!=3.11.*", (3, 11, 7), False),
        (">3.11", (3, 11, 7), True),
        ("whatever", (3, 11, 7), True),
        (f">={'9' * 5000}", (3, 11, 7), True),
    ],
)
def test_which_versions_of_python_fit(asked: str, version: tuple[int, int, int], fit: bool) -> None:
    assert pythons.fits(asked, version) is fit


def test_the_newest_matching_python_of_the_machine_is_taken(tmp_path: Path) -> None:
    for name in ("python3.8", "python3.9", "python3.9-config", "python3"):
        (tmp_path / name).touch()
    words = {"python3.8": "Python 3.8.20\n", "python3.9": "Python 3.9.2\n"}

    def choose(asked: str) -> pythons.Python | None:
        return pythons.choose(asked, lambda path: words[path.name], (tmp_path,))

    assert choose("<3.10") == pythons.Python(tmp_path / "python3.9", (3, 9, 2))
    assert choose("<3.8") is None
    assert choose("") == pythons.ours()
