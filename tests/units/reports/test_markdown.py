"""Foreign text in Markdown: it is read as that text, and does nothing."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reports.text import markdown

PARSER = MarkdownIt("gfm-like2")  # tables, strikethrough, autolinks, task lists, alerts, raw HTML: all of them on
assert PARSER.linkify
# GitHub makes no link of a bare `a.al`, and one of every `www.`; linkify-it would do the first, but not the second.
PARSER.linkify.set({"fuzzy_link": False}).add("www.", {"validate": re.compile(r"[^\s<]+")})

PIECES = [
    "@ada", "@o/team", "#1", "o/r#2", "GH-3", "CVE-2024-1234", "GHSA-abcd-1234", "JIRA-4", "//e.vil",
    "http://e.vil/x",
    "HTTPS://e.vil", "ftp://e.vil", "www.e.vil", "WWW.e.vil", "a_www.e.vil", "e.al", "a@e.vil",
    "mailto:a@e.vil", ":smile:", ":+1:",
    "deadbeef", "0123abcd" * 5, "$x$", "$$", "`", "``", "```", "~~~", "~a~", "*b*", "**c**", "_d_", "__e__", "a_b",
    "[l](http://e.vil)", "[^1]", "[ ]", "![i](http://e.vil/p.png)", "<b>", "<!--", "-->", "</details>", "<script>",
    "&lt;", "&#64;ada", "&amp", "|", "\\|", "\\", "\n", "\r\n", "\n\n", "\t", " ", "    ", "# h", "- i", "+ j", "1. k",
    "1) l", "> q", "---", "===", ":--", ":-:|:-:", "> [!NOTE]", "/merge", "\u202e", "\u200b", "\u2028", "\x00",
    "\x1b[31m", "\ud800", "é", "名", "x", "7", "<!-- studio:run:1 -->",
]  # fmt: skip
HOSTILE = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=12).map("".join)
BREAKS = re.compile("[\u2060\u200b]")
# What GitHub turns into links, mentions, emoji and formulas in finished text, outside of code and links.
ALIVE = re.compile(
    r"(?<![\w/])@[a-z0-9]|\w@[a-z0-9]|#\d|\bGH-\d|\bCVE-\d|\bGHSA-\w|\b[a-z]+-\d|\b[0-9a-f]{7,40}\b|://|www\."
    r"|:[\w+-]+:|mailto:\w|\$\S",
    re.IGNORECASE,
)


def inline(tokens: list[Token]) -> list[Token]:
    return [child for token in tokens for child in (token.children or [token])]


def read(source: str) -> str:
    """Return what a reader sees of one paragraph, and check that nothing in it does anything."""
    tokens = PARSER.parse(source)
    kinds = [token.type for token in tokens]
    assert kinds in (["paragraph_open", "inline", "paragraph_close"], []), (kinds, source)
    seen = ""
    for token in inline(tokens):
        if token.type == "html_inline":
            assert token.content in ("<span>", "</span>"), source
            seen += token.content
        elif token.type in ("text", "code_inline", "text_special"):
            seen += token.content
        else:
            assert token.type in ("paragraph_open", "paragraph_close"), (token.type, source)
    return seen


@given(HOSTILE)
@example("-")
@example("a_ _b")
@example("$`x`$")
@example("1234567. x")
@example("a_www.e.vil")
def test_text_is_read_as_itself_and_nothing_in_it_lives(words: str) -> None:
    seen = read(markdown.text(words))
    assert not ALIVE.search(seen.replace("<span>$</span>", "")), seen
    assert BREAKS.sub("", seen.replace("<span>$</span>", "$")) == markdown.plain(words)


@given(HOSTILE, HOSTILE)
def test_texts_and_code_beside_each_other_stay_what_they_are(left: str, right: str) -> None:
    seen = read(f"x {markdown.text(left)}{markdown.code(right)}{markdown.text(left)} x")
    assert seen.startswith("x ") and seen.endswith(" x")


@given(HOSTILE)
@example("`")
@example(" ` ")
@example("")
@example("  a  ")
def test_code_is_read_as_itself(words: str) -> None:
    tokens = [
        token
        for token in inline(PARSER.parse(markdown.code(words)))
        if token.type not in ("paragraph_open", "paragraph_close")
    ]
    assert [token.type for token in tokens] == ["code_inline"]
    seen = BREAKS.sub("", tokens[0].content)
    assert len(seen) <= 120 and not any(unicodedata.category(char)[0] == "C" for char in seen)
    if words.isprintable() and 0 < len(words) <= 120 and max(words) < "\xad":
        assert seen == words


@given(HOSTILE)
def test_our_own_sentences_may_quote_anything(words: str) -> None:
    read("x " + markdown.sentence(f"The file `{words}` has {words}.") + " x")
    assert read(markdown.sentence("A `b` c, `d`, it's `e f` g.")) == "A b c, d, it's e f g."
    assert markdown.sentence("one ` lone") == "one &#96; lone"


@given(st.lists(st.tuples(HOSTILE, HOSTILE, HOSTILE), max_size=4))
def test_a_row_of_a_table_never_breaks(rows: list[tuple[str, str, str]]) -> None:
    drawn = [[markdown.cell(a), markdown.code(b), markdown.code(c) + " " + markdown.text(a)] for a, b, c in rows]
    tokens = PARSER.parse(markdown.table(["a", "b", "c"], drawn, "lrc"))
    assert [token.type for token in tokens].count("tr_open") == len(rows) + 1
    cells = [token for token in tokens if token.type == "inline"]
    assert len(cells) == 3 * (len(rows) + 1)
    for index, (first, second, _) in enumerate(rows):
        seen = "".join(token.content for token in inline([cells[3 * index + 3]]) if token.type != "html_inline")
        assert BREAKS.sub("", seen) == markdown.plain(first, 120)
        (shown,) = [token for token in inline([cells[3 * index + 4]]) if token.type == "code_inline"]
        alone = next(token for token in inline(PARSER.parse(markdown.code(second))) if token.type == "code_inline")
        assert shown.content == alone.content
    assert not [token for token in inline(tokens) if token.type in ("link_open", "image")]


@given(HOSTILE)
def test_a_fence_closes_after_its_text_and_not_before(words: str) -> None:
    tokens = PARSER.parse(f"a\n\n{markdown.fence(words, 'text')}\n\nb")
    assert [token.type for token in tokens][3:-3] == ["fence"]
    assert "<!-- studio" not in tokens[3].content
    assert all(char.isprintable() or char.isspace() or char == "\u200b" for char in tokens[3].content)


def test_a_fence_keeps_lines_and_indentation_and_drops_colours() -> None:
    shown = markdown.fence("a\n  b\t\x1b[31mred\x1b[0m\r\n```\n\x07")
    assert shown == "````\na\n  b\tred\n```\n�\n````"


@given(HOSTILE, HOSTILE)
def test_details_hold_their_summary_and_stay_closed(summary: str, body: str) -> None:
    html = PARSER.render(markdown.details(summary, markdown.fence(body)) + "\n\nend")
    assert html.count("<details>") == html.count("</details>") == html.count("</summary>") == 1
    assert html.rstrip().endswith("<p>end</p>")
    inside = html.partition("<summary>")[2].partition("</summary>")[0]
    assert not re.search("<(?!/?span>)", inside)
    assert not ALIVE.search(re.sub(r"<span>\$</span>|&#?\w+;", "\u2060", inside))


@given(HOSTILE)
def test_a_picture_is_one_picture_whatever_its_description(alt: str) -> None:
    tokens = inline(PARSER.parse(markdown.picture(alt, "https://studio.example/plots/a_b$(x).png")))
    assert [token.type for token in tokens] == ["paragraph_open", "image", "paragraph_close"]
    assert tokens[1].attrs["src"] == "https://studio.example/plots/a_b%24%28x%29.png"


@given(HOSTILE)
def test_an_image_is_one_tag_whatever_its_description(alt: str) -> None:
    tag = markdown.image(alt, "https://studio.example/plots/a_b$(x).png?a=1&b='", 400)
    assert PARSER.render(f"{tag}\n{tag}").strip() == f"{tag}\n{tag}"
    assert PARSER.render(f"a {tag}").strip() == f"<p>a {tag}</p>"
    assert re.fullmatch(r'<img alt="[^"<>`@$*|]*" src="https://[^"<> \']*" width="400">', tag)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:image/png;base64,AA", "", "//e.vil", "https:"])
def test_only_web_addresses_become_links(url: str) -> None:
    assert markdown.link("here", url) == "here"
    assert markdown.picture("a_plot", url) == "a_plot"
    assert markdown.image("a_plot", url, 400) == "a_plot"
    assert markdown.link("here", "https://e.x/a b") == "[here](https://e.x/a%20b)"


def test_only_a_marker_writes_a_marker() -> None:
    mark = markdown.marker("run:1")
    assert mark == "<!-- studio:run:1 -->"
    assert markdown.marker("run:1 --> <b>") == "<!-- studio:run:1b -->"
    for write in (
        markdown.text,
        markdown.code,
        markdown.fence,
        markdown.sentence,
        lambda words: markdown.details(words, ""),
    ):
        assert mark not in write(mark)


def test_long_texts_are_cut_in_the_middle() -> None:
    assert markdown.plain("a" * 100 + "z" * 100, 10) == "aaaaaa…zzz"
    assert len(markdown.code("`" * 1000)) < 400
    assert markdown.plain("e" + "\u0301" * 50) == "e" + "\u0301" * 3


def test_of_many_points_the_first_stand_on_a_line_each_and_the_others_are_counted() -> None:
    assert markdown.points([], 2) == ""
    assert markdown.points(["One `a|b`.", "Two."], 2) == "- One `a|b`.\n- Two."
    assert markdown.points(["One.", "Two.", "Three."], 1) == "- One.\n- … 2 more of this kind."
    assert markdown.points(["One."], 0) == "- … 1 more of this kind."
