"""An HTML page for what does not fit into a comment, made of the same Markdown."""

import html

from markdown_it import MarkdownIt

# Raw HTML stays text, and only addresses that a report writes become links.
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
_DOLLAR = "<span>$</span>"  # the form in which text for GitHub has a dollar
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:15px/1.5 system-ui,sans-serif;margin:1.5rem auto;padding:0 1rem;max-width:90rem}"
    "table{border-collapse:collapse;display:block;overflow-x:auto;margin:1rem 0}"
    "th,td{border:1px solid #8885;padding:.3rem .6rem;white-space:nowrap}"
    "th{position:sticky;top:0;background:Canvas}"
    "code{font:13px ui-monospace,monospace;background:#8882;border-radius:4px;padding:.1rem .3rem}"
    "img{max-width:100%;height:auto}"
)


def page(title: str, markdown: str) -> str:
    """Return the whole page as HTML. `title` is plain text."""
    body = _markdown.render(markdown.replace(_DOLLAR, "&#36;"))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{html.escape(title)}</h1>\n{body}</body></html>\n"
    )
