"""The last lines of `make demo ONCE=1`."""

from demo.once import Steps, conclusion

REPORT = "<!-- studio-run: 7 -->\n**▲ Better**: `accuracy` is 0.97\n\n| a | b |\n"


def test_the_last_lines_are_headline_seconds_and_checks() -> None:
    steps = Steps(seconds={"accepted": 1.25, "reported": 12.0})
    rule, *lines = conclusion(REPORT, steps, {"report": "", "landed commit": "the branch is where it was"}).split("\n")
    assert set(rule) == {"─"}
    assert lines == [
        "▲ Better: `accuracy` is 0.97",
        "",
        "accepted                   1.2 s",
        "reported                  12.0 s",
        "",
        "✓ report",
        "✗ landed commit: the branch is where it was",
    ]
