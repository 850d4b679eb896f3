"""Reports for a made-up Git host: its addresses, words and limits, and nothing of GitHub's."""

import ast
import dataclasses
import re
from pathlib import Path

import pytest

from bot.ports.git_host import Check, PullRequest
from experiments.experiment import PullRef, Repository
from experiments.hosts import GITHUB, Host
from experiments.judging.comparison import compare
from experiments.run import Run
from experiments.run_state import RunState
from experiments.settings.check import Proposal
from experiments.settings.fields import PATH
from experiments.settings.repo_config import RepoConfig
from experiments.sweep import Sweep
from reports.overview import comment
from reports.overview.commit_status import of_refusal, of_runs
from reports.overview.rows import RunRow, SweepLine
from reports.run.check_run import check
from reports.run.comment import render
from reports.run.report import Picture
from reports.text.markdown import special, text
from tests.units.sample_run import AFTER, BEFORE, EXPERIMENT, RUN, changed, report, snapshot

ELSEWHERE = Host(
    name="elsewhere",
    title="Elsewhere",
    request="merge request",
    sign="!",
    settings="Integrations",
    commit="/-/commit/{sha}",
    pull="/-/merge_requests/{number}",
    comment="#note_{comment}",
    check="/-/jobs/{check}",
    mail="{login}@users.elsewhere.example",
    git_login="oauth2",
    comment_limit=3_000,
    check_limit=2_000,
    status_limit=60,
    buttons=0,
    pictures=False,
    folds=False,
    references=r"!(?=\d)|%",
)
REPOSITORY = Repository(1, "lab/vision/cancer", 7, "https://elsewhere.example/lab/vision/cancer", ELSEWHERE)
THERE = dataclasses.replace(EXPERIMENT, repository=REPOSITORY)
LANDED = dataclasses.replace(RUN, experiment=THERE)
OPENED = changed(LANDED, landed=False, opened=12, experiment=changed(THERE, new_branch="wide"))
ASIDE = changed(LANDED, landed=False, experiment=changed(THERE, temp=True))
FAILED = changed(ASIDE, state=RunState.FAILED, commit="", reason="It ended.", exit_code=1)
CURVES = tuple(
    Picture(f"loss {number}", "A curve", f"https://studio.example/{number}.png", str(number), number == 0)
    for number in range(3)
)
HOUSE = Path(__file__).parents[3]
OURS = "command_reference.py"  # a page of our documents, which are about GitHub
WRITERS = sorted(path for path in HOUSE.glob("reports/**/*.py") if path.name != OURS)
OTHERS = re.compile(
    r"GitHub|github|[Pp]ull request|(?<!/-)/commit/|/pull/|issuecomment|(?<!/-)/runs/|<details|<img|!\[|#\d"
)


def unlike_github(words: str) -> str:
    """Check that no word is GitHub's except the path of the settings, which is the project's; addresses lead to this
    host or the bot.
    """
    assert not OTHERS.findall(words.replace(PATH, "")), words
    assert set(re.findall(r"https?://([^/)\s]+)", words)) <= {"elsewhere.example", "studio.example"}
    return words


def overview(state: str, *runs: Run) -> str:
    pull = PullRequest(3, state, "e" * 40, "try-less", "f" * 40, "main", False, "main", REPOSITORY)
    measured = compare(BEFORE, snapshot(0.01, accuracy=0.97, loss=0.2), RepoConfig())
    lines = [RunRow(dataclasses.replace(run, id=f"r{number}"), measured) for number, run in enumerate(runs)]
    swept = dataclasses.replace(ASIDE, experiment=changed(THERE, sweep="wide", number=1))
    table = SweepLine(Sweep("wide", (swept,)), "", 77)
    config = RepoConfig(closed="remove")
    section = comment.Section("", AFTER, compare(BEFORE, AFTER, config, comment.SIDES), (table, *lines), CURVES)
    shown = comment.Overview(
        REPOSITORY, pull, "f" * 40, config, (section,), unseen=("a",), kept_why="It is protected", proposal=Proposal()
    )
    return comment.render(shown)


@pytest.mark.parametrize("state", ["open", "merged", "closed"])
@pytest.mark.parametrize("run", [LANDED, OPENED, ASIDE, FAILED], ids=["landed", "opened", "aside", "failed"])
def test_a_report_speaks_of_its_own_host(run: Run, state: str) -> None:
    made = report(run, log="It ended.\n", pictures=CURVES, pull_state=state)
    unlike_github(render(made))
    shown = check(run, made, "It ended.\n")
    unlike_github(f"{shown.title} {shown.summary} {shown.text}")
    assert shown.buttons == ()


def test_addresses_of_a_report_are_its_hosts() -> None:
    base = REPOSITORY.url
    landed = render(report(LANDED, pictures=CURVES))
    assert f"[`deadbee`]({base}/-/commit/deadbeef" in landed and f"[`1a2b3c4`]({base}/-/commit/1a2b3c4d" in landed
    assert "- [loss 0](https://studio.example/0.png)" in landed, "where no picture is shown, one can follow it"
    assert f"[merge request 12]({base}/-/merge_requests/12)" in render(report(OPENED))
    assert "it a branch with a merge request of its own" in render(report(ASIDE, pull_state="closed"))


@pytest.mark.parametrize("state", ["open", "merged"])
def test_an_overview_speaks_of_its_own_host(state: str) -> None:
    runs = [LANDED, OPENED, changed(ASIDE, unreported=True, report=90, checks={"1a2b3c4d" * 5: 5})]
    words = unlike_github(overview(state, *runs))
    base = REPOSITORY.url
    assert f"[table]({base}/-/merge_requests/3#note_77)" in words
    assert f"[report]({base}/-/merge_requests/3#note_90)" in words
    assert f"[succeeded]({base}/-/jobs/5)" in words and "Elsewhere took no report" in words
    assert "Merge requests that change fewer are." in words and "This merge request changes" in words
    assert ("Elsewhere would not: It is protected." in words) == (state == "merged")


def test_texts_are_cut_to_their_hosts_limits() -> None:
    long = report(FAILED, log="a word of its log\n" * 1_000)
    assert len(render(long)) <= ELSEWHERE.comment_limit
    assert len(overview("open", *[ASIDE] * 60)) <= ELSEWHERE.comment_limit
    assert len(check(FAILED, long, "").summary.encode()) <= ELSEWHERE.check_limit
    assert len(of_refusal("Too much. " * 20, "", ELSEWHERE).description) == ELSEWHERE.status_limit
    status = of_runs([RunRow(FAILED, None, failing=("a gate with a name that is long enough to be cut",))], "", [""])
    assert status and len(status.description) == ELSEWHERE.status_limit


def strings_in(path: Path) -> list[str]:
    """Return the strings of a module, without its docstrings."""
    tree = ast.parse(path.read_text())
    docstrings = [each.value for each in ast.walk(tree) if isinstance(each, ast.Expr)]
    words = [each for each in ast.walk(tree) if isinstance(each, ast.Constant) and each not in docstrings]
    return [str(each.value).replace(PATH, "") for each in words]


def test_words_of_others_have_no_effect_by_the_signs_of_their_host() -> None:
    words = "see !12 and %soon, not #12 of @ada"
    assert text(words, pattern=special([ELSEWHERE])) == "see !&#8288;12 and %&#8288;soon, not &#35;12 of @ada"
    assert text(words) == "see !12 and %soon, not &#35;&#8288;12 of @&#8288;ada"
    both = "see !&#8288;12 and %&#8288;soon, not &#35;&#8288;12 of @&#8288;ada"
    assert text(words, pattern=special([GITHUB, ELSEWHERE])) == both


@pytest.mark.parametrize("path", WRITERS, ids=lambda path: str(path.relative_to(HOUSE)))
def test_no_report_and_no_reply_has_the_words_of_one_host(path: Path) -> None:
    assert [
        text for text in strings_in(path) if re.search("GitHub(?! links)|[Pp]ull request|/commit/|/pull/", text)
    ] == []


def test_githubs_words_and_addresses_are_as_before() -> None:
    where = PullRef(EXPERIMENT.repository, 3)
    assert where.page() == "https://github.example/ada/cancer/pull/3"
    assert where.page(9) == "https://github.example/ada/cancer/pull/3#issuecomment-9"
    assert GITHUB.identity("ada") == ("ada", "ada@users.noreply.github.com")
    failed: Check = check(dataclasses.replace(FAILED, experiment=EXPERIMENT), None, "")
    assert [each.label for each in failed.buttons] == ["Retry"]
