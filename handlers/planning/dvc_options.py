"""Options of `dvc exp run` and `dvc repro` that `/run` does not accept, each with the answer to it."""

from bot.commands import Answer

_DEBUGGING = "`{}` is for work on DVC itself. Leave it out"

ANSWERS = (
    Answer(
        ("--ignore-errors",),
        "`--ignore-errors` would report a run as trained although stages failed. `-k` (`--keep-going`) trains what "
        "does not depend on a stage that failed, and the run is reported as failed",
    ),
    Answer(
        ("-R", "--recursive"),
        "`-R` is not taken here: name the stages, or write `-P` for the pipelines of all `dvc.yaml` of the project",
    ),
    Answer(
        ("-i", "--interactive"),
        "`-i` asks before each stage, and nobody is there to answer. `--script` shows beforehand what would run",
    ),
    Answer(("--run-all",), "`--run-all` is not taken here: `/start` is the command that trains what is in the queue"),
    Answer(
        ("-j", "--jobs"),
        "`-j` is not taken here: `/start --jobs N` says how many train at once, or `jobs` in `.github/studio.yml`",
        valued=True,
    ),
    Answer(
        ("-C", "--copy-paths"),
        "`-C` copies what Git does not have, and the machine that trains has a clone only: commit the file, or track "
        "it with `dvc add`",
        valued=True,
    ),
    Answer(
        ("--no-hydra",),
        "`--no-hydra` is not taken here. What composes the parameters stands in the repository: "
        "`dvc config hydra.enabled false`, committed",
    ),
    Answer(("-q", "--quiet"), "`-q` is not needed: a report shows the end of the log only, `/logs NAME` more of it"),
    Answer(
        ("-v", "--verbose"), "`-v` would log what DVC does itself. `/logs NAME --tail N` shows what training printed"
    ),
    Answer(("-h", "--help"), "`-h` is not taken here: `/help run` explains this command"),
    Answer(("-M",), "`-M` is not taken here: `-m MESSAGE` is the first line of the commit", valued=True),
    Answer(("--glob",), "`--glob` is not taken here: name the stages; `train` alone is all of a stage `train@…`"),
    Answer(
        ("--no-commit",), "`--no-commit` belongs to `dvc repro`: a result that DVC does not keep could not be pulled"
    ),
    Answer(("--no-run-cache",), "`--no-run-cache` belongs to `dvc repro`: `-f` trains anew what was trained before"),
    *(
        Answer(flags, _DEBUGGING.format(flags[0]), valued)
        for flags, valued in (
            (("--cprofile",), False),
            (("--cprofile-dump",), True),
            (("--yappi",), False),
            (("--yappi-separate-threads",), False),
            (("--viztracer",), False),
            (("--viztracer-depth",), True),
            (("--viztracer-async",), False),
            (("--pdb",), False),
            (("--instrument",), False),
            (("--instrument-open",), False),
            (("--show-stack", "--ss"), False),
        )
    ),
)
