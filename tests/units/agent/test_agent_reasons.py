"""Why a script or an installation failed, in one sentence made from what it printed."""

import pytest

from runners.agent.failing import explained
from runners.agent.packages.installing import why

STAGE = "ERROR: failed to reproduce 'train': failed to run: python train.py, exited with {code}\n"
DVC = "ERROR: failed to reproduce {}\n"
RAISED = 'Traceback (most recent call last):\n  File "train.py", line 3, in <module>\nValueError: no column `petal`\n'


@pytest.mark.parametrize(
    ("code", "printed", "expected"),
    [
        (
            255,
            RAISED + STAGE.format(code=1),
            (1, "The stage `train` ended with exit code 1: `ValueError: no column 'petal'`."),
        ),
        (
            255,
            "Killed\n" + STAGE.format(code=137),
            (137, "The stage `train` was ended by SIGKILL, often for lack of memory."),
        ),
        (255, STAGE.format(code=-9), (137, "The stage `train` was ended by SIGKILL, often for lack of memory.")),
        (255, STAGE.format(code=-11), (139, "The stage `train` was ended by SIGSEGV.")),
        (255, STAGE.format(code=2), (2, "The stage `train` ended with exit code 2.")),
        (255, "ERROR: 'model' is busy\n", (255, "`dvc exp run` ended with exit code 255: `ERROR: 'model' is busy`.")),
        (
            255,
            "ValueError: of a stage that went on\n" + DVC.format("'plot': missing data 'source': a.png"),
            (255, "The stage `plot` failed. DVC says: `missing data 'source': a.png`."),
        ),
        (
            255,
            DVC.format("'fit':  output 'a.txt' is already tracked by SCM (e.g. Git).\n    You can remove it"),
            (255, "The stage `fit` failed. DVC says: `output 'a.txt' is already tracked by SCM (e.g. Git)`."),
        ),
        (
            255,
            DVC.format("'fit': Checkout failed for following targets:\nin.txt\nIs your cache up to date?"),
            (255, "The stage `fit` failed. DVC says: `Checkout failed for following targets: in.txt`."),
        ),
        (137, "epoch 1\n", (137, "`dvc exp run` was ended by SIGKILL, often for lack of memory.")),
        (1, "no such column: petal\n", (1, "`dvc exp run` ended with exit code 1.")),
        (250, "", (250, "`dvc exp run` ended with exit code 250.")),
    ],
)
def test_a_failed_script_is_explained_by_its_stage_and_its_last_line(
    code: int, printed: str, expected: tuple[int, str]
) -> None:
    assert explained("`dvc exp run`", code, printed) == expected


def test_a_quoted_line_is_short_and_has_no_backquotes() -> None:
    _, sentence = explained("The script", 1, f"RuntimeError: {'`x` ' * 500}\n")
    assert len(sentence) < 300 and sentence.count("`") == 2


BUILD = """Using Python 3.11.7 environment at: v
   Building old-thing==0.22
error: Failed to build `old-thing==0.22`
  cause: The build backend returned an error
  cause: Call to `back.build_wheel` failed (exit status: 1)

         [stderr]
         Traceback (most recent call last):
           File "<string>", line 11, in <module>
         ModuleNotFoundError: No module named 'distutils.msvccompiler'

hint: This error likely indicates that `old-thing@0.22` depends on `distutils`
"""
OLDER = """  × Failed to build `old-thing==0.22`
  ├─▶ The build backend returned an error
  ╰─▶ Call to `setuptools.build_meta` failed (exit status: 1)
"""
UNSOLVED = """error: No solution found when resolving dependencies
  cause: Because there is no version of requests==99 and you require requests==99, we can conclude\
 that your requirements are unsatisfiable.
"""
AWAY = """error: Request failed after 3 retries in 7.9s
  cause: Failed to fetch: https://index.example/requests/
  cause: tcp connect error
  cause: Connection refused (os error 111)
"""


@pytest.mark.parametrize(
    ("printed", "sentence"),
    [
        (
            BUILD,
            "`old-thing==0.22` could not be built for Python 3.11.7: "
            "`ModuleNotFoundError: No module named 'distutils.msvccompiler'`.",
        ),
        (
            OLDER,
            "`old-thing==0.22` could not be built for Python 3.11.7: "
            "`Call to 'setuptools.build_meta' failed (exit status: 1)`.",
        ),
        (
            UNSOLVED,
            "The packages of `requirements.txt` could not be installed for Python 3.11.7: "
            "`there is no version of requests==99 and you require requests==99`.",
        ),
        (
            AWAY,
            "The packages of `requirements.txt` could not be installed for Python 3.11.7: "
            "`Connection refused (os error 111)`.",
        ),
        ("", "The packages of `requirements.txt` could not be installed for Python 3.11.7."),
    ],
)
def test_a_failed_installation_is_explained_in_one_sentence(printed: str, sentence: str) -> None:
    reason = why(printed, "requirements.txt", "3.11.7")
    assert reason.startswith(sentence)
    assert "the log has the rest" in reason.lower() and "\n" not in reason and len(reason) < 700
