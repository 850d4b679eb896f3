"""What the bot says in conversation that has no file of its own."""

from collections.abc import Sequence

from bot.commands import Command, Problems, Registry, arguments
from bot.ports.git_host import Permission
from experiments.experiment import Experiment
from experiments.fleet.runners import Approval
from experiments.hosts import Host
from experiments.params.yaml_literal import flow
from experiments.readiness.foretelling import reading
from experiments.run import Run
from experiments.run_state import RETRYABLE
from experiments.settings.fields import PATH
from experiments.settings.repo_config import RepoConfig
from experiments.snapshot import Param, Snapshot, Value
from reports.messages import landing, projects
from reports.messages import runners as runners_messages
from reports.messages.examples import setting, to_set
from reports.run.comment import characters
from reports.text.markdown import code, details, fence, marker, sentence, table, text
from reports.text.tables import RECORD
from reports.text.titles import selecting

EXAMPLE = """script: python train.py
params: [params.yaml]
metrics: [metrics.json]
plots: [plots/loss.csv]"""
_ROWS = 400  # parameters in one table
_ALONE = "One answer is too long to stand beside the others: type its command in a comment of its own."


def reply_marker(comment: int) -> str:
    """Return the hidden line by which a repeated job finds the reply to a comment."""
    return marker(f"reply:{comment}")


def asks(experiments: Sequence[Experiment], approval: Approval, currency: str) -> str:
    """Say that experiments wait for approval, since they may cost more than is allowed without."""
    return runners_messages.asks(experiments, approval, currency)


def reply(comment: int, parts: list[str], host: Host) -> str:
    """Return the single comment that answers a comment. A part that has no room beside the others is replaced by a
    hint."""
    mark, shown_parts = reply_marker(comment), list[str]()
    left = host.comment_limit - len(mark) - len(parts) * (len(_ALONE) + 2)
    for part in parts:
        fits = len(parts) == 1 or characters(part) + 2 <= left
        left -= characters(part) + 2 if fits else 0
        shown_parts.append(part if fits else _ALONE)
    return "\n\n".join([*shown_parts, mark])


def problems(lines: Sequence[Problems]) -> str:
    """Return all problems of one comment, and all of its commands to type again, so that none is lost."""
    wrong = [line for line in lines if line.problems]
    parts = [_line(line) for line in wrong]
    if len(lines) > 1:
        parts.insert(0, f"None of the {len(lines)} commands was carried out.")
    if any(line.corrected for line in wrong):
        mended = all(line.mended for line in wrong)
        parts.append("Try:" if mended else "With what is known filled in; the rest is yours to write:")
        parts.append(fence("\n".join(line.corrected or line.line for line in lines)))
    return "\n\n".join(parts)


def _line(found: Problems) -> str:
    """Return a line with carets below its mistakes, and a sentence for each of them in the same order."""
    carets = [" "] * len(found.line)
    for problem in found.problems:
        end = max(problem.end, problem.start + 1)
        carets[problem.start : end] = "^" * (end - problem.start)
    shown = fence("\n".join([found.line, "".join(carets).rstrip()]))
    problems = "\n".join(f"- {sentence(_ended(problem.message))}" for problem in found.problems)
    return f"{shown}\n\n{problems}"


def _ended(message: str) -> str:
    return message if message.endswith((".", "?")) else f"{message}."


def too_late(author: str, hours: int) -> str:
    """Say that a comment came so many hours late that nothing was begun."""
    return (
        f"This comment reached me {hours} hours after {code(author)} wrote it, because I could not be reached. Nothing "
        "of it was begun, since it may no longer be wanted. Write it again if it is."
    )


def permission_missing(author: str, verb: str, needs: Permission, has: Permission) -> str:
    """Say which right a command needs, and which one its author has."""
    right = "no access" if has is Permission.NONE else f"{code(has.name.lower())} access"
    return (
        f"{code(f'/{verb}')} needs {code(needs.name.lower())} access to this repository, and {code(author)} has "
        f"{right}. Somebody who has it can type the same, or an administrator can grant it."
    )


def fork(host: Host) -> str:
    """Return the refusal for a pull request from a fork."""
    return (
        f"This {host.request} comes from a fork. Training it would run foreign code on this project's machines, and "
        f"its branch can't be written from here. Push the branch to this repository and open a {host.request} from "
        "there."
    )


def pull_over(host: Host, state: str) -> str:
    """Return the refusal for a pull request that is merged or closed."""
    if state == "merged":
        return f"This {host.request} is merged: what comes next belongs in another one. Type the command there."
    return f"This {host.request} is closed. Open it again, then type the command once more."


def pushed_meanwhile(head: str, branch: str, since: float, line: str) -> str:
    """Return the refusal of a command that another push may have overtaken.

    `since`: seconds from the comment to the push, negative where the push came first.
    """
    when = f"{round(-since)} s before" if since < 0 else "after" if since else "in the same second as"
    return (
        f"{code(head[:7])} was pushed to {code(branch)} {when} this comment, so it may not be the commit that "
        f"you had looked at, and nothing was done with it. If {code(head[:7])} is what you mean, type it again, you or "
        f"anybody else who may:\n\n{fence(line)}"
    )


def not_admitted(reason: str) -> str:
    """Return the operator's refusal of a repository, in the words of its rule."""
    return f"This repository may not train here. {text(reason)}"


def no_pipeline(snapshot: Snapshot, config: RepoConfig) -> str:
    """Say why there is nothing to train, and what would change that."""
    intro = "There is no DVC pipeline at this head: `/run` trains the stages of a `dvc.yaml`."
    if snapshot.has_dvc and any("dvc.yaml" in problem for problem in snapshot.problems):
        intro = "No stage of this head could be read."
    if found := projects.undeclared(snapshot, config):
        return f"The root of this repository has no DVC pipeline. {found}"
    if not snapshot.has_dvc:
        given = {"script": config.script, "metrics": config.declared.metrics}
        absent = [code(name) for name, value in given.items() if not value]
        missing, are = " and ".join(absent), "is" if len(absent) == 1 else "are"
        parts = [
            "There is nothing to train at this head.",
            "\n".join(f"- {sentence(problem)}" for problem in (*snapshot.problems, *config.problems)),
            f"Without DVC, {code(PATH)} on the base branch says how a project is trained, and {missing} {are} "
            f"missing there. Write it like this, with the paths of your own files:\n\n{fence(EXAMPLE, 'yaml')}",
        ]
        return "\n\n".join(filter(None, parts))
    if snapshot.problems:
        return f"{intro}\n\n{_list(snapshot.problems)}"
    return f"{intro} `dvc init` and `dvc stage add` make one."


def branch_busy(line: str, holder: Run) -> str:
    """Return the refusal of a run while another one may land: only one at a time can."""
    experiment = holder.experiment
    sentence = (
        f"{code(experiment.name)} is {holder.state} and may land on {code(experiment.landing.branch)}; only one run at "
        f"a time can. Wait for its report, or stop it with {code(f'/cancel {experiment.name}')}."
    )
    if "run" not in line.split()[:2] and not line.startswith("/run"):  # a retry lands where the first try would have
        return sentence
    aside = fence(f"{line.replace(' --commit first', '')} --temp")
    return f"{sentence} To train beside it and leave the branch alone:\n\n{aside}"


def missed(line: str) -> str:
    """Say how to type what was meant as a command. `line`: its correction; empty where it is not known."""
    sentence = "Nothing was done: a command stands at the beginning of a line, with its slash. `/help` lists them."
    return f"{sentence}\n\n{fence(line)}" if line else sentence


def nobody_listens(runners: Sequence[str]) -> str:
    """Say that no process listens to these runners (reports.messages.runners)."""
    return runners_messages.nobody_listens(runners)


def commit_rejected(experiment: Experiment, reason: str) -> str:
    """Say that the parameter commit was rejected (reports.messages.landing)."""
    return landing.commit_rejected(experiment, reason)


def forbidden(host: Host, reason: str) -> str:
    """Say that the host refused with status 403. `reason`: its words, and what the bot was doing."""
    return (
        f"{host.title} does not let this bot do that: {text(reason)}. An administrator finds its permissions in the "
        f"settings under *{host.settings}*; once they are granted, type the command again."
    )


def not_let_in(run: Run, reason: str) -> str:
    """Return the end of a run whose report the host refused, where only a comment is accepted."""
    name, host = run.experiment.name, run.experiment.repository.host
    again = f", {code(f'/retry {name}')} trains it again" if run.state in RETRYABLE else ", `/status` shows more"
    return (
        f"**{code(name)}: {run.state}.** {host.title} refused this bot something that its report needs: "
        f"{text(reason)}. "
        f"An administrator finds the bot's permissions in the settings under *{host.settings}*; when nothing is "
        f"missing there{again}."
    )


def trouble(reference: str) -> str:
    """Say that the bot itself failed, with a reference for its operator."""
    return (
        "Something went wrong on this bot's side, after several tries. Type the command again; if that ends the same "
        f"way, give its operator this reference: {code(reference)}."
    )


def params(found: Sequence[Param], wanted: str, snapshot: Snapshot, config: RepoConfig, untrained: str) -> str:
    """Return a table of parameters, with a command to copy. `untrained`: why nothing can be trained; empty where it
    can."""
    recorded = all(each.file in snapshot.records for each in found)  # also where there is no parameter
    problems = [each for each in snapshot.problems if recorded or sentence(each) not in untrained]
    notes = f"\n\n{_list(problems)}" if problems else ""
    found_below = projects.undeclared(snapshot, config)
    notes += f"\n\n{found_below}" if found_below else ""
    if not found:
        new = untrained and untrained != found_below and not any(sentence(each) in untrained for each in problems)
        notes += f"\n\n{untrained}" if new and not wanted else ""
        of = f" whose name holds {code(wanted)}" if wanted else ""
        declared = (
            " Stages name them under `params:` in `dvc.yaml`."
            if snapshot.has_dvc
            else f" Without DVC, their files are listed under `params:` in {code(PATH)} on the base branch."
        )
        more = " `/params` lists all." if wanted else "" if snapshot.prerequisites.conflicts else declared
        return f"No parameter{of} at {code(snapshot.sha[:7])}.{more}{notes}"
    columns = 5 if snapshot.has_dvc else 4  # without DVC there are no stages
    rows = [
        (
            code(each.key),
            code(flow(each.value)),
            type_name(each.value),
            code(each.file),
            " ".join(map(code, reading(each, snapshot))) or (RECORD if each.file in snapshot.records else "–"),
        )[:columns]
        for each in found[:_ROWS]
    ]
    cut = (
        f"\n\n{len(found) - _ROWS} more: `/params FILTER` shows those whose name holds FILTER."
        if len(found) > _ROWS
        else ""
    )
    example = to_set(snapshot, shown=found)
    of = f" of the project {code(snapshot.project)}" if snapshot.project else ""
    head = f"**Parameters**{of} at {code(snapshot.sha[:7])}"
    listing = table(("parameter", "value", "type", "file", "stages")[:columns], rows, "lrlll"[:columns])
    hint = ""
    if recorded:
        hint = "\n\nTraining writes these files: they record what it was given, and `-S` can't set them."
    elif untrained:
        hint = f"\n\n{untrained}" if untrained != found_below else ""
    elif example:
        line = code(f"/run{selecting(snapshot.project, config)} {setting(example, snapshot)}")
        hint = f"\n\n{line} trains with another value; now it is {code(flow(example.value))}."
    return f"{head}\n\n{listing}{cut}{notes}{hint}"


def help_all(registry: Registry, host: Host) -> str:
    """Return all commands, a line each. A table would not fit on a phone."""
    lines = [f"- {code(f'/{each.verb}')} {sentence(host.say(each.summary))}" for each in registry.commands]
    listing = "\n".join(lines)
    return f"{listing}\n\n`/help run` explains one of them; `/studio run` is the same as `/run`."


def help_one(command: Command[object], examples: Sequence[str], host: Host) -> str:
    """Say what a command does, with examples. Its arguments are folded."""
    lines = [
        f"- {code(' '.join([*each.flags, each.metavar]).strip())} {sentence(host.say(each.help))}"
        for each in arguments(command.arguments)
    ]
    whole = "\n\n".join([fence(command.usage), "\n".join(lines)])
    count = f"{len(lines)} argument{'' if len(lines) == 1 else 's'}"
    summary = f"{sentence(host.say(command.summary))} Needs {command.needs.name.lower()} access."
    parts = [summary, fence("\n".join(examples)), details(f"All it takes: {count}", whole, host.folds) if lines else ""]
    return "\n\n".join(filter(None, parts))


def type_name(value: Value) -> str:
    """Return a type by its name in YAML."""
    names = {bool: "bool", int: "int", float: "float", str: "string", list: "list", dict: "mapping", type(None): "null"}
    return names.get(type(value), type(value).__name__)


def _list(items: Sequence[str]) -> str:
    return "\n".join(f"- {sentence(item)}" for item in items)
