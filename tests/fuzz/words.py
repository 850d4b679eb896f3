"""Draw what strangers write: pieces with a meaning to Markdown, YAML, Hydra, shells or terminals, and anything else."""

from hypothesis import strategies as st

MARKS = (
    *"\"'`*_~|<>&#@:/\\-+=()[]{}!?,.;%$^ \t\n\r\0",
    "\r\n",
    "\n\n",
    "```",
    "~~~",
    "---",
    "<!--",
    "-->",
    "</details>",
    "<b>",
    "${",
    "\u00a0",
    "\u200b",
    "\u202e",
    "\u2028",
    "\u2014",
    "\u201c",
    "\x85",
    "\x1b[31m",
    "\ud800",
    "\ufeff",
    "é",
    "名",
    "🦀",
    "\U000e0001",
)


def written(*pieces: str, most: int = 14) -> st.SearchStrategy[str]:
    """Return a strategy for texts of these pieces, of marks and of anything, sometimes one piece many times."""
    piece = st.sampled_from((*pieces, *MARKS)) | st.text(max_size=4)
    many = st.builds(str.__mul__, st.sampled_from((*pieces, *MARKS)), st.integers(1, 400))
    return st.lists(piece | piece | piece | many, max_size=most).map("".join)
