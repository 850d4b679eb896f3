"""What an experiment changes of its baseline: parameters, and its commit message."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.workspace import Head, Workspace
from experiments.experiment import Experiment
from experiments.overrides import Plan, plan
from experiments.parts.change import Input, Override
from experiments.parts.membership import BASELINE
from experiments.projects import rooted
from handlers.planning.source_experiment import Brought, Origin, bring

TITLE = 72  # characters of a commit message's first line
SKIP = " [skip studio]"  # marks a commit without results, which is neither reported nor shown in tables


@dataclass(frozen=True)
class Member:
    """One of the experiments that a command asks for."""

    plan: Plan
    repeats: str = ""  # as in Experiment
    seed: int = 0
    force: bool = False  # train even where nothing changed, for only chance makes a difference


def varied(asked: Experiment, number: int, member: Member) -> Experiment:
    """Return the experiment of one member, with its own parameters. `number` in the sweep; 0 without a sweep."""
    plan = member.plan
    name = f"{asked.name}-{number}" if number else asked.name
    first, _, under = asked.change.message.partition("\n")
    inputs = () if member.repeats == BASELINE else asked.change.inputs
    edits = plan.edits if member.repeats == BASELINE else {**asked.change.edits, **plan.edits}
    words = message(first or _title(plan.overrides, inputs), under)
    return replace(
        asked,
        name=name,
        sweep=replace(asked.sweep, number=number, repeats=member.repeats, seed=member.seed),
        execution=replace(asked.execution, force=asked.execution.force or member.force),
        change=replace(asked.change, overrides=plan.overrides, inputs=inputs, edits=edits, message=words),
    )


def edited(here: Head, given: Sequence[Sequence[str]], origin: Origin | None) -> list[Plan]:
    """Return the plan of each list of edits, applied to the head's files or to those with `origin`'s values."""
    texts = {path: here.text(path) for path in here.snapshot.param_files}
    brought = bring(here, origin, texts) if origin else Brought((), texts)
    found = [plan(words, here.snapshot, brought.texts) for words in given]
    return [
        Plan(
            _together(brought.overrides, each.overrides),
            {path: text for path, text in (dict(brought.texts) | dict(each.edits)).items() if text != texts[path]},
            each.problems,
        )
        for each in found
    ]


def parameters_first(workspace: Workspace, experiment: Experiment) -> Experiment:
    """Return the experiment on a new baseline: a commit of its parameters, which lands before training."""
    first = experiment.change.message.partition("\n")[0]
    words = f"{_cut(first, TITLE - len(SKIP))}{SKIP}"
    login = workspace.ports.host.bot_login
    head = workspace.pull.head
    texts = {rooted(experiment.project, path): text for path, text in experiment.change.edits.items()}
    made = workspace.ports.git.commit(workspace.repository, head, words, login, workspace.now, texts)
    results = message(f"Results of: {first}", experiment.change.description)
    return replace(
        experiment,
        baseline=made,
        landing=replace(experiment.landing, head_before=head),
        change=replace(experiment.change, edits={}, message=results),
    )


def _together(brought: tuple[Override, ...], given: tuple[Override, ...]) -> tuple[Override, ...]:
    """Return all overrides; those given replace those brought from another experiment."""
    keys = {(each.file, each.key) for each in given}
    return (*(each for each in brought if (each.file, each.key) not in keys), *given)


def message(first: str, under: str) -> str:
    """Return a commit message: the first line, cut to TITLE characters, then the rest after an empty line."""
    under = under.strip("\n")
    return _cut(" ".join(first.split()), TITLE) + (f"\n\n{under}" if under else "")


def _title(overrides: tuple[Override, ...], inputs: tuple[Input, ...]) -> str:
    changed = [each for each in overrides if each.value != each.before] or overrides
    parts = [f"Set {', '.join(each.text for each in changed)}"] if changed else []
    parts += [f"{'with' if parts else 'Train with'} {', '.join(each.text for each in inputs)}"] if inputs else []
    return " ".join(parts) or "Train again"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
