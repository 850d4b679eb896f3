"""Whole comments as people read them, where order and words matter. Commands and environment have tests of their own."""

import dataclasses

from bot.ports.git_host import PullRequest
from experiments.judging.comparison import compare
from experiments.parts.change import Override
from experiments.revisions import Revision, RevisionKind
from experiments.run_state import RunState
from experiments.settings.repo_config import MetricRule, RepoConfig
from experiments.snapshot import Param
from reports.compare import diff
from reports.overview import comment
from reports.overview.rows import RunRow
from reports.run.comment import render
from reports.run.report import Picture, Report
from reports.sweep.comment import over
from tests.units.judging.test_sweep import member
from tests.units.reports.test_report_changes import FEATURES, classes, listed
from tests.units.reports.test_sweep_report import report as sweep_report
from tests.units.sample_run import AFTER, BEFORE, EXPERIMENT, RUN, changed, report, snapshot

ASIDE = changed(RUN, landed=False, experiment=changed(EXPERIMENT, temp=True))
CURVE = "Curve of loss.csv: baseline and this run"


def read(made: Report) -> str:
    """Return a report without its folded environment and clone commands."""
    lead, _, rest = render(made).partition("<details>\n<summary>Environment")
    return f"{lead}[…]\n\n{rest.split(chr(10) * 2)[-1]}"


def test_a_worse_run_aside() -> None:
    assert (
        read(report(run=ASIDE, after=snapshot(0.01, accuracy=0.9, loss=0.2)))
        == """\
<!-- studio:run:r1 -->

**▼ Worse: `accuracy` 0.951 → 0.900 (-0.051).** Of 2 metrics: 1 worse, 1 unchanged.

Experiment `puffy-daks` on [`1a2b3c4`](https://github.example/ada/cancer/commit/1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d), asked for by `ada`, trained in 12 s. It is not on the branch, as `--temp` asks.

Where it is: in Git as the experiment `puffy-daks`, its data in the DVC remote `storage`. Not on the branch.

| verdict | metric | baseline | this run | difference |
| :-- | :-- | --: | --: | --: |
| **worse** | `accuracy` | 0.951 | 0.900 | -0.051 |
| unchanged | `loss` | 0.2 | 0.2 | 0 |

| parameter | baseline | this run |
| :-- | --: | --: |
| `train.lr` | `0.1` | `0.01` |

[…]

**Next:** it is worse than the baseline: there is nothing to put on the branch. `/run -S train.lr=…` tries another value; `/params` lists what else there is."""
    )


def test_one_of_many_metrics_changed() -> None:
    pictures = [Picture("a", CURVE, "https://e.x/a.png", "a"), Picture("b", "b.png", "https://e.x/b.png", "b", False)]
    assert (
        read(report(run=ASIDE, before=classes(9), after=classes(9, class_007=0.6), pictures=pictures))
        == """\
<!-- studio:run:r1 -->

**▲ Better: `class_007.iou` 0.5 → 0.6 (+0.1).** Of 9 metrics: 1 better, 8 unchanged.

Experiment `puffy-daks` on [`1a2b3c4`](https://github.example/ada/cancer/commit/1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d), asked for by `ada`, trained in 12 s. It is not on the branch, as `--temp` asks.

Where it is: in Git as the experiment `puffy-daks`, its data in the DVC remote `storage`. Not on the branch.

| verdict | metric | baseline | this run | difference |
| :-- | :-- | --: | --: | --: |
| **better** | `class_007.iou` | 0.5 | 0.6 | +0.1 |

<details>
<summary>8 metrics did not change</summary>

| verdict | metric | baseline | this run | difference |
| :-- | :-- | --: | --: | --: |
| unchanged | `class_000.iou` | 0.5 | 0.5 | 0 |
| unchanged | `class_001.iou` | 0.5 | 0.5 | 0 |
| unchanged | `class_002.iou` | 0.5 | 0.5 | 0 |
| unchanged | `class_003.iou` | 0.5 | 0.5 | 0 |
| unchanged | `class_004.iou` | 0.5 | 0.5 | 0 |
| unchanged | `class_005.iou` | 0.5 | 0.5 | 0 |
| unchanged | `class_006.iou` | 0.5 | 0.5 | 0 |
| unchanged | `class_008.iou` | 0.5 | 0.5 | 0 |

</details>

<img alt="Curve of loss.csv: baseline and this run" src="https://e.x/a.png" width="400">

<details>
<summary>1 plot without a difference</summary>

<img alt="b.png" src="https://e.x/b.png" width="400">

</details>

[…]

**Next:** `/apply puffy-daks` puts it on this branch, `/branch puffy-daks` gives it one of its own, with a pull request. `/run -S train.lr=…` tries another value; `/params` lists what else there is."""
    )


def test_a_list_that_lost_an_item() -> None:
    experiment = changed(
        EXPERIMENT, temp=True, queue=True, overrides=(Override("params.yaml", "features", FEATURES[1:], FEATURES),)
    )
    run = dataclasses.replace(ASIDE, experiment=experiment)
    assert (
        read(report(run=run, before=listed(*FEATURES), after=listed(*FEATURES[1:])))
        == """\
<!-- studio:run:r1 -->

**= Unchanged: `accuracy` 0.951 → 0.951 (0).** Of 2 metrics: 2 unchanged.

Experiment `puffy-daks` on [`1a2b3c4`](https://github.example/ada/cancer/commit/1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d), asked for by `ada`, trained in 12 s. It is not on the branch: what goes through the queue leaves the branch alone.

Where it is: in Git as the experiment `puffy-daks`, its data in the DVC remote `storage`. Not on the branch.

| verdict | metric | baseline | this run | difference |
| :-- | :-- | --: | --: | --: |
| unchanged | `accuracy` | 0.951 | 0.951 | 0 |
| unchanged | `loss` | 0.2 | 0.2 | 0 |

| parameter | baseline | this run |
| :-- | --: | --: |
| `features` | 60 items | 59 items: −`f0` |

[…]

**Next:** it is as good as the baseline: there is nothing to put on the branch. `/run -S features=…` tries another value; `/params` lists what else there is."""
    )


def test_a_sweep_whose_best_is_better() -> None:
    runs = [member(number, RunState.SUCCEEDED) for number in (1, 2, 3)]
    assert (
        over(sweep_report(runs, RepoConfig(), n1=0.6, n2=0.7, n3=0.4), "<!-- mark -->")
        == """\
<!-- mark -->

**★ Sweep `wide`: `wide-2` is best of 3, unconfirmed: `accuracy` 0.7 (baseline 0.5, +0.2).** Against the baseline it is better. Each was trained once, so the order may be due to chance.

| experiment | against the baseline | `accuracy` | `train.lr` | state |
| :-- | :-- | --: | --: | :-- |
| ★ **`wide-2`** | ▲ better (+0.2) | 0.7 | `0.2` | succeeded |
| `wide-1` | ▲ better (+0.1) | 0.6 | `0.1` | succeeded |
| `wide-3` | ▼ worse (-0.1) | 0.4 | `0.3` | succeeded |

**Next:** `/apply best` puts `wide-2` on the branch (`/apply wide-2` does so later, too), `/run --from wide-2` trains its parameters with the current head."""
    )


def test_a_sweep_whose_best_ties_and_is_worse_than_the_baseline() -> None:
    runs = [member(number, RunState.SUCCEEDED) for number in (1, 2, 3)]
    assert (
        over(sweep_report(runs, RepoConfig(), n1=0.4, n2=0.3, n3=0.4), "<!-- mark -->")
        == """\
<!-- mark -->

**▼ Sweep `wide`: `wide-1` is best of 3 and worse than the baseline, unconfirmed: `accuracy` 0.4 (baseline 0.5, -0.1).** `wide-3` ties with `wide-1` in `accuracy` and in all else that can be compared: the first of them stands for the others. Each was trained once, so the order may be due to chance.

| experiment | against the baseline | `accuracy` | `train.lr` | state |
| :-- | :-- | --: | --: | :-- |
| **`wide-1`** | ▼ worse (-0.1) | 0.4 | `0.1` | succeeded |
| `wide-3` | ▼ worse (-0.1) | 0.4 | `0.3` | succeeded |
| `wide-2` | ▼ worse (-0.2) | 0.3 | `0.2` | succeeded |

**Next:** the best of them is worse than the baseline: there is nothing to put on the branch."""
    )


def test_a_sweep_whose_best_may_be_chance() -> None:
    config = RepoConfig(metrics={"accuracy": MetricRule(noise=0.3)})
    runs = [member(number, RunState.SUCCEEDED) for number in (1, 2)]
    assert (
        over(sweep_report(runs, config, n1=0.6, n2=0.7), "<!-- mark -->")
        == """\
<!-- mark -->

**≈ Sweep `wide`: `wide-2` is best of 2 and within noise of the baseline, unconfirmed: `accuracy` 0.7 (baseline 0.5, +0.2).** Each was trained once, so the order may be due to chance.

| experiment | against the baseline | `accuracy` | `train.lr` | state |
| :-- | :-- | --: | --: | :-- |
| **`wide-2`** | ≈ within noise (+0.2) | 0.7 | `0.2` | succeeded |
| `wide-1` | ≈ within noise (+0.1) | 0.6 | `0.1` | succeeded |

**Next:** the best of them is within noise of the baseline: there is nothing to put on the branch."""
    )


def test_an_overview_of_a_pull_request() -> None:
    pull = PullRequest(3, "open", "e" * 40, "try-less", "f" * 40, "main", False, "main", EXPERIMENT.repository)
    lines = []
    for number in range(7):
        experiment = changed(EXPERIMENT, name=f"try-{number}", temp=True)
        run = changed(ASIDE, id=f"r{number}", experiment=experiment, report=90 + number)
        after = snapshot(0.01, accuracy=0.95 + number / 500, loss=0.2)
        lines.append(RunRow(run, compare(BEFORE, after, RepoConfig())))
    config = RepoConfig()
    section = comment.Section("", AFTER, compare(BEFORE, AFTER, config, comment.SIDES), tuple(lines))
    assert (
        comment.render(comment.Overview(EXPERIMENT.repository, pull, "f" * 40, config, (section,)))
        == """\
<!-- studio:overview -->

**▲ Better: `accuracy` 0.951 → 0.967 (+0.016).** Of 2 metrics: 2 better.

Head [`eeeeeee`](https://github.example/ada/cancer/commit/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee) of `try-less` against [`fffffff`](https://github.example/ada/cancer/commit/ffffffffffffffffffffffffffffffffffffffff), where it left `main`.

| verdict | metric | main | this head | difference |
| :-- | :-- | --: | --: | --: |
| **better** | `accuracy` | 0.951 | 0.967 | +0.016 |
| **better** | `loss` | 0.2 | 0.1 | -0.1 |

| parameter | main | this head |
| :-- | --: | --: |
| `train.lr` | `0.1` | `0.01` |

### Runs

| experiment | result | sets | state | where | by |
| :-- | :-- | :-- | :-- | :-- | :-- |
| `try-0` | ▼ accuracy 0.950 (-0.001), worse | `train.lr=0.01` | succeeded | not on the branch, data pushed, [report](https://github.example/ada/cancer/pull/3#issuecomment-90) | `ada` |
| `try-1` | ▲ accuracy 0.952 (+0.001), better | `train.lr=0.01` | succeeded | not on the branch: `/apply try-1`, data pushed, [report](https://github.example/ada/cancer/pull/3#issuecomment-91) | `ada` |
| `try-2` | ▲ accuracy 0.954 (+0.003), better | `train.lr=0.01` | succeeded | not on the branch: `/apply try-2`, data pushed, [report](https://github.example/ada/cancer/pull/3#issuecomment-92) | `ada` |
| `try-3` | ▲ accuracy 0.956 (+0.005), better | `train.lr=0.01` | succeeded | not on the branch: `/apply try-3`, data pushed, [report](https://github.example/ada/cancer/pull/3#issuecomment-93) | `ada` |
| `try-4` | ▲ accuracy 0.958 (+0.007), better | `train.lr=0.01` | succeeded | not on the branch: `/apply try-4`, data pushed, [report](https://github.example/ada/cancer/pull/3#issuecomment-94) | `ada` |

<details>
<summary>2 older runs</summary>

| experiment | result | sets | state | where | by |
| :-- | :-- | :-- | :-- | :-- | :-- |
| `try-5` | ▲ accuracy 0.960 (+0.009), better | `train.lr=0.01` | succeeded | not on the branch: `/apply try-5`, data pushed, [report](https://github.example/ada/cancer/pull/3#issuecomment-95) | `ada` |
| `try-6` | ▲ accuracy 0.962 (+0.011), better | `train.lr=0.01` | succeeded | not on the branch: `/apply try-6`, data pushed, [report](https://github.example/ada/cancer/pull/3#issuecomment-96) | `ada` |

</details>

**Next:** `/help` lists what can be typed here."""
    )


def test_two_revisions_beside_each_other() -> None:
    before = dataclasses.replace(BEFORE, params=(Param("params.yaml", "name", "0.1"), Param("params.yaml", "on", True)))
    after = dataclasses.replace(BEFORE, params=(Param("params.yaml", "name", 0.1), Param("params.yaml", "on", None)))
    sides = Revision("main", RevisionKind.BRANCH, "1" * 40), Revision("head", RevisionKind.HEAD, "2" * 40)
    found = diff.Difference(EXPERIMENT.repository, *sides, compare(before, after, RepoConfig()))
    assert (
        diff.comment(found, "")
        == """\
**= Unchanged: `accuracy` 0.951 → 0.951 (0).** Of 2 metrics: 2 unchanged.

The head [`2222222`](https://github.example/ada/cancer/commit/2222222222222222222222222222222222222222) against `main` (branch [`1111111`](https://github.example/ada/cancer/commit/1111111111111111111111111111111111111111)).

| verdict | metric | main | head | difference |
| :-- | :-- | --: | --: | --: |
| unchanged | `accuracy` | 0.951 | 0.951 | 0 |
| unchanged | `loss` | 0.2 | 0.2 | 0 |

| parameter | main | head |
| :-- | --: | --: |
| `name` | `"0.1"` | `0.1` |
| `on` | `true` | `null` |"""
    )
