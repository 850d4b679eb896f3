"""What the bot writes: whatever strangers' texts are in it, none of them has an effect."""

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from html import unescape
from importlib import import_module
from pkgutil import walk_packages
from typing import get_type_hints

from hypothesis import given
from hypothesis import strategies as st

import reports
from reports.text import markdown
from tests.fuzz.pace import tried, within
from tests.fuzz.values import named
from tests.units.reports.test_markdown import PARSER, inline

SECONDS = 5.0
ALIVE = re.compile(r"@ada-evil|@o/evil|#98765|GH-98765|://e\.vil|www\.e\.vil|:evil:|\$evil", re.IGNORECASE)
OURS = ("https://github.example", "https://studio.example", "#")
# Any tag but those that the bot writes.
TAGS = re.compile(
    r'<(?!/?(?:details|summary|span)>|!-- studio:|img alt="[^"<>]*" src="https://github\.example[^"<> ]*" width="\d+">)'
)


WRITERS = (
    "sweep.",
    "compare.data",
    "compare.diff",
    "compare.plots",
    "compare.show",
    "messages.branching",
    "messages.buttons",
    "messages.fetching",
    "messages.general",
    "messages.hydra",
    "messages.landing",
    "messages.patience",
    "messages.preflight",
    "messages.projects",
    "messages.pushing",
    "messages.queue",
    "messages.repeats",
    "messages.retry",
    "messages.run_reasons",
    "messages.runners",
    "messages.runs",
    "messages.script",
    "messages.settings_change",
    "messages.undo",
    "overview.comment",
    "overview.runs",
    "pages.operator",
    "run.checkpoints",
    "run.comment",
    "run.environment",
    "run.gallery",
    "run.headline",
    "run.machine",
    "run.reached",
    "run.recipes",
    "run.sections",
)
# Sentences with code in backquotes, which `markdown.sentence` writes.
PLAIN = ("messages.run_reasons", "messages.fetching.note", "run.reached.why")
# Their arguments depend on each other, or are Markdown; strangers' texts in them are tried in tests/units.
ELSEWHERE = {
    "messages.run_reasons.no_access",
    "messages.general.help_all",
    "messages.general.help_one",
    "messages.general.reply",
    "compare.data.comment",
    "compare.data.whole",
    "messages.hydra.uncompared",
    "messages.branching.pull_title",
    "messages.projects.with_undeclared",
    "messages.queue.queue",
    "messages.queue.best_is_head",
    "messages.queue.best_so_far",
    "messages.queue.chosen",
    "messages.queue.none_best",
    "messages.runs.parameters",
    "sweep.comment.ended_early",
    "sweep.comment.over",
    "sweep.comment.marker",
    "run.headline.short",
    "messages.script.passes_by",
}


def harmless(text: str) -> None:
    """Check that every link, picture and tag is ours, and that no text has an effect on GitHub."""
    tokens = PARSER.parse(text)
    for token in tokens:
        assert token.type != "html_block" or not TAGS.search(token.content), (token.content, text)
    html = "\n".join(token.content for token in tokens if token.type == "html_block")
    assert not ALIVE.search(unescape(re.sub("<img [^<>]*>", "", html))), text  # a description is no text
    for token in inline(tokens):
        address = str(token.attrs.get("href") or token.attrs.get("src") or "#")
        assert address.startswith(OURS), (address, text)
        assert token.type != "html_inline" or not TAGS.search(token.content), (token.content, text)
        assert token.type not in ("text", "text_special") or not ALIVE.search(token.content), (token.content, text)


def sayings() -> Iterator[tuple[str, Callable[..., str], st.SearchStrategy[dict[str, object]]]]:
    """Return the functions that write to people, by module, with arguments for them."""
    for module in walk_packages(reports.__path__, "reports."):
        below = module.name.removeprefix("reports.")
        if not below.startswith(WRITERS):
            continue
        for called, function in inspect.getmembers(import_module(module.name), inspect.isfunction):
            name, hints = f"{below}.{called}", get_type_hints(function)
            if function.__module__ != module.name or called.startswith("_") or hints.pop("return") is not str:
                continue
            if name in ELSEWHERE or called == "title":
                continue
            with suppress(LookupError):  # the operator's fleet, our own commands: nothing of them is a stranger's
                yield name, function, st.fixed_dictionaries({each: named(each, kind) for each, kind in hints.items()})


SAYINGS = {name: (say, arguments) for name, say, arguments in sayings()}


def test_nearly_all_replies_are_tried() -> None:
    assert len(SAYINGS) >= 150


@tried(600)
@given(st.sampled_from(sorted(SAYINGS)), st.data())
def test_nothing_foreign_lives_in_what_the_bot_writes(name: str, data: st.DataObject) -> None:
    say, arguments = SAYINGS[name]
    given = data.draw(arguments)
    with within(SECONDS):
        said = say(**given)
    harmless(markdown.sentence(said) if name.startswith(PLAIN) else said)
