"""`runner:` of `.github/studio.yml`: where the repository's runs should train."""

from typing import Any

from experiments.placement import Wish
from experiments.settings.fields import PATH, kind, string, unknown
from experiments.wording import quoted

_NAMES = ["name", "cloud", "region", "machine", "gpu", "disk", "spot"]


def read_wish(value: Any, problems: list[str], where: str) -> Wish:
    """Return the wish in a runner's name or a mapping. Mistakes are added to `problems`, and the rest holds."""
    if isinstance(value, str):
        return Wish(runner=value.strip())
    if not isinstance(value, dict):
        problems.append(f"`{PATH}`: {quoted(where)} should be a runner's name or a mapping and is a {kind(value)}.")
        return Wish()
    problems += [unknown(f"{where}.", name, _NAMES) for name in value if name not in _NAMES]
    given = {name: string(value, name, problems, f"{where}.") for name in _NAMES}
    disk = given["disk"]
    if disk and not (disk.isascii() and disk.isdecimal() and len(disk) < 6):
        problems.append(f"`{PATH}`: {quoted(where + '.disk')} is a number of GB, and not {quoted(disk)}.")
        disk = ""
    if given["spot"] not in ("", "true", "false"):
        problems.append(f"`{PATH}`: {quoted(where + '.spot')} is `true` or `false`, and not {quoted(given['spot'])}.")
    return Wish(
        runner=given["name"],
        cloud=given["cloud"],
        region=given["region"],
        machine=given["machine"],
        gpu=given["gpu"],
        disk=int(disk or 0),
        spot=given["spot"] == "true",
    )
