"""Renders comments as GitHub does: its Markdown, only harmless HTML, and mentions as links."""

import re
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

ALERTS = ("note", "tip", "important", "warning", "caution")
# What GitHub allows in a comment: https://github.github.com/gfm/ and the allowlist of its html-pipeline.
TAGS = """
    h1 h2 h3 h4 h5 h6 br b i strong em a pre code img tt div ins del s strike sup sub p picture source ol ul li table
    thead tbody tfoot tr td th caption blockquote dl dt dd kbd q samp var hr ruby rt rp details summary figure
    figcaption abbr bdo cite dfn mark small span time wbr input
"""
ATTRIBUTES = {
    "*": {"title", "align", "lang", "dir"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "source": {"srcset", "media"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "valign"},
    "th": {"colspan", "rowspan", "valign"},
    "details": {"open"},
    "time": {"datetime"},
    "input": {"checked"},
    "pre": {"data-language"},
}
CLASSES = {
    "div": {"markdown-alert", *(f"markdown-alert-{kind}" for kind in ALERTS)},
    "p": {"markdown-alert-title"},
    "ul": {"contains-task-list"},
    "li": {"task-list-item"},
}
# An input is a box of a task list that nobody can type into, whatever the comment says.
FORCED = {"input": {"type": "checkbox", "disabled": ""}}
MENTION = re.compile(r"(?<![\w/@])@([A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}(?:/[\w.-]*\w)?)(?![\w-])")
ADDRESS = re.compile(r"https?://|www\.", re.IGNORECASE)
ALIGNMENT = re.compile(r"text-align:(left|center|right)")
QUIET = frozenset({"a", "code", "pre", "tt"})  # a name in one of these mentions nobody


class _Renderer(RendererHTML):
    """Writes alignment as an attribute, because the page's policy forbids inline styles, and a fence's language."""

    @staticmethod
    def renderAttrs(token: Token) -> str:
        """Return a tag's attributes, with the `style` of table cells turned into `align`."""
        found = ALIGNMENT.fullmatch(str(token.attrs.get("style", "")))
        return f' align="{found[1]}"' if found else RendererHTML.renderAttrs(token)

    def fence(self, tokens: Any, idx: int, options: OptionsDict, env: EnvType) -> str:
        """Return a block of code; mermaid, too, is shown as text."""
        token = tokens[idx]
        language = token.info.split(maxsplit=1)[0] if token.info.strip() else ""
        label = f' data-language="{escape(language)}"' if language else ""
        return f"<pre{label}><code>{escape(token.content)}</code></pre>\n"


def _parser() -> MarkdownIt:
    markdown = MarkdownIt("gfm-like2", {"breaks": True}, renderer_cls=_Renderer)
    markdown.core.ruler.after("linkify", "unlink_names", _unlink_names)
    return markdown


def _unlink_names(state: StateCore) -> None:
    """Remove links from bare names that GitHub does not link: it wants a scheme, `www.` or an @.

    linkify-it takes `train.py` for an address in Paraguay.
    """
    for block in state.tokens:
        children = block.children or []
        unwanted = {
            place
            for place, token in enumerate(children)
            if (token.type, token.markup) == ("link_open", "linkify")
            and not (ADDRESS.match(children[place + 1].content) or str(token.attrs["href"]).startswith("mailto:"))
        }
        if unwanted:  # a bare address is three tokens: its beginning, its text, its end
            block.children = [
                token for place, token in enumerate(children) if place not in unwanted and place - 2 not in unwanted
            ]


class _Mentions(HTMLParser):
    """Rewrites clean HTML with a link around every mention in running text. Nothing else changes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.written: list[str] = []
        self.quiet = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.written.append(self.get_starttag_text() or "")
        self.quiet += tag in QUIET

    def handle_endtag(self, tag: str) -> None:
        self.written.append(f"</{tag}>")
        self.quiet -= tag in QUIET

    def handle_data(self, data: str) -> None:
        self.written.append(data if self.quiet else MENTION.sub(r'<a class="mention" href="/\1">@\1</a>', data))

    def handle_entityref(self, name: str) -> None:
        self.written.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.written.append(f"&#{name};")


PARSER = _parser()


@lru_cache(maxsize=512)  # a refreshing page asks for the same comments every second
def render(text: str) -> Markup:
    """Return a comment's Markdown as safe HTML: it has no scripts, styles, forms or foreign classes."""
    clean = nh3.clean(
        PARSER.render(text),
        tags=set(TAGS.split()),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        allowed_classes={tag: set(names) for tag, names in CLASSES.items()},
        set_tag_attribute_values=FORCED,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    )
    mentions = _Mentions()
    mentions.feed(clean)
    mentions.close()
    written = "".join(mentions.written)
    # Safe: nh3 has just cleaned it, and _Mentions adds only names of letters, digits, dots and dashes.
    return Markup(written)  # noqa: S704  # nosec B704 # the line above says why
