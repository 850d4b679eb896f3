"""What changes more than is declared goes onto no branch: it is offered nowhere, and what helps is said."""

from collections.abc import Mapping

import pytest

from tests.world import plain
from tests.world.project import write
from tests.world.runner import Machine, training
from tests.world.sweeping import learning
from tests.world.world import PullRequest, World

BARRED = {"helper.py": "evil()\n", "model.pkl.dvc": "outs:\n- md5: b\n  path: model.pkl\n", "notes.txt": None}


def leaving(machine: Machine, contents: Mapping[str, str | None]) -> None:
    """Change these files as training does, and delete those that are None."""
    write(machine.project, {path: text for path, text in contents.items() if text is not None})
    for path in (path for path, text in contents.items() if text is None):
        (machine.project / path).unlink()


def offers(words: str) -> list[str]:
    return [verb for verb in ("/apply", "/branch") if f"{verb} " in words]


@pytest.fixture
def kept(world: World) -> PullRequest:
    """Its head tracks what training changes."""
    before = {path: "outs:\n- md5: a\n  path: model.pkl\n" if path.endswith(".dvc") else "x\n" for path in BARRED}
    return world.pull_request(contents=before)


@pytest.mark.parametrize("aside", ["", " --temp"])
def test_what_no_branch_gets_is_offered_nowhere(world: World, kept: PullRequest, aside: str) -> None:
    kept.comment(f"/run -S train.lr=0.01{aside} -n odd")
    metrics = {"accuracy": 0.95, "loss": 0.05}
    world.runner.does(training(metrics, extra=lambda machine: leaving(machine, BARRED)))
    report = kept.report
    assert "▲ Better" in report and offers(report) == [], "else it would be offered"
    assert "`/run --from odd` trains its parameters with the new head" in report
    assert "not on the branch: it changes what is not declared" in kept.overview and offers(kept.overview) == []
    (check,) = kept.checks(kept.head)
    assert check.output["title"].startswith("accuracy 0.95") and not check.actions
    kept.comment("/status")
    status = kept.reply
    assert "`/run --from odd`" in status and offers(status) == []
    kept.comment("/show")
    listing = kept.reply
    assert "compares it with the head. It changes what is not declared" in listing and offers(listing) == []
    said = [f"`{path} (not declared as an output)`" for path in sorted(BARRED)]
    assert ", ".join(said) in report
    for verb in ("apply", "branch"):
        kept.comment(f"/{verb} odd")
        refusal = kept.reply
        assert "\n".join(f"- {each}" for each in said) in refusal, "the same as the report has"
    for words in (report, refusal):
        assert "type `dvc remove model.pkl.dvc`, then name the data in `dvc.yaml`, under `outs:`" in words
        assert "`git rm --cached helper.py notes.txt`" in words and "Live(" not in words


def test_git_is_not_to_forget_what_it_never_tracked(world: World) -> None:
    pull = world.pull_request()
    pull.comment("/run -S train.lr=0.01 -n odd")
    world.runner.does(training({"accuracy": 0.95}, extra=lambda machine: leaving(machine, {"page.html": "new"})))
    report = pull.report
    pull.comment("/apply odd")
    for words in (report, pull.reply):
        assert "or keep it out of Git: a line in `.gitignore`." in words and "git rm" not in words


@pytest.mark.parametrize("imported", [True, False])
def test_a_file_of_an_input_is_not_to_be_removed(world: World, imported: bool) -> None:
    text = "outs:\n- md5: a\n  path: raw.csv\n"
    old = f"deps:\n- path: https://example.com/raw.csv\n{text}" if imported else text
    pull = world.pull_request(contents={"raw.csv.dvc": old})
    pull.comment("/run -S train.lr=0.01 -n odd")
    new = {"raw.csv.dvc": f"md5: c\nfrozen: true\n{old}"}
    world.runner.does(training({"accuracy": 0.95}, extra=lambda machine: leaving(machine, new)))
    report = pull.report
    assert "`raw.csv.dvc (not declared as an output)`" in report and "dvc remove" not in report
    assert "from data that the run did not make: `dvc commit -f raw.csv.dvc` where that data is" in report
    assert "under `outs:`" not in report


def test_of_a_sweep_the_best_is_offered_where_a_branch_may_get_it(world: World, kept: PullRequest) -> None:
    kept.comment("/run -S train.lr=0.05,0.01 -n odd")

    def script(machine: Machine) -> None:
        learning(machine, extra=lambda: write(machine.project, {"helper.py": "evil()\n"}))

    world.runner.trains_all(script)
    told = kept.new()[-1]
    assert "is best of 2" in told and "**Next:** no branch gets `odd-2` as it is. It changed files" in told
    assert offers(told) == []


@pytest.mark.parametrize("tracked", [True, False])
def test_without_dvc_a_model_is_kept_out_of_git(world: World, tracked: bool) -> None:
    project = {**plain.FILES, ".github/studio.yml": plain.STUDIO}
    project |= {"model.joblib": "old"} if tracked else {".gitignore": f"{plain.FILES['.gitignore']}model.joblib\n"}
    pull = world.pull_request(project=project)
    pull.comment("/run -S lr=0.5 -n odd")
    world.runner.does(plain.training(lambda machine: write(machine.tree, {"model.joblib": "new"})))
    report = pull.report
    assert ("`git rm --cached model.joblib` and a line in `.gitignore`" in report) == tracked
    assert ("became the new head of `tune`" in report) != tracked, "what helps helps"
    assert "under `metrics`" not in report and offers(report) == []


def test_what_is_no_longer_declared_is_not_offered(world: World) -> None:
    results = dict.fromkeys(("metrics.json", "eval.yaml", "eval.toml"), "{}\n") | {"history.tsv": "epoch\tscore\n"}
    pull = world.pull_request(project={**plain.FILES, **results, ".github/studio.yml": plain.STUDIO})
    pull.comment("/run -S lr=0.5 -n aside --temp")
    world.runner.does(plain.training())
    assert pull.report and "/apply aside" in pull.overview
    pull.push({".github/studio.yml": plain.STUDIO.replace(", history.tsv", "")})
    pull.git("update-ref", "refs/heads/main", pull.head)
    world.work()
    assert "`aside`" in pull.overview and "/apply aside" not in pull.overview
    pull.comment("/status")
    said = pull.reply
    assert "`aside`" in said and "/apply" not in said
    pull.comment("/apply aside")
    assert "changes what is not declared" in pull.reply
