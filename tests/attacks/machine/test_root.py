"""An agent that root started: it trains nothing, and on a launched machine it gives up root."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.ports.engines import Order
from experiments.placement import EngineKind, Placement
from runners.agent.isolation.root import PERMISSION, REFUSED, refused
from runners.aws.request import USER, user_data
from runners.package import AGENT
from tests.contracts.agent.agent_bench import TOKEN, Bench, project
from tests.contracts.conftest import agent_home, machine

__all__ = ["agent_home", "machine"]  # fixtures
ORDER = Order("studio-tests-1-1", "1", 1, Placement("ec2", EngineKind.AWS, machine="t3.micro"), "SCRIPT", 600, 9.0)
# Of the programs that only root may run, what root would have done for somebody else; the rest is real.
BY_NOBODY = {
    "chown": '#!/bin/sh\necho "chown $*"\n',
    "setpriv": '#!/bin/sh\nwhile [ "$1" != env ]; do shift; done\nexec "$@"\n',
}


@pytest.mark.parametrize(("user", "more", "why"), [(0, {}, REFUSED), (0, {PERMISSION: "yes"}, ""), (1000, {}, "")])
def test_root_is_refused_unless_the_operator_allows_it(user: int, more: dict[str, str], why: str) -> None:
    assert refused(user, more) == why


def test_an_agent_of_root_trains_nothing_and_says_what_to_type(machine: Bench, tmp_path: Path) -> None:
    machine.ask(project(tmp_path, 92, train="print('trained')\n"))
    line = json.dumps({"url": machine.api.url, "run": "rooted", "attempt": 1, "token": TOKEN})
    argv = [sys.executable, "-I", "-B", str(AGENT), "--home", str(machine.home)]
    env = {name: value for name, value in os.environ.items() if name != PERMISSION}
    subprocess.run(argv, input=line + "\n", text=True, check=True, timeout=120, env=env)
    if os.geteuid() == 0:
        assert machine.api.done["reason"] == REFUSED and "`useradd --create-home studio-agent`" in REFUSED
        assert "trained" not in machine.api.text
    else:
        assert REFUSED not in machine.api.done["reason"]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Yield a folder that every user may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_launched_machine_trains_as_a_user_of_its_own(open_folder: Path) -> None:
    """Its user data as it is, except for the names of the user and the console, and the power button."""
    rooted = os.geteuid() == 0
    me = (
        "nobody" if rooted else subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    )
    programs, kept, home, console = (open_folder / name for name in ("bin", "root", "home", "console"))
    for each in (programs, kept / ".cache" / "studio-agent" / "bin", home):
        each.mkdir(parents=True)
    (kept / ".cache" / "studio-agent" / "bin" / "uv").touch()
    fakes = {"shutdown": "#!/bin/sh\n", "getent": f"#!/bin/sh\necho '{me}:x:1:1::{home}:/bin/sh'\n"}
    for name, text in (fakes | ({} if rooted else BY_NOBODY)).items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    ask = 'id -u; echo "$HOME"; ls "$HOME/.cache/studio-agent/bin"; touch "$HOME/.cache/studio-agent/new"; echo "$USER"'
    words = user_data(ORDER).replace("SCRIPT", ask).replace(USER + ":", me + ":").replace(f" {USER}", f" {me}")
    words = words.replace(f"USER={USER}", f"USER={me}").replace("/dev/console", str(console))
    env = {"PATH": f"{programs}:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(kept), "TMPDIR": str(open_folder)}
    subprocess.run(["/bin/sh", "-c", words], env=env, check=True, timeout=60, stdin=subprocess.DEVNULL)
    said = [line for line in console.read_text().splitlines() if not line.startswith("chown")]
    user = subprocess.run(["id", "-u", me], capture_output=True, text=True, check=True).stdout.strip()
    assert said == [user, str(home), "uv", me]
    made = home / ".cache" / "studio-agent"
    assert {path.stat().st_uid for path in (made, made / "bin" / "uv", made / "new")} == {int(user)}
    assert not (kept / ".cache" / "studio-agent").exists(), "what the image kept was moved"
    assert user != "0"
