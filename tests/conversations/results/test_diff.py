"""`/diff`: two of whatever people call commits, beside each other."""

from urllib.parse import urlsplit

import pytest
from inline_snapshot import snapshot

from experiments.hosts import GITHUB
from reports.messages.general import reply
from reports.text.markdown import cell
from tests.conversations.results.test_landing import exp_push, trained
from tests.world.plain import FILES, STUDIO
from tests.world.project import PARAMS, monorepo, results
from tests.world.wording import settled
from tests.world.world import PullRequest, World

SMALL = PARAMS.replace("lr: 0.1 ", "lr: 0.05 ")


def test_head_against_base_when_nothing_is_named(world: World, pull: PullRequest) -> None:
    pull.push(trained(SMALL))
    world.work()
    world.writes.clear()
    comment = pull.comment("/diff", by=World.reader)
    assert settled(pull.reply) == snapshot("""\
**▲ Better: `accuracy` 0.90 → 0.95 (+0.05).** Of 2 metrics: 2 better.

The head [`<SHA>`](https://github.example/grace/digits/commit/<SHA>) against the base [`<SHA>`](https://github.example/grace/digits/commit/<SHA>).

| verdict | metric | base | head | difference |
| :-- | :-- | --: | --: | --: |
| **better** | `accuracy` | 0.90 | 0.95 | +0.05 |
| **better** | `loss` | 0.10 | 0.05 | -0.05 |

| parameter | base | head |
| :-- | --: | --: |
| `train.lr` | `0.1` | `0.05` |

<!-- studio:reply:<ID> -->\
""")
    assert pull.reactions(comment) == ["eyes", "rocket"]
    assert len([each for each in world.writes if each.endswith("/comments")]) == 1


def test_any_two_experiments_branches_tags_and_commits(pull: PullRequest) -> None:
    exp_push(pull, "small", trained(SMALL))
    exp_push(pull, "adam", trained(PARAMS.replace('"sgd"', '"adam"'), 0.93))
    pull.comment("/diff small adam")
    reply = pull.reply
    assert "▼ Worse: `accuracy` 0.95 → 0.93" in reply
    assert "`adam` (experiment [`" in reply
    assert "| parameter | small | adam |" in reply
    assert "| `train.lr` | `0.05` | `0.1` |" in reply
    pull.comment(f"/diff main {pull.head[:7]}/adam")
    assert "against `main` (branch [`" in pull.reply
    pull.comment(f"/diff small {pull.head[:7]}")
    assert f"| verdict | metric | small | {cell(pull.head[:7])} |" in pull.reply
    pull.comment(f"/diff HEAD {pull.head}")
    assert "Both are the same commit" in pull.reply


def test_what_cannot_be_compared_is_said_and_not_judged(pull: PullRequest) -> None:
    exp_push(pull, "other-code", {**trained(SMALL), "train.py": "print('other')\n"})
    pull.comment("/diff HEAD other-code")
    reply = pull.reply
    assert "Not comparable" in reply
    assert "`train.py`" in reply
    assert "Better" not in reply


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("/diff smal", "/diff small"),
        ("/diff small HEAD~1", "the commit's hash"),
        ("/diff main..small", "Ranges are not taken"),
        ("/diff '$(id)'", "No experiment, branch, tag or commit"),
        ("/diff -- --upload-pack=x", "Git allows no such name"),
        ("/diff a b c", "takes no further word"),
        ("/diff refs/pull/1/head", "No experiment, branch, tag or commit"),
    ],
)
def test_unknown_and_hostile_revisions_are_refused(pull: PullRequest, command: str, told: str) -> None:
    exp_push(pull, "small", trained(SMALL))
    comment = pull.comment(command)
    assert told in pull.reply
    assert pull.reactions(comment) == ["eyes", "confused"]


def test_of_several_projects_the_one_that_differs(world: World) -> None:
    pull = world.pull_request(project=monorepo())
    own = results(SMALL, {"accuracy": 0.95, "loss": 0.05}, [1.0, 0.4])
    exp_push(pull, "small", {f"vision/{name}": text for name, text in {**own, "params.yaml": SMALL}.items()})
    pull.comment("/diff HEAD small")
    assert "| `train.lr` | `0.1` | `0.05` |" in pull.reply
    pull.comment("/diff HEAD small --project speech")
    assert "No parameter differs." in pull.reply
    pull.comment("/diff")
    assert "/diff --project vision" in pull.reply


def test_a_project_without_dvc(world: World) -> None:
    pull = world.pull_request(project={**FILES, ".github/studio.yml": STUDIO, "metrics.json": '{"loss": 0.5}'})
    pull.push({"params.yaml": "lr: 0.2\n", "metrics.json": '{"loss": 0.25}'})
    pull.comment("/diff")
    reply = pull.reply
    assert "▲ Better" in reply
    assert "| **better** | `loss` | 0.50 | 0.25 | -0.25 |" in reply
    assert "| `lr` | `0.1` | `0.2` |" in reply


def test_what_has_no_room_beside_other_answers_is_asked_alone() -> None:
    said = reply(7, ["a" * 40_000, "b" * 40_000, "short"], GITHUB)
    assert len(said) < 65_536
    assert "short" in said
    assert "in a comment of its own" in said
    assert "bbb" not in said


def test_what_does_not_fit_is_whole_on_a_page(world: World, pull: PullRequest) -> None:
    before, after = ("".join(f"p{number}: {number + shift}\n" for number in range(300)) for shift in (0, 1))
    pull.push({"params.yaml": PARAMS + before})
    pull.push({"params.yaml": PARAMS + after})
    first = pull.git("rev-parse", "tune^")
    pull.comment(f"/diff {first}")
    reply = pull.reply
    assert "| … " in reply
    url = reply.split("[All of it](")[1].split(")")[0]
    page = world.web.get(urlsplit(url).path).get_data(as_text=True)
    assert all(f"<code>p{number}</code>" in page for number in range(300))
