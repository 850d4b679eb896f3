"""`/plots`: several revisions in each picture, and a metric over the commits."""

import io
import re
from urllib.parse import urlsplit

import pytest
from inline_snapshot import snapshot
from PIL import Image

from tests.conversations.results.test_landing import exp_push, trained
from tests.world.project import PARAMS, files, monorepo
from tests.world.wording import settled
from tests.world.world import PullRequest, World


def rate(lr: str) -> str:
    return PARAMS.replace("lr: 0.1 ", f"lr: {lr} ")


def pictures(world: World, reply: str) -> list[str]:
    """Return the alternative texts of the pictures, after loading each."""
    found = re.findall(r'<img alt="([^"]*)" src="([^"]*)"', reply)
    for _, address in found:
        answer = world.web.get(urlsplit(address).path)
        assert Image.open(io.BytesIO(answer.data)).format == "PNG"
    return [alt for alt, _ in found]


def test_base_and_head_when_nothing_is_named(world: World, pull: PullRequest) -> None:
    pull.push(trained(rate("0.2"), 0.91))
    world.work()
    world.writes.clear()
    comment = pull.comment("/plots", by=World.reader)
    reply = pull.reply
    assert settled(reply) == snapshot("""\
**1 plot** of the base [`<SHA>`](https://github.example/grace/digits/commit/<SHA>), the head [`<SHA>`](https://github.example/grace/digits/commit/<SHA>).

<img alt="Curve of loss.csv: base and head" src="https://studio.example.com/plots/<SHA>.png" width="400">

<!-- studio:reply:<ID> -->\
""")
    assert pictures(world, reply) == ["Curve of loss.csv: base and head"]
    assert pull.reactions(comment) == ["eyes", "rocket"]
    assert len([each for each in world.writes if each.endswith("/comments")]) == 1


def test_a_commit_of_which_nothing_is_drawn_is_not_named(world: World) -> None:
    pull = world.pull_request(project={name: text for name, text in files().items() if name != "loss.csv"})
    pull.push(trained(rate("0.2"), 0.91))
    world.work()
    pull.comment("/plots")
    assert pull.reply.startswith("**1 plot** of the head [`")


def test_up_to_seven_of_whatever_people_call_commits(world: World, pull: PullRequest) -> None:
    names = [f"exp{number}" for number in range(6)]
    for number, name in enumerate(names):
        exp_push(pull, name, trained(rate(f"0.{number + 2}"), 0.9))
    pull.comment(f"/plots main {' '.join(names)}")
    assert pictures(world, pull.reply) == [f"Curve of loss.csv: main, {', '.join(names[:-1])} and {names[-1]}"]
    pull.comment("/plots exp1")
    assert pictures(world, pull.reply) == ["Curve of loss.csv: exp1 and head"]
    pull.comment(f"/plots main HEAD {' '.join(names)}")
    assert "One picture shows 7 at most, and these are 8." in pull.reply


def test_a_metric_over_the_commits_of_the_branch(world: World, pull: PullRequest) -> None:
    for number in range(3):
        pull.push(trained(rate(f"0.{number + 2}"), round(0.91 + number / 100, 2)), f"Step {number}")
    pull.push(trained(rate("0.9"), 0.1), "Quietly [skip studio]")
    world.work()
    pull.comment("/plots --trend accuracy")
    reply = pull.reply
    assert "**`accuracy` over the commits of `tune`.** 1 commit is left out, as the commit message asks." in reply
    assert pictures(world, reply) == ["accuracy over the commits, 5 of them"]
    assert "other" not in reply
    tip = pull.push({"train.py": "print('other')\n"})
    world.work()
    pull.comment("/plots --trend accuracy")
    assert f"Stale: `{tip[:7]}`; its numbers belong to other code or data." in pull.reply
    pull.comment("/plots --trend acuracy")
    assert "/plots --trend accuracy" in pull.reply
    pull.comment("/plots main --trend accuracy")
    assert "leave the revisions out" in pull.reply


def test_more_than_fit_are_on_a_page(world: World) -> None:
    many = [f"curves/{number:02}.csv" for number in range(11)]
    own = {name: f"step,loss\n0,1\n1,0.{number}\n" for number, name in enumerate(many)}
    pipeline = "plots:\n" + "".join(f"  - {name}: {{x: step, y: loss}}\n" for name in many)
    pull = world.pull_request(project={".dvc/config": "", "dvc.yaml": pipeline, **own})
    pull.push({"curves/00.csv": "step,loss\n0,2\n1,1\n"})
    world.work()
    pull.comment("/plots")
    reply = pull.reply
    assert len(pictures(world, reply)) == 8
    url = reply.split("[All pictures](")[1].split(")")[0]
    page = world.web.get(urlsplit(url).path).get_data(as_text=True)
    assert page.count("<img ") == 11


def test_what_has_no_plot_is_told(world: World, pull: PullRequest) -> None:
    exp_push(pull, "none", {"dvc.yaml": "stages: {}\n"})
    exp_push(pull, "odd", {"loss.csv": '{"'})
    pull.comment("/plots none none")
    assert "**Nothing to draw.** `none` (experiment [`" in pull.reply
    pull.comment("/plots odd none")
    assert "Nothing to draw" in pull.reply


def test_of_several_projects_the_one_that_differs(world: World) -> None:
    pull = world.pull_request(project=monorepo())
    pull.push({"vision/loss.csv": "step,loss\n0,1\n1,0.2\n"})
    world.work()
    pull.comment("/plots")
    assert pictures(world, pull.reply) == ["Curve of loss.csv: base and head"]
    pull.comment("/plots --trend accuracy --project speech")
    assert pictures(world, pull.reply)


@pytest.mark.parametrize("word", ["HEAD~1", "main..tune", "nobody", "'`|<b>'"])
def test_what_names_nothing_is_refused(pull: PullRequest, word: str) -> None:
    comment = pull.comment(f"/plots {word}")
    assert pull.reply
    assert pull.reactions(comment) == ["eyes", "confused"]
