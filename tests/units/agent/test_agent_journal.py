"""The agent's log: shown as in a terminal, without secrets, and within its limit."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.agent.agent_folder import Home
from runners.agent.output import naming
from runners.agent.output.lines import MARK
from runners.agent.output.log import Journal
from runners.agent.output.scrubbing import Scrubber
from runners.agent.output.terminal import ROWS, WIDEST
from tests.units.agent.agent_samples import LIMITS, SPECIFICATION, limited

SECRETS = ("ghs_secret", "ghs_secret_longer", "abab", "-----BEGIN\nkey\n-----END")


def sent(journal: Journal) -> str:
    """Return what the bot has in the end."""
    journal.close()
    parts = []
    while (pending := journal.pending())[1]:
        offset, text = pending
        parts.append(text)
        journal.confirm(text, offset + len(text.encode()))
    return "".join(parts)


def logged(*pieces: bytes, log: int = LIMITS.log) -> str:
    """Return the log that these pieces make."""
    journal = Journal((), limited(log=log))
    for piece in pieces:
        journal.write(piece)
    return sent(journal)


@given(st.lists(st.integers(1, 7)), st.text(max_size=30), st.sampled_from(SECRETS))
def test_a_secret_that_comes_in_pieces_is_still_hidden(sizes: list[int], around: str, secret: str) -> None:
    journal = Journal((secret,), LIMITS)
    data = f"{around}{secret}{around}\n".encode()
    for size in [*sizes, len(data)]:
        journal.write(data[:size])
        data = data[size:]
        assert secret not in journal.live()
    assert secret not in sent(journal)


@given(st.lists(st.sampled_from(["ghs_", "secret", "_longer", "ab", "a", "x", "\n"]), max_size=12), st.data())
def test_pieces_are_scrubbed_as_the_whole_is(words: list[str], data: st.DataObject) -> None:
    text, scrubber, shown, at = "".join(words), Scrubber(SECRETS), [], 0
    while at < len(text):
        size = data.draw(st.integers(1, 5))
        shown.append(scrubber.feed(text[at : at + size]))
        at += size
    assert "".join(shown) + scrubber.close() == scrubber.whole(text)


def test_the_beginning_of_a_secret_is_not_shown_until_it_is_known_to_be_none() -> None:
    journal = Journal(("ghs_secret",), LIMITS)
    journal.write(b"token: ghs_sec")
    assert journal.live() == "token:\n"
    journal.write(b"ond")
    assert journal.live() == "token: ghs_second\n"


def test_a_long_line_without_an_end_does_not_let_a_secret_pass() -> None:
    journal = Journal(("ghs_secret",), LIMITS)
    journal.write(b"x" * 70_000 + b"ghs_sec")
    journal.write(b"ret" + b"x" * 70_000)
    text = sent(journal)
    assert "ghs_secret" not in text
    assert max(map(len, text.splitlines())) == WIDEST


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("  0%|   |\r 50%|#  |\r100%|###|\nnext\n", "100%|###|\nnext\n"),
        ("windows\r\nlines\r\n", "windows\nlines\n"),
        ("working\rdone\x1b[K\n", "done\n"),
        ("epoch 10\repoch 9\n", "epoch 90\n"),
        ("1/9\b\b\b2/9\b\b\b3/9\n", "3/9\n"),
        ("\x1b[1;31mred\x1b[0m text\n", "red text\n"),
        ("\x1b]0;title\x07after\x1b]8;;http://x\x1b\\link\n", "afterlink\n"),
        ("outer  1%\ninner  1%\x1b[A\router  2%\ninner 50%\x1b[A\router 3%\x1b[K\n\n", "outer 3%\ninner 50%\n"),
        ("a\tb\x07\x00c\n", "a\tbc\n"),
        ("no end", "no end\n"),
        ("", ""),
        ("same\n" * 2, "same\n" * 2),
        ("same\n" * 413, "same\n[… repeated 412 more times …]\n"),
        ("a\n" * 9 + "b\n", "a\n[… repeated 8 more times …]\nb\n"),
    ],
)
def test_a_log_is_folded_as_a_terminal_would(printed: str, shown: str) -> None:
    assert logged(printed.encode()) == shown


@given(st.text(alphabet="ab\n\r\b\x1b[AK2m\té", max_size=80), st.lists(st.integers(1, 5), max_size=40))
def test_however_it_is_cut_the_same_is_shown(text: str, sizes: list[int]) -> None:
    data, pieces = text.encode(), []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    assert logged(*pieces, data) == logged(text.encode())


@given(st.binary(max_size=300))
def test_whatever_is_printed_the_log_is_text_without_controls(printed: bytes) -> None:
    assert all(letter in "\n\t" or (ord(letter) >= 32 and not 127 <= ord(letter) < 160) for letter in logged(printed))


def test_three_hours_of_a_progress_bar_are_one_line_that_can_be_watched() -> None:
    journal = Journal((), LIMITS)
    for step in range(100_000):
        journal.write(f"\r{step / 1000:3.0f}%|{'#' * (step // 5000):20}| {step}/100000".encode())
        if step == 50_000:
            assert journal.live() == " 50%|##########          | 50000/100000\n"
            assert journal.pending() == (0, "")
    assert sent(journal) == "100%|################### | 99999/100000\n"


def test_lines_that_are_complete_are_sent_while_training_goes_on() -> None:
    journal = Journal((), LIMITS)
    for number in range(ROWS + 5):
        journal.write(b"epoch %d\n" % number)
    _, text = journal.pending()
    assert text + journal.live() == "".join(f"epoch {number}\n" for number in range(ROWS + 5))


def test_the_middle_of_a_long_log_is_left_out_with_a_note() -> None:
    journal = Journal((), limited(log=2000))
    journal.begin_training()
    for number in range(1000):
        journal.say(f"line {number:04}")
    assert journal.live().endswith("line 0999\n")
    text = sent(journal)
    assert text.startswith("line 0000\nline 0001\n") and text.endswith("line 0998\nline 0999\n")
    assert "[… 812 lines (8,120 bytes) left out …]" in text
    assert len(text.encode()) <= 2000


def test_the_log_of_installing_takes_no_space_from_that_of_training() -> None:
    journal = Journal((), limited(log=8000))
    for number in range(2000):
        journal.write(b" + package-%d\n" % number)
    journal.begin_training()
    offset = journal.training
    for epoch in range(300):
        journal.write(b"epoch %04d\n" % epoch)
    text = sent(journal)
    assert offset is not None and offset <= 2000
    assert text.encode()[offset:].decode() == "".join(f"epoch {epoch:04}\n" for epoch in range(300))
    assert "+ package-1999\n" in text


def test_paths_are_shown_relative_to_the_project() -> None:
    journal = Journal((), LIMITS)
    journal.call({"/data/work/r-1/tree/": "", "/data/work/r-1/tree/sub/": "sub/"})
    journal.write(b'  File "/data/work/r-1/tr')
    journal.write(b'ee/train.py", line 3\n')
    assert sent(journal) == '  File "train.py", line 3\n'
    assert journal.scrub("in /data/work/r-1/tree/a.py") == "in a.py"


def test_paths_of_the_kept_environment_are_shortened_from_their_beginning_only(tmp_path: Path) -> None:
    home, journal = Home(tmp_path), Journal((), LIMITS)
    environment = home.envs("1") / "c8eb310309aab048f4b5f1e1"
    library = environment / "lib" / "python3.11" / "site-packages" / "sklearn"
    library.mkdir(parents=True)
    line = f'File "{library}/base.py", line 3, of {environment}/bin/python'
    journal.call(naming.names(home, SPECIFICATION, tmp_path / "work" / "r-1"))
    made = "…/c8eb310309aab048f4b5f1e1"
    assert (
        journal.scrub(line)
        == f'File "{made}/lib/python3.11/site-packages/sklearn/base.py", line 3, of {made}/bin/python'
    )
    journal.call(naming.names(home, SPECIFICATION, tmp_path / "work" / "r-1", environment))
    assert journal.scrub(line) == 'File "…/site-packages/sklearn/base.py", line 3, of …/bin/python'


def test_a_log_is_sent_in_pieces_of_whole_characters() -> None:
    journal = Journal((), limited(beat=101))
    journal.write(("é" * 1000 + "\n").encode())
    assert sent(journal) == "é" * 1000 + "\n"


def test_the_agents_own_lines_begin_on_a_line_of_their_own() -> None:
    journal = Journal((), LIMITS)
    journal.write(b"50%")
    journal.say("A checkpoint is kept.")
    journal.write(b"\r60%\n")
    assert sent(journal) == "50%\nA checkpoint is kept.\n60%\n"


@given(
    st.lists(st.text(alphabet="abcé ", max_size=30), max_size=60),
    st.lists(st.text(alphabet="abcé ", max_size=30), max_size=60),
    st.integers(0, 1500),
)
def test_every_byte_is_shown_or_counted(before: list[str], after: list[str], log: int) -> None:
    journal = Journal((), limited(log=log))
    for line in before:
        journal.say(line)
    journal.begin_training()
    assert journal.training is not None
    for line in after:
        journal.say(line)
    whole = logged("".join(f"{line}\n" for line in after).encode())
    head, clipped = journal._clipped, sent(journal).encode()[journal.training :].decode()
    assert len(clipped.encode()) + journal.training <= max(log, 2 * MARK)
    if not head.bytes:
        assert clipped == whole
    else:
        first, _, last = clipped.partition(f"[… {head.lines:,} lines ({head.bytes:,} bytes) left out …]\n")
        assert whole.startswith(first) and whole.endswith(last)
        assert len(first.encode()) + head.bytes + len(last.encode()) == len(whole.encode())
