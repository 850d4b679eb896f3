"""Makes small wheels, as many as a project has packages, so that installing them is measured without a network."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

COUNT = 40
MODULES = 25  # of each; installing compiles them
VERSION = "3.0.0"
NAMES = (*(f"bench-package-{number:02d}" for number in range(1, COUNT)), "dvc")  # the last one in the place of DVC
_MODULE = "\n\n".join(f"def number_{number}(value: int) -> int:\n    return value + {number}" for number in range(60))


def make(folder: Path) -> str:
    """Write the wheels into a new folder and return requirements that name all of them, and no index."""
    folder.mkdir(parents=True)
    for name in NAMES:
        _write(folder, name)
    lines = ["--no-index", f"--find-links {folder}", *(f"{name}=={VERSION}" for name in NAMES)]
    return "\n".join(lines) + "\n"


def _write(folder: Path, name: str) -> None:
    package = name.replace("-", "_")
    about = f"{package}-{VERSION}.dist-info"
    files = {f"{package}/module_{number}.py": _MODULE for number in range(MODULES)}
    files[f"{package}/__init__.py"] = "def main() -> None:\n    pass\n"
    files[f"{about}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {VERSION}\n"
    files[f"{about}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{about}/entry_points.txt"] = f"[console_scripts]\n{name} = {package}:main\n"
    files[f"{about}/RECORD"] = "".join(f"{path},,\n" for path in (*files, f"{about}/RECORD"))
    with ZipFile(folder / f"{package}-{VERSION}-py3-none-any.whl", "w", ZIP_DEFLATED) as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
