"""DVC remotes: the address that a commit names, whether the operator's entry covers it, and what the agent is given."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.remotes import remote_for
from experiments.data.addresses import PLUGINS, address, default_remote, shown
from experiments.experiment import Experiment, Repository
from experiments.fleet.reading import FleetError, read_fleet
from experiments.fleet.remotes import CREDENTIALS
from experiments.parts.change import Change, Input
from experiments.parts.landing_plan import LandingPlan
from experiments.run import Run
from experiments.snapshot import DataFile, Snapshot, Stage
from runners.agent.data.carrying import Carrier
from runners.agent.data.remote import DvcRemote, read
from runners.agent.errors import Trouble
from runners.agent.isolation.command_runner import CommandRunner
from runners.plugins import FOLDER, plugins
from tests.units.sample_run import changed

SECRETS = {"MODELS_WRITER": "writes-in-models", "MODELS_READER": "reads-models"}
ENTRY = {
    "url": "s3://models/digits",
    "repositories": ["lab/*"],
    "region": "eu-central-1",
    "read": {"AWS_ACCESS_KEY_ID": "MODELS_READER"},
    "push": {"AWS_ACCESS_KEY_ID": "MODELS_WRITER"},
}
RUN = Run("r", Experiment(Repository(7, "lab/digits", 1), 3, "a" * 40, "puffy-daks", LandingPlan("lr", "main")), 0.0)


def remote_given_to_the_agent(wanted: str, snapshot: Snapshot | None = None, run: Run = RUN, **entry: Any) -> Any:
    fleet = read_fleet(yaml.safe_dump({"remotes": {"models": {**ENTRY, **entry}}}))
    return remote_for(fleet, SECRETS, plugins(), run, snapshot or Snapshot("a" * 40), ("storage", wanted))


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("[core]\n    remote = s\n['remote \"s\"']\n    url = s3://models/x\n", "s3://models/x"),
        ('[core]\nremote = s\n[\'remote "s"\']\nurl = "s3://models/x"\n', "s3://models/x"),
        ("['remote \"s\"']\n    url = s3://models/x\n", ""),
        ("[core]\n    remote = other\n['remote \"s\"']\n    url = s3://models/x\n", ""),
        ("[core]\n    remote = s\n['remote \"s\"']\n    url = s3://a\n      endpointurl=x\n", "s3://a endpointurl=x"),
        ("[core\nremote", ""),
        ("", ""),
    ],
)
def test_the_address_of_the_default_remote_is_read(config: str, expected: str) -> None:
    assert default_remote(config)[1] == expected


@pytest.mark.parametrize("wanted", ["s3://models/digits", "s3://models/digits/", "s3://models/digits/v2/a b"])
def test_the_address_of_an_entry_and_all_below_it_get_its_credentials(wanted: str) -> None:
    remote = remote_given_to_the_agent(wanted)
    assert remote["push"] == {"AWS_ACCESS_KEY_ID": "writes-in-models"}
    assert remote["read"] == {"AWS_ACCESS_KEY_ID": "reads-models"}
    assert remote["url"] == wanted.rstrip("/") and remote["options"] == {"region": "eu-central-1"}
    assert remote["plugin"]["name"] == "dvc-s3" and "dvc-s3==" in remote["plugin"]["requirements"]


@pytest.mark.parametrize(
    "wanted",
    [
        "s3://models",
        "s3://models/digits-2",
        "s3://models/digits/../x",
        "s3://models/digits/%2e%2e/x",
        "s3://models/digits//x",
        "s3://models/digits?versionId=1",
        "s3://models/digits#x",
        "s3://evil/models/digits",
        "s3://Models/digits",
        "s3://me@models/digits",
        "s3://models:80/digits",
        "s3://models/digits\nendpointurl = http://evil",
        "gs://models/digits",
        "ssh://models/digits",
        "remote://models/digits",
    ],
)
def test_any_other_address_gets_no_credentials_and_the_reason_names_it(wanted: str) -> None:
    remote = remote_given_to_the_agent(wanted)
    assert remote["push"] is None and remote["read"] is None and remote["unnamed"]
    assert not [value for value in SECRETS.values() if value in str(remote)]


def test_a_repository_that_the_entry_does_not_serve_gets_no_credentials() -> None:
    remote = remote_given_to_the_agent("s3://models/digits", repositories=["other/*"])
    assert remote["push"] is None and "serves lab/digits" in remote["unnamed"]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"push": {}}, "The operator of the bot gives no credentials to push to `s3://models/digits`."),
        ({"read": {}}, "The operator of the bot gives no credentials to read from `s3://models/digits`."),
        (
            {"read": {}, "push": {}},
            "The operator of the bot gives no credentials to read from or push to `s3://models/digits`.",
        ),
        ({}, ""),
    ],
    ids=["read only", "push only", "neither", "both"],
)
def test_missing_credentials_of_an_entry_are_explained(entry: dict[str, Any], expected: str) -> None:
    remote = remote_given_to_the_agent("s3://models/digits", **entry)
    assert remote["unnamed"] == expected
    lacks = [what for what in ("read", "push") if remote[what] is None]
    assert lacks == list(entry)


def test_a_password_in_a_commits_address_is_never_shown() -> None:
    remote = remote_given_to_the_agent("ssh://ada:hunter2@host/data")
    assert "hunter2" not in remote["unnamed"] and shown("ssh://ada:hunter2@host/data") == "ssh://host/data"


def test_ssh_uses_the_operators_host_port_and_user() -> None:
    entry: dict[str, Any] = {
        "url": "ssh://studio@data.example:2222/srv/dvc",
        "host_key": "ssh-ed25519 AAAA",
        "region": "",
        "push": {"SSH_PRIVATE_KEY": "MODELS_WRITER"},
        "read": {},
    }
    for wanted in ("ssh://data.example/srv/dvc/x", "ssh://studio@DATA.example:2222/srv/dvc/x"):
        assert remote_given_to_the_agent(wanted, **entry)["url"] == "ssh://studio@data.example:2222/srv/dvc/x"
    for wanted in ("ssh://data.example:22/srv/dvc/x", "ssh://root@data.example/srv/dvc/x", "ssh://evil/srv/dvc/x"):
        assert remote_given_to_the_agent(wanted, **entry)["push"] is None, wanted


def test_the_narrowest_entry_applies() -> None:
    both = {"all": {**ENTRY, "url": "s3://models"}, "one": {**ENTRY, "push": {}}}
    fleet = read_fleet(yaml.safe_dump({"remotes": both}))
    ask = [
        remote_for(fleet, SECRETS, plugins(), RUN, Snapshot("a" * 40), ("s", f"s3://models/{at}"))
        for at in ("digits", "x")
    ]
    assert [each and each["push"] is None for each in ask] == [True, False]


def test_the_credentials_of_a_narrower_entry_are_given_only_to_its_repositories() -> None:
    wide = {**ENTRY, "url": "s3://models", "repositories": ["*"]}
    theirs = {**ENTRY, "url": "s3://models/theirs", "repositories": ["grace/secret"]}
    fleet = read_fleet(yaml.safe_dump({"remotes": {"all": wide, "theirs": theirs}}))

    def push(at: str) -> bool:
        remote = remote_for(fleet, SECRETS, plugins(), RUN, Snapshot("a" * 40), ("s", f"s3://models/{at}"))
        return remote is not None and remote["push"] is not None

    assert push("mine") and push("theirs-too")
    assert not push("theirs") and not push("theirs/below")


def test_folders_and_plain_http_need_no_entry_and_unknown_schemes_are_named() -> None:
    for wanted in ("../remote", "/srv/dvc", "https://data.example/dvc"):
        assert (
            remote_given_to_the_agent(wanted)["push"] == {}
            and remote_given_to_the_agent(wanted)["plugin"] is None
            and not remote_given_to_the_agent(wanted)["unnamed"]
        )
    assert "`gdrive://x` is of a kind that runs cannot use" in remote_given_to_the_agent("gdrive://x")["unnamed"]
    assert remote_given_to_the_agent("") is None


def test_hashes_of_dvcs_outputs_are_given_with_the_requested_versions() -> None:
    data = (
        DataFile("raw", "1" * 32 + ".dir", source="raw.dvc"),
        DataFile("old.csv", "2" * 32, source="old.csv.dvc", legacy=True),
        DataFile("model.pkl", "3" * 32, is_output=True),
        DataFile("s3://elsewhere/x", "an-etag-of-s3"),
    )
    stages = (Stage("train", "python train.py", deps=("raw/a.csv", "train.py")),)
    chosen = Input("old.csv", "v1", "old.csv.dvc", "4" * 32, "2" * 32)
    remote = remote_given_to_the_agent("s3://models/digits", Snapshot("a" * 40, data=data, stages=stages))
    assert remote["objects"] == {
        "raw": f"md5:{'1' * 32}.dir",
        "old.csv": f"md5-dos2unix:{'2' * 32}",
        "model.pkl": f"md5:{'3' * 32}",
    }
    assert remote["reads"] == ["raw"]
    run = Run("r", replace(RUN.experiment, change=Change(inputs=(chosen,))), 0.0)
    assert (
        remote_given_to_the_agent("s3://models/digits", Snapshot("a" * 40, data=data), run)["objects"]["old.csv"]
        == f"md5:{'4' * 32}"
    )


@pytest.mark.parametrize(("force", "reads"), [(False, ["raw"]), (True, ["raw", "clean.csv"])])
def test_with_force_outputs_of_frozen_stages_are_fetched_too(force: bool, reads: list[str]) -> None:
    data = (DataFile("raw", "1" * 32, source="raw.dvc"), DataFile("clean.csv", "2" * 32, is_output=True))
    stages = (
        Stage("clean", "python clean.py", outs=("clean.csv",), frozen=True),
        Stage("train", "python train.py", deps=("raw",)),
    )
    run = replace(RUN, experiment=changed(RUN.experiment, force=force))
    assert (
        remote_given_to_the_agent("s3://models/digits", Snapshot("a" * 40, data=data, stages=stages), run)["reads"]
        == reads
    )


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"url": "models/digits"}, "`remotes.models.url`: write an address that begins with one of `s3://`, `gs://`"),
        ({"url": "https://data.example"}, "`remotes.models.url`: write an address"),
        ({"url": "s3://key:secret@models"}, "`remotes.models.url`: write an address"),
        (
            {"url": "ssh://data.example/srv", "region": "", "push": {}, "read": {}},
            "`remotes.models`: SSH needs the user",
        ),
        ({"push": {"AWS_ACCES_KEY": "X"}}, "`remotes.models.push.AWS_ACCES_KEY`: for s3:// there are"),
        ({"url": "gs://models", "push": {}, "read": {}}, "`remotes.models`: `region` is for `s3://`"),
        ({"repositories": []}, "`remotes.models.repositories` is empty."),
        ({"read": ENTRY["push"]}, "`remotes.models.read` is the same as `push`: name variables of somebody who cannot"),
        ({"reed": {}}, "There is no `remotes.models.reed`: did you mean `read`?"),
    ],
)
def test_each_mistake_in_an_entry_is_reported(entry: dict[str, Any], sentence: str) -> None:
    with pytest.raises(FleetError) as told_so:
        read_fleet(yaml.safe_dump({"remotes": {"models": {**ENTRY, **entry}}}))
    assert any(line.startswith(sentence) for line in str(told_so.value).splitlines()), str(told_so.value)


def test_variables_given_for_any_address_are_refused_with_what_to_write() -> None:
    with pytest.raises(FleetError) as told_so:
        read_fleet("runners: {here: {type: local, remote: [AWS_ACCESS_KEY_ID]}}")
    assert str(told_so.value).startswith("`runners.here.remote`: variables for a push are given for one address")
    assert "`remotes: {models: {url: s3://bucket/path" in str(told_so.value)


@pytest.mark.parametrize("scheme", PLUGINS)
def test_each_scheme_has_its_plugin_pinned_by_hash_for_our_dvc(scheme: str) -> None:
    text = plugins()[scheme]
    pins = re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE)
    ours = re.findall(r"^([a-z0-9-]+)==(\S+)", (FOLDER.parent / "run.txt").read_text(), re.MULTILINE)
    assert PLUGINS[scheme] in dict(pins) and dict(pins)["dvc"] == dict(ours)["dvc"]
    assert all("--hash=sha256:" in part for part in re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:])
    assert "://" not in text, "whoever installs has an index of his own"
    assert set(PLUGINS) == set(CREDENTIALS)


def test_the_project_that_carries_objects_has_an_address_and_hashes_and_nothing_else(tmp_path: Path) -> None:
    remote = read(remote_given_to_the_agent("s3://models/digits", Snapshot("a" * 40)))
    assert isinstance(remote, DvcRemote)
    assert "writes-in-models" in remote.secrets and "writes-in-models" not in repr(remote)
    (tmp_path / "cache").mkdir()
    carrier = Carrier(CommandRunner(False, lambda: ""), remote, tmp_path, tmp_path / "made", tmp_path / "cache", {})
    carrier._make([f"md5:{'1' * 32}.dir", f"md5-dos2unix:{'2' * 32}"], {})
    config = (tmp_path / "made" / ".dvc" / "config").read_text()
    assert 'url = "s3://models/digits"' in config and 'region = "eu-central-1"' in config and "no_scm" in config
    outs = yaml.safe_load((tmp_path / "made" / "objects.dvc").read_text())["outs"]
    assert outs == [
        {"path": "o0", "md5": "2" * 32},
        {"path": "o1", "md5": f"{'1' * 32}.dir", "hash": "md5"},
    ]


def test_values_that_a_configuration_file_cannot_hold_are_refused(tmp_path: Path) -> None:
    remote = read(remote_given_to_the_agent("s3://models/digits"))
    assert remote is not None
    evil = DvcRemote(**{**remote.__dict__, "url": "/srv/x\n[core]\nremote = evil"})
    carrier = Carrier(CommandRunner(False, lambda: ""), evil, tmp_path, tmp_path / "made", tmp_path, {})
    with pytest.raises(Trouble, match="characters that DVC's configuration cannot hold"):
        carrier._make([], {})


def test_an_address_is_written_as_it_was_read() -> None:
    for text in ("s3://models", "ssh://ada@host:22/srv/x", "azure://c/a b"):
        assert str(address(text)) == text
