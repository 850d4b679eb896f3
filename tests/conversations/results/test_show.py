"""`/show`: commits and the experiments under each."""

import json
from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest

from tests.conversations.results.test_landing import exp_push, trained
from tests.world.plain import FILES, STUDIO
from tests.world.project import PARAMS, files, git, monorepo, results
from tests.world.sweeping import learning
from tests.world.world import PullRequest, World


def rate(lr: str) -> str:
    return PARAMS.replace("lr: 0.1 ", f"lr: {lr} ")


def rows(reply: str) -> list[list[str]]:
    """Return the cells of the table, without its header."""
    lines = [line for line in reply.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def pushed_at_once(pull: PullRequest, experiments: Mapping[str, Mapping[str, str]]) -> None:
    """Many experiments on the head, by name."""
    head, stream = pull.head, bytearray()
    for name, contents in experiments.items():
        stream += f"commit refs/exps/{head[:2]}/{head[2:]}/{name}\n".encode()
        stream += b"committer Ada <ada@example.com> 1767225600 +0000\ndata 1\nx\n" + f"from {head}\n".encode()
        for path, text in contents.items():
            stream += f"M 100644 inline {path}\ndata {len(text.encode())}\n{text}\n".encode()
    git(pull.world.repository.folder, "fast-import", "--quiet", stdin=bytes(stream))


def header(reply: str) -> str:
    return next(line for line in reply.splitlines() if line.startswith("|"))


def test_experiments_stand_under_their_commits(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 --temp -n ours")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert pull.report
    exp_push(pull, "theirs", trained(rate("0.05"), 0.93))
    tip = pull.push(trained(rate("0.2"), 0.91), "Larger steps")
    exp_push(pull, "on-top", trained(rate("0.3"), 0.92), tip)
    world.work()
    world.writes.clear()
    comment = pull.comment("/show", by=World.reader)
    reply = pull.reply
    assert pull.reactions(comment) == ["eyes", "rocket"]
    assert len([each for each in world.writes if "/comments" in each and "reactions" not in each]) == 1
    assert reply.startswith(
        "**3 experiments on 2 commits of `tune`. ★ Best is `ours`: `accuracy` 0.95 (base 0.90).**"
    ), reply
    assert "**Next:** `/diff HEAD ours` compares it with the head, `/apply ours` puts it on the branch where" in reply
    assert header(reply) == "| commit, experiment | `accuracy` | `loss` | `train.lr` | when |"
    found = rows(reply)
    assert [cells[0] for cells in found] == [
        f"[`{tip[:7]}`]({world.sandbox.url}/grace/digits/commit/{tip}) Larger steps (head)",
        "└ `on-top`",
        f"[`{pull.head_before[:7]}`]({world.sandbox.url}/grace/digits/commit/{pull.head_before}) Describe",
        "├ ★ `ours`",
        "└ `theirs`",
        found[-1][0],
    ]
    assert found[-1][0].endswith("base, `main`")
    assert found[3][1:4] == ["**0.95**", "0.05", "`0.01`"]
    assert found[4][1:4] == ["0.93", "0.05", "`0.05`"]


def test_what_changed_nothing_or_asks_for_it_is_hidden(world: World, pull: PullRequest) -> None:
    words = pull.push({"README.md": "# Other words\n"}, "Words")
    pull.push(trained(rate("0.2"), 0.91), "Quietly [Skip Studio]")
    parameters = pull.head
    exp_push(pull, "of-the-skipped", trained(rate("0.3"), 0.92), parameters)
    tip = pull.push(trained(rate("0.4"), 0.94), "Shown")
    world.work()
    pull.comment("/show")
    reply = pull.reply
    shown = [cells[0] for cells in rows(reply)]
    assert f"`{tip[:7]}`" in shown[0]
    assert f"`{words[:7]}`" in shown[1]
    assert shown[2] == "└ `of-the-skipped`", "under the next older commit, which is what it was compared with"
    assert shown[3].endswith("base, `main`")
    assert "2 commits without a change of these, or skipped by a message: `/show --all`." in reply
    pull.comment("/show --all")
    reply = pull.reply
    assert len(rows(reply)) == 6
    assert "Quietly" in reply
    assert "--all" not in reply
    pull.comment("/show -n 1")
    assert len(rows(pull.reply)) == 2


def test_sorted_by_a_metric_the_best_is_first_and_nothing_else_is_a_metric(pull: PullRequest) -> None:
    for name, accuracy in (("middle", 0.93), ("best", 0.95), ("worst", 0.91)):
        exp_push(pull, f"{name}-one", trained(rate("0.05"), accuracy))
    pull.comment("/show --sort accuracy")
    assert [cells[0] for cells in rows(pull.reply)][1:4] == ["├ ★ `best-one`", "├ `middle-one`", "└ `worst-one`"]
    pull.comment("/show --sort acuracy")
    assert "/show --sort accuracy" in pull.reply
    pull.comment("/show --sort '`|<b>'")
    assert "No metric" in pull.reply


def test_a_metric_of_several_files_is_named_with_its_file_and_asked_for(world: World) -> None:
    cities = ("oslo", "rome")
    pipeline = "metrics:\n" + "".join(f"  - out/{city}.json\n" for city in cities)
    pull = world.pull_request(project={".dvc/config": "", "dvc.yaml": pipeline, **measured(oslo=2.0, rome=3.0)})
    pull.push(measured(oslo=2.0, rome=2.5))
    world.work()
    assert "**▲ Better: `out/rome.json:rmse` 3.0 → 2.5 (-0.5).**" in pull.overview
    pull.comment("/show --sort rmse")
    assert "`rmse` is a metric of 2 files. Write which one is meant: `out/oslo.json:rmse`, `out/rome." in pull.reply
    pull.comment("/plots --trend rmse")
    assert "`rmse` is a metric of 2 files." in pull.reply
    pull.comment("/show --sort out/rome.json:rmse")
    reply = pull.reply
    assert "★ Best is" in reply and "`out/rome.json:rmse` 2.5 (base 3.0)" in reply
    assert header(reply) == "| commit, experiment | `out/rome.json:rmse` | when |"


def measured(**rmse: float) -> dict[str, str]:
    """A metric file of each city."""
    return {f"out/{city}.json": json.dumps({"rmse": value}) for city, value in rmse.items()}


def test_what_is_no_better_than_the_head_is_not_offered(world: World, pull: PullRequest) -> None:
    exp_push(pull, "alike", trained(rate("0.05"), 0.9015))
    pull.comment("/show")
    reply = pull.reply
    assert "★ Best is `alike`" in reply
    assert "**Next:** `/diff HEAD alike` compares it with the head, and it is not better." in reply
    assert "/apply" not in reply


def test_what_is_worse_than_a_base_that_is_not_comparable_is_no_best(world: World) -> None:
    pull = world.pull_request(project={**files(0.9), "params.yaml": rate("0.5")})
    exp_push(pull, "worse", trained(rate("0.05"), 0.85))
    pull.comment("/show")
    reply = pull.reply
    said = "None is marked as best: `accuracy` of `worse` is 0.85, of the base 0.90, which is not comparable.**"
    assert said in reply, reply
    assert "★" not in reply
    assert "Its commit is stale: `params.yaml:train.lr` changed after its numbers were made." in reply


def test_a_landed_experiment_is_the_commit_it_became(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.01 -n landed")
    world.runner.finishes(accuracy=0.95, loss=0.05)
    assert "new head" in pull.report
    pull.comment("/show")
    reply = pull.reply
    found = rows(reply)
    assert reply.startswith("**1 experiment on 1 commit of `tune`, landed."), reply
    assert "`landed` Set train.lr=0.01 (head)" in found[0][0]
    assert len(found) == 2
    exp_push(pull, "beside", trained(rate("0.05"), 0.93), pull.head)
    pull.comment("/show")
    assert pull.reply.startswith("**1 experiment on 1 commit of `tune`, and 1 that landed. ")


def test_what_is_called_alike_is_named_as_it_is_typed(world: World, pull: PullRequest) -> None:
    exp_push(pull, "twice", trained(rate("0.05"), 0.93))
    tip = pull.push(trained(rate("0.2"), 0.91), "Larger steps")
    exp_push(pull, "twice", trained(rate("0.3"), 0.92), tip)
    world.work()
    pull.comment("/show")
    reply = pull.reply
    for sha in (tip, pull.head_before):
        assert f"`{sha[:7]}/twice`" in reply
    pull.comment(f"/diff HEAD {tip[:7]}/twice")
    assert "0.91 → 0.92" in pull.reply


def test_what_was_measured_otherwise_is_in_no_order(pull: PullRequest) -> None:
    exp_push(pull, "same", trained(rate("0.05"), 0.93))
    exp_push(pull, "stale", {"params.yaml": rate("0.3"), "metrics.json": '{"accuracy": 0.99, "loss": 0.01}'})
    pull.comment("/show")
    reply = pull.reply
    assert "★ `same`" in reply
    assert "`stale` is not ranked." in reply


def test_a_hundred_experiments_are_whole_on_a_page_that_does_not_leak(world: World, pull: PullRequest) -> None:
    pushed_at_once(
        pull,
        {
            f"many-{number}": trained(rate(f"0.{number + 200}"), round(0.9 + number / 10_000, 4))
            for number in range(100)
        },
    )
    pull.comment("/show --sort accuracy")
    reply = pull.reply
    assert len(rows(reply)) <= 32
    assert "★ `many-99`" in reply
    assert "… 7" in reply
    url = reply.split("[The whole table](")[1].split(")")[0]
    assert "102 rows" in reply
    answer = world.web.get(urlsplit(url).path)
    page = answer.get_data(as_text=True)
    assert all(f"<code>many-{number}</code>" in page for number in range(100))
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert world.web.get("/pages/").status_code == 404
    assert world.web.get(f"/pages/{'0' * 40}.html").status_code == 404


def test_hostile_names_are_text_in_the_comment_and_on_the_page(world: World, pull: PullRequest) -> None:
    evil = "<img>|@ada&lt;"
    for number in range(32):
        exp_push(pull, f"{evil}{number}", trained(rate(f"0.{number + 200}"), 0.95))
    pull.comment("/show")
    reply = pull.reply
    assert "<img" not in reply.replace("`", " `").split("`")[0]
    url = reply.split("[The whole table](")[1].split(")")[0]
    page = world.web.get(urlsplit(url).path).get_data(as_text=True)
    assert "<img" not in page
    assert "&lt;img&gt;|@ada&amp;lt;" in page


def test_of_several_projects_each_has_its_own(world: World) -> None:
    pull = world.pull_request(project=monorepo())
    own = {**results(rate("0.05"), {"accuracy": 0.95, "loss": 0.05}, [1.0, 0.4]), "params.yaml": rate("0.05")}
    exp_push(pull, "of-vision", {f"vision/{name}": text for name, text in own.items()})
    pull.comment("/show --project vision")
    assert "`of-vision`" in pull.reply
    pull.comment("/show --project speech")
    assert "of-vision" not in pull.reply
    pull.comment("/show")
    assert "/show --project vision" in pull.reply


def test_a_project_without_dvc(world: World) -> None:
    pull = world.pull_request(project={**FILES, ".github/studio.yml": STUDIO, "metrics.json": '{"loss": 0.5}'})
    sha = exp_push(pull, "elsewhere", {"params.yaml": "lr: 0.2\n", "metrics.json": '{"loss": 0.25}'})
    ref = f"refs/studio/exps/{pull.head[:2]}/{pull.head[2:]}/slow"
    git(pull.tree, "push", "--quiet", str(world.repository.folder), f"{sha}:{ref}")
    pull.comment("/show")
    reply = pull.reply
    assert "`slow`" in reply
    assert "`0.2`" in reply


def test_members_of_a_sweep_are_listed(world: World, pull: PullRequest) -> None:
    pull.comment("/run -S train.lr=0.1,0.01 -n wide --yes")
    world.runner_port.script = learning
    world.train()
    pull.new()
    pull.comment("/show --sort accuracy")
    assert "├ ★ `wide-2`" in pull.reply


@pytest.mark.parametrize("command", ["/show --sort", "/show -n 0", "/show -n x", "/show main", "/show --al"])
def test_mistakes_are_told(pull: PullRequest, command: str) -> None:
    comment = pull.comment(command)
    assert pull.reply
    assert pull.reactions(comment) == ["eyes", "confused"]
