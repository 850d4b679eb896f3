"""What training code can reach of the machine: nothing can be changed, whoever started the agent."""

import subprocess
import sys
from pathlib import Path

import pytest

from runners.agent.isolation import bubblewrap, seccomp

# Only opened, never written: what opens could be written.
PROBE = """
import os
found = []
for folder, folders, files in os.walk("/proc"):
    if folder == "/proc":
        folders[:] = [name for name in folders if not name.isdigit() and name not in ("self", "thread-self")]
    for name in files:
        path = os.path.join(folder, name)
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW))
        except OSError:
            continue
        found.append(path)
for name in ("/sys", "/boot", "/root", "/home", "/var", "/run", "/srv"):
    found += [name] if os.path.exists(name) and (os.listdir(name) or os.access(name, os.W_OK)) else []
print("\\n".join(found))
"""


def inside(folder: Path, code: str) -> str:
    argv = [sys.executable, "-I", "-c", code]
    read, env = bubblewrap.interpreter(), {"PATH": "/usr/bin"}
    with seccomp.opened() as calls:
        room = bubblewrap.wrap(argv, read=read, write=[folder], folder=folder, env=env, network=False, calls=calls)
        done = subprocess.run(room, capture_output=True, text=True, timeout=60, check=False, pass_fds=(calls,))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_of_the_machine_can_be_opened_for_writing(tmp_path: Path) -> None:
    found = inside(tmp_path, PROBE).split()
    known = [name for name in found if not any(str(each).startswith(name) for each in bubblewrap.interpreter())]
    assert known == []


@pytest.mark.parametrize("setting", ["kernel/core_pattern", "fs/pipe-user-pages-soft", "vm/overcommit_memory"])
def test_no_setting_of_the_kernel_can_be_opened_for_writing(tmp_path: Path, setting: str) -> None:
    code = f"import os\ntry:\n os.open('/proc/sys/{setting}', os.O_WRONLY)\nexcept OSError as e: print(e.strerror)"
    assert inside(tmp_path, code).strip() == "Read-only file system"
