"""DVC remotes as people have them: S3 behind moto's IAM checks, and a folder behind a real sshd."""

import getpass
import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection, socket

import boto3
import httpx

from tests.contracts.engines.aws_cloud import cloud

BUCKET = "models"
READING = ("s3:GetObject", "s3:ListBucket")
ALLOWED: Mapping[str, tuple[str, ...]] = {"writer": (*READING, "s3:PutObject"), "reader": READING, "nobody": ()}
UNBOUNDED, AT_ONCE = "inf", "0"  # requests that moto lets through before it looks at rights


@dataclass(frozen=True)
class S3:
    """Its address, and the keys of its users."""

    endpoint: str
    keys: Mapping[str, tuple[str, str]]

    def variables(self, user: str) -> dict[str, str]:
        """Return the credentials in the variables of AWS's own tools."""
        identity, secret = self.keys[user]
        return {"AWS_ACCESS_KEY_ID": identity, "AWS_SECRET_ACCESS_KEY": secret}


@contextmanager
def s3() -> Iterator[S3]:
    """One bucket; a writer, a reader who cannot write, and somebody who may do nothing."""
    with cloud() as endpoint:
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=BUCKET)
        iam, keys = boto3.client("iam", region_name="us-east-1"), {}
        for name, actions in ALLOWED.items():
            iam.create_user(UserName=name)
            if actions:
                statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
                policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
                iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=policy)
            made = iam.create_access_key(UserName=name)["AccessKey"]
            keys[name] = (made["AccessKeyId"], made["SecretAccessKey"])
        _look_at_rights(endpoint, AT_ONCE)
        try:
            yield S3(endpoint, keys)
        finally:
            _look_at_rights(endpoint, UNBOUNDED)


def _look_at_rights(endpoint: str, after: str) -> None:
    httpx.post(f"{endpoint}/moto-api/reset-auth", content=after.encode()).raise_for_status()


@dataclass(frozen=True)
class Ssh:
    """A host that lets two keys in: one may write, one may not."""

    port: int
    folder: Path  # with what it holds
    host_key: str
    keys: Mapping[str, str]  # private ones

    @property
    def address(self) -> str:
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{self.folder}"


@contextmanager
def ssh(place: Path) -> Iterator[Ssh]:
    """An sshd of the tests' own, which knows nothing of the machine's."""
    place.mkdir()
    for name in ("host", "writer", "reader"):
        argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(place / name)]
        subprocess.run(argv, check=True)
    public = {name: (place / f"{name}.pub").read_text().strip() for name in ("host", "writer", "reader")}
    (place / "authorized").write_text(f'{public["writer"]}\ncommand="internal-sftp -R" {public["reader"]}\n')
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": place / "host",
        "AuthorizedKeysFile": place / "authorized",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "Subsystem": "sftp internal-sftp",
        "MaxStartups": 100,
    }
    (place / "config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where it puts the part of itself that has no rights
    (place / "data").mkdir()
    with (place / "log").open("wb") as log:
        server = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", str(place / "config")], stderr=log)
    try:
        _until_it_listens(port, server, place / "log")
        keys = {name: (place / name).read_text() for name in ("writer", "reader")}
        yield Ssh(port, place / "data", public["host"], keys)
    finally:
        server.terminate()
        server.wait()


def _until_it_listens(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            assert server.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.05)
