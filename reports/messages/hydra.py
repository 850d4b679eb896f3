"""What the bot says about projects whose parameters Hydra composes."""

from collections.abc import Sequence

from experiments.composition import Chosen, Composition
from experiments.params.merging import GONE, ParamEdit
from experiments.params.yaml_literal import flow
from experiments.snapshot import COMPOSED, Value
from experiments.wording import quoted, some
from reports.text import values
from reports.text.markdown import code, fence, sentence, table

_ROWS = 20
_OPTIONS = 8  # options of one group
_NAME = 40  # characters


def uncomposed(head: str, problem: str) -> str:
    """Say that a configuration can't be composed, with Hydra's words or the reason why Hydra was not asked."""
    return f"The configuration of {code(head[:7])} can't be composed. {sentence(problem)}"


def uncompared(sides: Sequence[str]) -> str:
    """Say that parameters are not compared, since these sides' commits lack the composed file. Names are in
    backquotes."""
    return (
        f"Parameters are not compared: Hydra composes them into `{COMPOSED}`, which is not in {' and '.join(sides)}. "
        f"To have them compared from the next commit on, run `dvc exp run` once, take `{COMPOSED}` out of `.gitignore` "
        "if it is there, and commit it."
    )


def script() -> str:
    """Return the refusal of overrides where a script trains: they go to `dvc exp run`, which the script is not."""
    return (
        "This project is composed by Hydra, so its overrides go to `dvc exp run`, and `.github/studio.yml` names "
        "a `script` that is run instead. Take `script` out of it, or `hydra.enabled` out of `.dvc/config`."
    )


def commit_first() -> str:
    """Return the refusal of `--commit first`: DVC would compose the parameters anew."""
    return (
        "Hydra composes this project's `params.yaml` anew for each training, so a commit of parameters before it "
        "would be overwritten. Leave out `--commit first` (and `commit: first` in `.github/studio.yml`): parameters "
        "and results are one commit then."
    )


def params_only(name: str, changes: Sequence[ParamEdit], again: str) -> str:
    """Say what to edit instead of `--params-only`. `again`: the command that trains the parameters with today's
    code."""
    rows = [(code(each.key), values.or_absent(each.before), values.or_absent(each.after)) for each in changes[:_ROWS]]
    more = f"\n\n… {len(changes) - _ROWS} more." if len(changes) > _ROWS else ""
    listing = f":\n\n{table(('parameter', 'baseline', code(name)), rows, 'lrr')}{more}" if rows else "."
    return (
        "Hydra composes this project's `params.yaml` anew for each training, so parameters put into it would be "
        f"written over. To keep them, set them in the configuration folder and commit that{listing}\n\n"
        f"To train them with today's code:\n\n{fence(again)}"
    )


def composed_meanwhile(name: str, head: str, again: str) -> str:
    """Say why two composed files are not merged. `again`: the command that trains the parameters with today's
    code."""
    return (
        f"`params.yaml` was composed anew since the baseline of {code(name)}, and {code(head[:7])} holds the results "
        f"of that. To train its parameters with today's code:\n\n{fence(again)}"
    )


def written_over(changes: Sequence[ParamEdit]) -> str:
    """Return where training begins with other values than the `params.yaml` of the commit has."""
    changed = some(
        (f"{quoted(each.key, _NAME)} {_side(each.after)} → {_side(each.before)}" for each in changes), _OPTIONS
    )
    return (
        f"Hydra composes `{COMPOSED}` anew for each training, and not as it is in this commit: {changed}. Another "
        "value is set with `-S`, or in the configuration folder."
    )


def _side(value: Value) -> str:
    return "absent" if value is GONE else quoted(flow(value), _NAME)


def groups(found: Composition, trained: bool) -> str:
    """Return the options that are chosen and those that could be. `trained`: whether the commit records a training."""
    last = "; the `params.yaml` of a commit tells what was trained last" if trained else ""
    origin = f"Composed by Hydra from {code(found.folder)}, where each training begins{last}."
    rows = [
        (code(name, _NAME), _chosen(chosen), _options(found.options(name.partition("@")[0])))
        for name, chosen in found.choices.items()
    ]
    left = [name for name in found.groups if name not in {each.partition("@")[0] for each in found.choices}]
    rows += [(code(name, _NAME), values.NONE, _options(found.options(name))) for name in left if found.options(name)]
    if not rows:
        return origin
    more = f"\n\n{len(rows) - _ROWS} more groups." if len(rows) > _ROWS else ""
    return f"{origin}\n\n{table(('group', 'chosen', 'options'), rows[:_ROWS])}{more}"


def _chosen(chosen: Chosen) -> str:
    names = [chosen] if isinstance(chosen, str) else chosen or ()
    return _options(names) or values.NONE


def _options(names: Sequence[str]) -> str:
    return some((code(name, _NAME) for name in names), _OPTIONS)
