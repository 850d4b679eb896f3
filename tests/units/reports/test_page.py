"""A page is the Markdown of a comment as HTML, and foreign text in it does nothing."""

from reports.pages.page import page
from reports.text.markdown import code, link, table, text

EVIL = "<script>alert(1)</script>|`x`$a$ [x](javascript:alert(1)) &lt;b&gt; @ada"


def test_tables_and_links_are_rendered() -> None:
    made = page(
        "Experiments", table(("name", "acc"), [(code("a|b"), "0.9")], "lr") + "\n\n" + link("x", "https://a.b/c")
    )
    assert '<td style="text-align:left"><code>a|b</code></td>' in made
    assert '<a href="https://a.b/c">x</a>' in made
    assert "<h1>Experiments</h1>" in made


def test_foreign_text_stays_text() -> None:
    made = page(EVIL, f"{text(EVIL)}\n\n{code(EVIL)}\n\n{EVIL}\n\n{table((text(EVIL),), [(code(EVIL),)])}")
    assert "<script" not in made
    assert 'href="javascript' not in made
    assert "<span>" not in made
    assert "&lt;script&gt;" in made
