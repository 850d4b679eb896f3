"""What a commit's address may make of the configuration of our own DVC."""

from pathlib import Path

import pytest

from runners.agent.data.carrying import Carrier
from runners.agent.data.remote import DvcRemote
from runners.agent.errors import Trouble
from runners.agent.isolation.command_runner import CommandRunner


@pytest.mark.parametrize("end", ["\n", "\r", "\x0b", "\x1c", "\x85", "\u2028", "\u2029"])
def test_no_address_brings_settings_of_its_own(tmp_path: Path, end: str) -> None:
    url = f"https://example.com/x'{end}worktree = true{end}[cache]{end}dir = '/elsewhere"
    remote = DvcRemote("storage", url, "", "", {}, "", None, {}, "", {}, ())
    carrier = Carrier(CommandRunner(False, lambda: ""), remote, Path("/nowhere"), tmp_path / "push", tmp_path, {})
    with pytest.raises(Trouble, match="characters that DVC's configuration cannot hold"):
        carrier.run("push", ["md5:" + "0" * 32], {}, 1)
