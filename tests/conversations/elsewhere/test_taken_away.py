"""A spot machine that EC2 takes away: its notice is heard, and another one goes on from what was kept."""

from collections.abc import Iterator

import httpx
import pytest

from experiments.run_state import RunState
from tests.contracts.engines.aws_cloud import AwsBackend
from tests.contracts.engines.ec2_parts import ACTION, MetadataService, metadata
from tests.world.elsewhere import CLOUD, Bot, Waiting

pytestmark = [pytest.mark.xdist_group("aws"), pytest.mark.timeout(400)]
PIPELINE = """stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [lr]
    outs: [state: {persist: true}]
    metrics: [metrics.json: {cache: false}]
"""
# It counts on from what it finds; whoever has just begun waits after the second step.
COUNTING = """import json, os, urllib.request
state = "state/steps.txt"
os.makedirs("state", exist_ok=True)
done = int(open(state).read()) if os.path.exists(state) else 0
print(f"begins at step {{done}}", flush=True)
for step in range(done + 1, 5):
    with open(state + ".part", "w") as out:
        out.write(f"{{step}}\\n")
    os.replace(state + ".part", state)
    if step == 2:
        urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open("{url}", timeout=100).close()
json.dump({{"accuracy": 0.9, "began": done}}, open("metrics.json", "w"))
"""


@pytest.fixture
def service(ec2: AwsBackend) -> Iterator[MetadataService]:
    with metadata() as listening:
        ec2.metadata = listening.url
        yield listening


def project(waiting: Waiting) -> dict[str, str]:
    return {
        ".dvc/config": "",
        ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
        ".gitignore": "/state\n",
        "dvc.yaml": PIPELINE,
        "params.yaml": "lr: 0.1\n",
        "requirements.txt": "",
        "train.py": COUNTING.format(url=waiting.url),
    }


def test_what_it_had_learned_is_gone_on_with_on_another_machine(
    bot: Bot, ec2: AwsBackend, waiting: Waiting, service: MetadataService
) -> None:
    pull = bot.asked(CLOUD, project(waiting), ec2.engine, body="/run -S lr=0.2 -n long --spot --timeout 1h")
    bot.until(lambda: waiting.begun, ec2.advance)
    (first,) = ec2.instances
    assert ec2.described()[0]["InstanceLifecycle"] == "spot"
    assert not pull.runs[0].checkpoints, "what is saved is saved because of the notice"
    old = bot.heard[-1][1]
    service.taken.add(first)
    bot.until(lambda: len(ec2.instances) == 2, ec2.advance)
    assert (f"/{first}{ACTION}", 200) in service.asked
    (run,) = pull.runs
    assert (run.attempt.number, [each.number for each in run.checkpoints]) == (2, [1])
    for verb, path in (("POST", "beat"), ("PUT", "checkpoint"), ("PUT", "files/bundle"), ("POST", "done")):
        late = httpx.request(
            verb,
            f"{bot.url}/api/runs/{run.id}/{path}",
            headers={"Authorization": f"Bearer {old}"},
            trust_env=False,
        )
        assert late.status_code == 401, path
    report = bot.report(pull, ec2.advance)
    assert "The cloud took its machine away: nothing in it needs fixing. It went on from checkpoint 1." in report
    assert "| `began` | absent | 2 |" in report, "it went on from the second step"
    assert waiting.begun == 1
    assert bot.settled(ec2.engine, ec2.advance).count("launch") == 2
    (done,) = pull.runs
    assert done.state is RunState.SUCCEEDED
    assert ("GET", f"/api/runs/{run.id}/checkpoint") in [tuple(said.split()) for said, _ in bot.heard]
    assert not [status for path, status in service.asked if path.endswith(ACTION) and status not in (200, 404)]
