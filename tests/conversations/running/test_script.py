"""`/run --script`: what would be run is shown, and nothing is begun."""

import pytest
from inline_snapshot import snapshot

from tests.world.renting import RUNNERS
from tests.world.wording import settled
from tests.world.world import PullRequest, World


def nothing_began(world: World, pull: PullRequest) -> None:
    assert list(world.wired.ports.store.active()) == []
    assert pull.head == pull.head_before and not pull.experiments and pull.checks(pull.head) == []


def test_what_dvc_would_be_asked_is_shown(world: World, pull: PullRequest) -> None:
    comment = pull.comment('/run --script train -S train.lr=0.01 -n careful -m "it\'s slow" -f --timeout 3h')
    assert pull.reactions(comment) == ["eyes", "rocket"]
    assert settled(pull.reply) == snapshot("""\
Nothing was started. `careful` would be trained at [`<SHA>`](https://github.example/grace/digits/commit/<SHA>) by this script, in an environment with nothing but DVC, for 3 h at most.

```sh
dvc exp run --pull --allow-missing --name careful '--message=it'"'"'s slow' --force -- train
```

Of the stages, `train` would run.

What is asked for is in the files before it begins:

| parameter | baseline | this run |
| :-- | --: | --: |
| `train.lr` | `0.1` | `0.01` |

<!-- studio:reply:<ID> -->\
""")
    nothing_began(world, pull)


@pytest.mark.parametrize("more", ["-S train.lr=0.1,0.01", "--repeat 2", "--queue", "--commit first -S train.lr=0.3"])
def test_nothing_of_it_is_begun(world: World, more: str) -> None:
    pull = world.pull_request(contents={".github/studio.yml": "primary: accuracy\nseed: seed\n"})
    pull.comment(f"/run --script {more}")
    assert "Nothing was started." in pull.reply
    nothing_began(world, pull)


def test_the_repositorys_own_script_is_shown(world: World) -> None:
    pull = world.pull_request(contents={".github/studio.yml": "script: |\n  make data\n  python train.py\n"})
    pull.comment("/run --script -S train.lr=0.01")
    assert "```sh\nmake data\npython train.py\n```" in pull.reply
    nothing_began(world, pull)


def test_where_it_would_train_and_what_it_may_cost_is_shown(world: World) -> None:
    world.declare(RUNNERS)
    pull = world.pull_request()
    pull.comment("/run --script --runner ec2 -S train.lr=0.1,0.01 --timeout 1h")
    reply = pull.reply
    assert "would be trained on `ec2, g4dn.xlarge in us-west-1` at" in reply
    assert "It may cost 2.00 USD at most." in reply
    nothing_began(world, pull)
