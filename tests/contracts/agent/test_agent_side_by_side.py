"""Two agents of one machine train one repository's experiments at the same time, each in its own tree."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.contracts.agent.agent_bench import Bench, RunsApi, project
from tests.contracts.agent.archives import tar

MEETING = """
import json, urllib.request
lr = float(open("params.yaml").read().split("lr:")[1].split()[0])
open("model.txt", "w").write(f"weights {lr}")
urllib.request.urlopen("http://127.0.0.1:%d/", timeout=60).read()  # answered when both are here
assert open("model.txt").read() == f"weights {lr}", "the other one wrote here"
json.dump({"accuracy": 1 - lr}, open("metrics.json", "w"))
open("loss.csv", "w").write(f"step,loss\\n0,{lr}\\n")
"""


@pytest.fixture
def meeting() -> Iterator[int]:
    """Yield the port of a server at which two agents wait for each other."""
    both = threading.Barrier(2, timeout=60)

    class Place(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            both.wait()
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Place)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_two_agents_do_not_disturb_each_other(agent_home: Path, tmp_path: Path, meeting: int) -> None:
    shared = project(tmp_path, 95, train=MEETING % meeting)
    benches = [Bench(agent_home, RunsApi()) for _ in range(2)]
    rates = ("0.25", "0.5")
    threads = []
    for bench, rate in zip(benches, rates, strict=True):
        bench.ask(shared, edits={"params.yaml": f"lr: {rate}\n"})
        threads.append(threading.Thread(target=bench.start))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for bench, rate in zip(benches, rates, strict=True):
        assert bench.api.done["exit_code"] == 0, bench.api.text
        assert json.loads(tar(bench.api.files["experiment.tar"])["metrics.json"]) == {"accuracy": 1 - float(rate)}
        bench.api.close()
    bench = Bench(agent_home, RunsApi())
    for rate in rates:  # and both results are kept: neither trains again, or it would wait for the other
        bench.train(shared, edits={"params.yaml": f"lr: {rate}\n"})
        assert "is cached - skipping run" in bench.api.text
    bench.api.close()
