"""The address of a remote comes from a commit: what it may put into the configuration of the bot's own DVC."""

from pathlib import Path

import pytest

from runners.agent.data.carrying import Carrier
from runners.agent.data.remote import DvcRemote
from runners.agent.errors import Trouble
from runners.agent.isolation.command_runner import CommandRunner


@pytest.mark.parametrize("end", ["\n", "\r", "\x0b", "\x1c", "\x85", "\u2028", "\u2029"])
def test_no_address_adds_settings_to_the_configuration(tmp_path: Path, end: str) -> None:
    url = f"https://example.com/x'{end}worktree = true{end}[cache]{end}dir = '/elsewhere"
    remote = DvcRemote("storage", url, "", "", {}, "", None, {}, "", {}, ())
    carrier = Carrier(CommandRunner(False, lambda: ""), remote, Path("/nowhere"), tmp_path / "push", tmp_path, {})
    with pytest.raises(Trouble, match="characters that DVC's configuration cannot hold"):
        carrier.run("push", ["md5:" + "0" * 32], {}, 1)
