"""Start the web process as the Procfile does."""

import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo.ports import free_port
from sandbox.server import Sandbox

ROOT = Path(__file__).parents[2]
PASSWORD = "a-password-of-the-operator"
SECRET = "s" * 20
WORKER = "web.batches.BatchingWorker"


@contextmanager
def opened(folder: Path, redis_url: str, worker: str = WORKER) -> Iterator[int]:
    """Start it, with another class of workers where one is given, and yield its port."""
    sandbox = Sandbox(folder / "github")
    sandbox.start()
    sandbox.add_user("grace")
    sandbox.add_repository("grace/digits")
    app = sandbox.install_app("ml-studio", ["grace/digits"], "http://127.0.0.1:1/webhook", SECRET)
    port = free_port()
    environ = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PORT": str(port),
        "GITHUB_APP_ID": str(app.app.id),
        "GITHUB_PRIVATE_KEY": app.private_key,
        "GITHUB_WEBHOOK_SECRET": SECRET,
        "GITHUB_API_URL": sandbox.api_url,
        "GITHUB_URL": sandbox.url,
        "REDIS_URL": redis_url,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DATA_DIR": str(folder / "data"),
        "OPERATOR_PASSWORD": PASSWORD,
    }
    web = next(line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("web: "))
    line = web.removeprefix("web: ").replace("${PORT:-8000}", str(port))
    words = [worker if word == WORKER else word for word in shlex.split(line)]
    assert worker in words
    process = subprocess.Popen(words, cwd=ROOT, env=environ, start_new_session=True)
    try:
        while not _is_open(port):
            assert process.poll() is None, "the web process ended"
        yield port
    finally:
        process.terminate()
        process.wait(60)
        sandbox.stop()


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
