"""From training to `dvc pull` in a clone, over S3 and SSH, with the operator's credentials."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.remotes import remote_for
from experiments.experiment import Experiment, Repository
from experiments.fleet.reading import read_fleet
from experiments.parts.landing_plan import LandingPlan
from experiments.run import Run
from experiments.snapshot import DataFile, Snapshot, Stage
from runners.plugins import plugins
from tests.contracts.agent.agent_bench import Bench, Project, digest, project, reading
from tests.contracts.agent.archives import tar
from tests.contracts.agent.remote_servers import BUCKET, S3, Ssh, s3, ssh

# In one process, so that the environments with the plugins are made once.
pytestmark = [pytest.mark.xdist_group("remotes"), pytest.mark.timeout(600)]
NUMBER = 1  # of the repository: with the environment of other tests' projects
ROWS = b"seven rows"
LOSS = "step,loss\n0,0.01\n"


@pytest.fixture(scope="module")
def store() -> Iterator[S3]:
    with s3() as running:
        yield running


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ssh]:
    with ssh(tmp_path_factory.mktemp("ssh") / "host") as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_kept(agent_home: Path) -> None:
    """Delete what was trained before."""
    shutil.rmtree(agent_home / "caches" / str(NUMBER), ignore_errors=True)


def remote_for_agent(asked: Project, address: str, entry: Mapping[str, Any] | None, values: Mapping[str, str]) -> Any:
    """Return what the bot gives the agent for this commit's remote, where the operator wrote `entry`."""
    fleet = read_fleet(yaml.safe_dump({"remotes": {"models": entry}}) if entry else "")
    repository = Repository(asked.number, "ada/iris", 7)
    experiment = Experiment(repository, 1, asked.sha, "puffy-daks", LandingPlan("lr", "main"))
    stages = (Stage("train", "python train.py", deps=("train.py", "data.csv")),)
    data = [DataFile("loss.csv", digest(LOSS.encode()), is_output=True)]
    if (asked.folder / "data.csv.dvc").exists():
        data.append(DataFile("data.csv", digest(ROWS), source="data.csv.dvc"))
    snapshot = Snapshot(asked.sha, stages=stages, data=tuple(data))
    return remote_for(fleet, values, plugins(), Run("r", experiment, 0.0), snapshot, ("storage", address))


def names(asked: Project, address: str, **options: str) -> None:
    """Make this address the commit's default remote."""
    lines = "".join(f"    {name} = {value}\n" for name, value in options.items())
    asked.commit({".dvc/config": f"[core]\n    remote = storage\n['remote \"storage\"']\n    url = {address}\n{lines}"})


def pulled(machine: Bench, asked: Project, commit: str, plugin: str, env: Mapping[str, str], *local: str) -> Path:
    """Return a fresh clone at the commit after the real `dvc pull`, run as a colleague with the plugin would."""
    found = [each for each in machine.home.glob("envs/agent/*/bin/dvc") if _has(each.parent.parent, plugin)]
    assert len(found) == 1, "one environment for each plugin, however many runs there were"
    clone = asked.folder.parent / f"clone-{commit[:7]}"
    asked.git("clone", "--quiet", str(asked.folder), str(clone))
    around = {"PATH": os.environ["PATH"], "HOME": str(clone.parent), **env}
    subprocess.run(["git", "-C", str(clone), "fetch", "--quiet", "origin", "+refs/exps/*:refs/exps/*"], check=True)
    subprocess.run(["git", "-C", str(clone), "checkout", "--quiet", commit], check=True)
    for option in local:
        name, _, value = option.partition("=")
        subprocess.run(
            [found[0], "remote", "modify", "--local", "storage", name, value], cwd=clone, env=around, check=True
        )
    subprocess.run([found[0], "pull", "--quiet"], cwd=clone, env=around, check=True)
    return clone


def _has(environment: Path, plugin: str) -> bool:
    return any(environment.glob(f"lib/python*/site-packages/{plugin}-*.dist-info"))


def writing(store: S3) -> dict[str, Any]:
    """Return the operator's entry, with a user for each direction."""
    return {
        "url": f"s3://{BUCKET}/lab",
        "repositories": ["ada/*"],
        "endpoint": store.endpoint,
        "region": "us-east-1",
        "push": {"AWS_ACCESS_KEY_ID": "WRITER_ID", "AWS_SECRET_ACCESS_KEY": "WRITER_SECRET"},
        "read": {"AWS_ACCESS_KEY_ID": "READER_ID", "AWS_SECRET_ACCESS_KEY": "READER_SECRET"},
    }


def values(store: S3, push: str = "writer", read: str = "reader") -> dict[str, str]:
    """Return the bot's variables."""
    found = {}
    for name, user in (("WRITER", push), ("READER", read)):
        found[f"{name}_ID"], found[f"{name}_SECRET"] = store.keys[user]
    return found


def test_what_is_trained_is_pushed_to_s3_and_a_clone_pulls_it(machine: Bench, store: S3, tmp_path: Path) -> None:
    asked = project(tmp_path, NUMBER)
    names(asked, f"s3://{BUCKET}/lab/iris", endpointurl="http://127.0.0.1:9/")
    ref = machine.train(asked, remote=remote_for_agent(asked, f"s3://{BUCKET}/lab/iris", writing(store), values(store)))
    assert machine.api.done["delivered"]["data"] == "pushed", (machine.api.done, machine.api.text)
    commit = asked.unpack(machine.api.files["bundle"], ref)
    env = {**store.variables("reader"), "AWS_DEFAULT_REGION": "us-east-1"}
    clone = pulled(machine, asked, commit, "dvc_s3", env, f"endpointurl={store.endpoint}")
    assert (clone / "model.txt").read_text() == "weights 0.01"
    for user in store.keys:
        assert store.keys[user][1].encode() not in machine.api.sent

    asked.git("merge", "--quiet", "--ff-only", commit)
    shutil.rmtree(machine.home / "caches" / str(NUMBER))  # as on another machine
    remote = remote_for_agent(asked, f"s3://{BUCKET}/lab/iris", writing(store), values(store))
    machine.train(asked, script=[], edits={}, collect=[], baseline_files=["loss.csv"], remote=remote)
    assert machine.api.done["reason"] == "", machine.api.text
    assert tar(machine.api.files["baseline.tar"]) == {"loss.csv": LOSS}


def test_without_write_access_to_s3_nothing_is_pushed_and_the_reason_is_given(
    machine: Bench, store: S3, tmp_path: Path
) -> None:
    asked = project(tmp_path, NUMBER)
    names(asked, f"s3://{BUCKET}/lab/two")
    remote = remote_for_agent(asked, f"s3://{BUCKET}/lab/two", writing(store), values(store, push="reader"))
    machine.train(asked, remote=remote)
    assert machine.api.done["exit_code"] == 0 and "bundle" in machine.api.files
    delivered = machine.api.done["delivered"]
    assert delivered["data"] == "not pushed" and "`s3://models/lab/two`) did not take it" in delivered["cause"]
    assert "The operator gives the runner credentials that may write there." in delivered["cause"]


def test_training_reads_data_fetched_for_it_and_has_no_credentials(machine: Bench, store: S3, tmp_path: Path) -> None:
    asked = reading(tmp_path, NUMBER, ROWS, None)
    asked.commit({"train.py": "import os\nprint(sorted(os.environ))\n" + (asked.folder / "train.py").read_text()})
    address = f"s3://{BUCKET}/lab/three"
    names(asked, address)
    _fill(store, "lab/three", ROWS)
    machine.train(asked, remote=remote_for_agent(asked, address, writing(store), values(store)))
    assert machine.api.done["exit_code"] == 0, machine.api.text
    assert "training on seven rows" in machine.api.text
    assert "'PATH'" in machine.api.text and "AWS_" not in machine.api.text

    shutil.rmtree(machine.home / "caches" / str(NUMBER))
    machine.train(
        asked,
        edits={"params.yaml": "lr: 0.02\n"},
        remote=remote_for_agent(asked, address, writing(store), values(store, read="nobody")),
    )
    assert machine.api.done["exit_code"] != 0
    assert "The DVC remote did not give what the pipeline needs: `data.csv`" in machine.api.done["reason"]
    assert "Denied" in machine.api.done["reason"] or "Forbidden" in machine.api.done["reason"]


def _fill(store: S3, prefix: str, content: bytes) -> None:
    """Fill the bucket as somebody with write access did before."""
    import boto3

    identity, secret = store.keys["writer"]
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=store.endpoint,
        aws_access_key_id=identity,
        aws_secret_access_key=secret,
    )
    name = digest(content)
    client.put_object(Bucket=BUCKET, Key=f"{prefix}/files/md5/{name[:2]}/{name[2:]}", Body=content)


@pytest.mark.parametrize("address", [f"s3://{BUCKET}/elsewhere", "s3://models.evil/lab", f"s3://{BUCKET}/lab/../x"])
def test_a_commit_with_another_address_gets_no_credentials(
    machine: Bench, store: S3, tmp_path: Path, address: str
) -> None:
    asked = project(tmp_path, NUMBER)
    names(asked, address)
    remote = remote_for_agent(asked, address, writing(store), values(store))
    assert remote["read"] is None and remote["push"] is None and "WRITER" not in str(remote)
    machine.train(asked, remote=remote, script=["dvc", "exp", "run", "--name", "puffy-daks"])
    assert machine.api.done["exit_code"] == 0, machine.api.text
    assert machine.api.done["delivered"]["data"] == "not pushed"
    assert f"names no DVC remote that has `{address}` in it and serves ada" in machine.api.done["delivered"]["cause"]


def test_what_is_trained_is_pushed_over_ssh_and_a_clone_pulls_it(machine: Bench, host: Ssh, tmp_path: Path) -> None:
    asked = project(tmp_path, NUMBER)
    names(asked, f"{host.address}/iris")
    entry = {
        "url": host.address,
        "repositories": ["ada/iris"],
        "host_key": host.host_key,
        "push": {"SSH_PRIVATE_KEY": "WRITER"},
        "read": {"SSH_PRIVATE_KEY": "READER"},
    }
    keys = {"WRITER": host.keys["writer"], "READER": host.keys["reader"]}
    ref = machine.train(asked, remote=remote_for_agent(asked, f"{host.address}/iris", entry, keys))
    assert machine.api.done["delivered"]["data"] == "pushed", (machine.api.done, machine.api.text)
    commit = asked.unpack(machine.api.files["bundle"], ref)
    (tmp_path / "key").write_text(host.keys["reader"])
    clone = pulled(machine, asked, commit, "dvc_ssh", {}, f"keyfile={tmp_path / 'key'}")
    assert (clone / "model.txt").read_text() == "weights 0.01"
    assert host.keys["writer"].splitlines()[2].encode() not in machine.api.sent

    asked.git("merge", "--quiet", "--ff-only", commit)
    shutil.rmtree(machine.home / "caches" / str(NUMBER))
    again = {"script": [], "edits": {}, "collect": [], "baseline_files": ["loss.csv"]}
    machine.train(asked, remote=remote_for_agent(asked, f"{host.address}/iris", entry, keys), **again)
    assert machine.api.done["reason"] == "", machine.api.text
    assert tar(machine.api.files["baseline.tar"]) == {"loss.csv": LOSS}

    shutil.rmtree(machine.home / "caches" / str(NUMBER))
    kind, _, _ = host.host_key.partition(" ")
    other = f"{kind} AAAAC3NzaC1lZDI1NTE5AAAAIAabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN0p"
    machine.train(
        asked, remote=remote_for_agent(asked, f"{host.address}/iris", {**entry, "host_key": other}, keys), **again
    )
    assert machine.api.done["exit_code"] != 0, "another host is not believed"
    assert "ost key" in machine.api.done["reason"], machine.api.done["reason"]


def test_over_ssh_with_read_access_only_nothing_is_pushed(machine: Bench, host: Ssh, tmp_path: Path) -> None:
    asked = project(tmp_path, NUMBER)
    names(asked, f"{host.address}/six")
    entry = {
        "url": host.address,
        "repositories": ["ada/iris"],
        "host_key": host.host_key,
        "push": {"SSH_PRIVATE_KEY": "READER"},
    }
    machine.train(asked, remote=remote_for_agent(asked, f"{host.address}/six", entry, {"READER": host.keys["reader"]}))
    assert machine.api.done["exit_code"] == 0
    assert machine.api.done["delivered"]["data"] == "not pushed", machine.api.done
    assert not (host.folder / "six" / "files").exists()


def test_without_the_plugin_the_reason_names_it_and_the_line_to_type(
    machine: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = project(tmp_path, NUMBER)
    machine.train(asked)  # with the environment that training needs
    address = "azure://models/iris"
    names(asked, address)
    entry = {"url": "azure://models", "repositories": ["ada/iris"], "push": {"AZURE_STORAGE_CONNECTION_STRING": "SAID"}}
    remote = remote_for_agent(asked, address, entry, {"SAID": "AccountName=x;AccountKey=eHg="})
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    machine.train(asked, remote=remote)
    assert machine.api.done["exit_code"] == 0 and "bundle" in machine.api.files, "nothing but the push is missing"
    reason = machine.api.done["delivered"]["cause"]
    assert "`azure://` needs `dvc-azure`, which is not on this runner" in reason
    folder = machine.home / "remotes" / "azure"
    assert f"`uv venv {folder} && uv pip install --python {folder} --no-deps --require-hashes -r" in reason
    assert reason.endswith("requirements/remotes/azure.txt`")
