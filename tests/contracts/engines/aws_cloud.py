"""Serve moto's EC2 over HTTP, with instances that really run: their user data is read back and executed."""

import base64
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

import boto3
import httpx
import pytest
from moto.ec2.models import ec2_backends
from moto.ec2.responses import general
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from experiments.fleet.runners import Aws
from experiments.placement import EngineKind, Placement
from runners.agent.isolation.root import PERMISSION
from runners.aws.engine import AwsEngine
from runners.aws.request import BECOME
from sandbox.server import Quiet
from tests.contracts.engines.ec2_parts import ClientTokens

REGION = "us-west-1"
MINUTE = 1.0  # seconds that a minute of `shutdown -P +N` lasts here
KILLED = 3.0  # seconds after which a machine that was told to end loses its power
KEYS = {"AWS_ACCESS_KEY_ID": "AKIACANARY0000000001", "AWS_SECRET_ACCESS_KEY": "canary-of-the-cloud"}
_SHUTDOWN = '#!/bin/sh\necho "$@" >> "$POWER"\n'


@contextmanager
def cloud(wrap: Callable[[WSGIApplication], WSGIApplication] = lambda application: application) -> Iterator[str]:
    """Serve an empty cloud until the end, and let boto3 find it by the environment; `wrap` stands between it and its
    clients.
    """
    moto = ClientTokens(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, wrap(moto), threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in surroundings(address).items():
            patch.setenv(name, value)
        # Moto keeps its machines in the process, from one server to the next.
        httpx.post(f"{address}/moto-api/reset", timeout=60.0).raise_for_status()  # it takes its time on a busy machine
        try:
            yield address
        finally:
            server.shutdown()
            server.server_close()


def surroundings(address: str) -> dict[str, str]:
    """Return the environment of a program that is to find that cloud."""
    return {**KEYS, "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": address}


@dataclass
class Instance:
    """Hold the processes that stand for one machine."""

    process: "subprocess.Popen[bytes]"
    folder: Path
    booted: float
    told: float = 0.0

    @property
    def power(self) -> list[str]:
        """Return the arguments that `shutdown` was called with."""
        path = self.folder / "power"
        return path.read_text().splitlines() if path.exists() else []

    def signal(self, number: int) -> None:
        """Send a signal to all processes of the machine."""
        with suppress(ProcessLookupError):  # nothing runs on it any more; this ends what a killed boot script left
            os.killpg(self.process.pid, number)


@dataclass
class AwsBackend:
    """Let a test see and harm the engine's cloud."""

    folder: Path
    runner: Aws = field(default_factory=lambda: runner())
    place: Placement = field(
        default_factory=lambda: Placement("ec2", EngineKind.AWS, region=REGION, machine="t3.micro", disk=20, price=0.1)
    )
    shortest: int = 0
    home: Path | None = None  # HOME on each of them, with the contents of its image; otherwise each has an empty one
    metadata: str = "http://127.0.0.1:9"  # where the metadata service is: at this address, below the instance's id
    instances: dict[str, Instance] = field(default_factory=dict)

    @cached_property  # boto3 takes a quarter of a second for each client
    def engine(self) -> AwsEngine:
        return self.of("tests")

    def of(self, owner: str) -> AwsEngine:
        return AwsEngine(self.runner, owner)

    @cached_property
    def ec2(self) -> Any:
        """Return a client with which a test looks for itself."""
        return boto3.client("ec2", region_name=REGION)

    def described(self) -> list[dict[str, Any]]:
        """Return all instances."""
        return [each for found in self.ec2.describe_instances()["Reservations"] for each in found["Instances"]]

    def user_data(self, instance: str) -> str:
        """Return the user data as the instance reads it."""
        answer = self.ec2.describe_instance_attribute(InstanceId=instance, Attribute="userData")
        return base64.b64decode(answer["UserData"]["Value"]).decode()

    def advance(self) -> None:
        """Let machines boot, shut themselves down, and lose their power when they are terminated."""
        for described in self.described():
            name, state = described["InstanceId"], described["State"]["Name"]
            if name not in self.instances and state == "running":
                self._boot(name)
            instance = self.instances.get(name)
            if instance is None:
                continue
            # Moto answers with a sample: a machine's own output in its place.
            general.SAMPLE_CONSOLE_OUTPUT = (instance.folder / "console").read_text(errors="replace")
            if state == "running" and _off(instance):
                self.ends(name, "Client.InstanceInitiatedShutdown", "Instance initiated shutdown")
            elif state == "terminated":
                if not instance.told:
                    instance.told = time.monotonic()
                    instance.signal(signal.SIGTERM)
                elif time.monotonic() - instance.told > KILLED:
                    instance.signal(signal.SIGKILL)

    def reclaim(self, instance: str) -> None:
        """Take a spot machine back as AWS does and moto never does."""
        self.ends(instance, "Server.SpotInstanceTermination", "Spot reclaimed")

    def ends(self, instance: str, code: str, message: str) -> None:
        """End it for a reason of AWS's, in its words; moto knows only termination by hand."""
        self.ec2.terminate_instances(InstanceIds=[instance])
        known = ec2_backends["123456789012"][REGION].get_instance(instance)
        known.state_reason.code, known.state_reason.message = code, f"{code}: {message}"

    def end(self) -> None:
        """End all processes, so that none outlives a test."""
        for instance in self.instances.values():
            instance.signal(signal.SIGKILL)
            instance.process.wait()

    def _boot(self, name: str) -> None:
        folder = self.folder / name
        (folder / "bin").mkdir(parents=True)
        shutdown = folder / "bin" / "shutdown"
        shutdown.write_text(_SHUTDOWN)
        shutdown.chmod(0o755)
        script = folder / "user-data"
        console = folder / "console"
        # Its own addresses; and the tests' user is no root who could become somebody else.
        here = {"/dev/console": str(console), "http://169.254.169.254": f"{self.metadata}/{name}"}
        here[BECOME] = "set -- env\n"
        words = self.user_data(name)
        for there, instead in here.items():
            words = words.replace(there, instead)
        script.write_text(words)
        # What an image would set: where packages come from, and uv.
        env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        env["PATH"] = f"{folder / 'bin'}:{Path(sys.executable).parent}:/usr/bin:/bin"
        env |= {"POWER": str(folder / "power"), "HOME": str(self.home or folder), PERMISSION: "yes"}
        with console.open("wb") as out:
            process = subprocess.Popen(
                ["/bin/sh", str(script)], env=env, stdout=out, stderr=out, start_new_session=True, cwd="/"
            )
        self.instances[name] = Instance(process, folder, time.monotonic())


def runner(**changes: Any) -> Aws:
    """Return the runner's entry in runners.yml."""
    client = boto3.client("ec2", region_name=REGION)
    subnets = [each["SubnetId"] for each in client.describe_subnets()["Subnets"]]
    entry = {
        "type": EngineKind.AWS,
        "regions": ("us-west",),
        "machines": ("s", "t3.micro"),
        "images": {"us-west": _image()},
        "subnets": {REGION: subnets},
        "spot": "allowed",
    }
    return Aws.model_validate({**entry, **changes})


@cache
def _image() -> str:
    """Return one of moto's images, which are the same in each of its servers: to list them takes two seconds."""
    images = boto3.client("ec2", region_name=REGION).describe_images(Owners=["amazon"])["Images"]
    return str(images[0]["ImageId"])


def _off(instance: Instance) -> bool:
    """Tell whether its own power button was pressed: now, or by the timer that it set."""
    for line in instance.power:
        when = line.split()[-1]
        if when == "now" or time.monotonic() - instance.booted >= int(when.removeprefix("+")) * MINUTE:
            return True
    return False
