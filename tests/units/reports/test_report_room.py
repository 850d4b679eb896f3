"""Long or hostile reports: they fit the limit, close what they open, and mention nobody."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from experiments.hosts import GITHUB
from experiments.parts.change import Override
from experiments.parts.outcome import Environment
from experiments.run_state import RunState
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import DataFile, MetricFile, Param, Plot, Reading, Snapshot, Stage
from reports.run.check_run import check
from reports.run.comment import render
from reports.run.report import Picture, of_run
from tests.units.sample_run import BEFORE, EXPERIMENT, RUN, changed, report, snapshot

PARSER = MarkdownIt("gfm-like2")


def test_long_tables_are_cut_in_the_middle() -> None:
    metrics = snapshot(files={"metrics.json": {f"loss_{number}": number for number in range(200)}})
    words = render(report(before=metrics, after=metrics))
    assert "<summary>200 metrics did not change</summary>" in words
    assert "| … 101 more |  |  |  |  |" in words
    assert "`loss_0`" in words and "`loss_199`" in words and "`loss_100`" not in words


def test_the_least_important_parts_are_cut_first_and_the_reader_is_told() -> None:
    packages = tuple(f"{'p' * 190}{number}==1" for number in range(400))
    words = render(report(run=changed(RUN, environment=Environment(packages=packages))))
    assert len(words) < GITHUB.comment_limit
    assert "some of it was left out" in words
    assert "ppp" not in words
    assert "| `accuracy` | 0.951" in words and "dvc exp pull" in words


NASTY = st.sampled_from(
    ["@ada ", "`", "```\n", "|", "</details>", "<b>", "#1 ", "\n\n", "$x$ ", "<!-- studio:run:2 -->", "http://e.vil "
     "x", "&", "\u202e", "🦀"]
)  # fmt: skip
TEXT = st.lists(NASTY, max_size=8).map("".join) | st.builds(lambda each, n: each * n, NASTY, st.integers(1, 3000))


@settings(max_examples=40)
@given(TEXT, TEXT, st.sampled_from([state for state in RunState if state.ended]), st.integers(1, 60))
def test_whatever_it_holds_it_fits_closes_and_names_nobody(one: str, two: str, state: RunState, count: int) -> None:
    """Fences and details are closed, and there is one marker, whatever names, values, paths and logs hold."""
    words = [f"{one}{number}{two}" for number in range(count)]
    override = Override(one, two, one, text=two)
    experiment = changed(
        EXPERIMENT, name=two, author=one, branch=two, overrides=(override,) * count, targets=(one, two)
    )
    environment = Environment(one, two, tuple(words), one)
    run = changed(
        RUN, state=state, experiment=experiment, environment=environment, landed=False, not_landed=one, reason=two
    )
    after = Snapshot(
        "b" * 40,
        params=tuple(Param(one, word, two) for word in words),
        metrics=(
            MetricFile(one, Reading.READ, dict.fromkeys(words, two)),
            MetricFile(two, Reading.UNREADABLE, detail=one),
        ),
        plots=tuple(Plot(word, word, Reading.ABSENT) for word in words),
        data=tuple(DataFile(word, two, 3) for word in words),
        stages=(Stage("train", one, outs=(one, two), stale=tuple(words)),),
        problems=tuple(words),
    )
    pictures = [Picture(word, word, "https://studio.example/plots/1.png") for word in words[:8]]
    made = of_run(run, BEFORE, after, RepoConfig(problems=tuple(words), script=one), "\n".join(words), pictures)
    finished = check(run, made, "")
    comment = render(made)
    assert len(comment.encode("utf-16-le")) // 2 <= GITHUB.comment_limit
    for part in (comment, finished.summary, finished.text):
        assert len(part.encode()) <= 65_535 or part is comment
        assert part.count("<!--") == (part is comment)
        tokens = PARSER.parse(part)
        blocks = "".join(token.content for token in tokens if token.type == "html_block")
        assert blocks.count("<details>") == blocks.count("</details>") == blocks.count("<summary>")
        inline = [child for token in tokens for child in token.children or ()]
        prose = "".join(child.content if child.type == "text" else "\n" for child in inline)
        assert not re.search(r"@\w|#\d|://", prose)
        links = [str(child.attrs["href"]) for child in inline if child.type == "link_open"]
        assert all(link.startswith("https://github.example/ada/cancer/commit/") for link in links)
