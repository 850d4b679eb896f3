"""What the bot writes: whatever strangers' words are in it, none of them does anything there."""

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from html import unescape
from importlib import import_module
from pkgutil import iter_modules
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
    "replies",
    "reasons",
    "comment",
    "diff",
    "show",
    "overview",
    "plots_reply",
    "sweep",
    "repeated",
    "operator",
    "sections",
    "proposal",
    "gallery",
    "environment",
    "headline",
    "recipes",
    "machine",
    "reached",
)
# Sentences with code in backquotes, which `markdown.sentence` writes.
PLAIN = ("reasons", "replies_fetching.note", "reached.why")
# Their arguments fit each other, or are Markdown; what strangers write in them is tried in tests/units.
ELSEWHERE = {
    "reasons.shut_out",
    "replies.help_all",
    "replies.help_one",
    "replies.reply",
    "replies_data.comment",
    "replies_data.whole",
    "replies_hydra.uncompared",
    "replies_landing.pull_title",
    "replies_queue.queue",
    "replies_queue.best_is_head",
    "replies_queue.best_so_far",
    "replies_queue.chosen",
    "replies_queue.none_best",
    "replies_runs.parameters",
    "sweep.ended_early",
    "sweep.over",
    "sweep.marker",
    "headline.short",
    "replies_script.passes_by",
}


def harmless(said: str) -> None:
    """Every link, picture and tag is ours, and no word in it makes GitHub do anything."""
    tokens = PARSER.parse(said)
    for token in tokens:
        assert token.type != "html_block" or not TAGS.search(token.content), (token.content, said)
    html = "\n".join(token.content for token in tokens if token.type == "html_block")
    assert not ALIVE.search(unescape(re.sub("<img [^<>]*>", "", html))), said  # a description is no text
    for token in inline(tokens):
        address = str(token.attrs.get("href") or token.attrs.get("src") or "#")
        assert address.startswith(OURS), (address, said)
        assert token.type != "html_inline" or not TAGS.search(token.content), (token.content, said)
        assert token.type not in ("text", "text_special") or not ALIVE.search(token.content), (token.content, said)


def sayings() -> Iterator[tuple[str, Callable[..., str], st.SearchStrategy[dict[str, object]]]]:
    """The functions that write to people, by module, with arguments for them."""
    for module in iter_modules(reports.__path__):
        if not module.name.startswith(WRITERS):
            continue
        for called, function in inspect.getmembers(import_module(f"reports.{module.name}"), inspect.isfunction):
            name, hints = f"{module.name}.{called}", get_type_hints(function)
            if (
                function.__module__ != f"reports.{module.name}"
                or called.startswith("_")
                or hints.pop("return") is not str
            ):
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
