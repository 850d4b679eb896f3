"""`python -m demo`: runs everything on this machine until Ctrl-C; with ONCE=1 as a check without a person."""

import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import psutil

from demo.environment import clean_environment
from demo.fleet import declared, start_boxes
from demo.folder import Folder
from demo.hub import OUTSIDER, REPOSITORY, Hub
from demo.kinds import KINDS, publish
from demo.once import COMMAND, once
from demo.own import Own, asked_for
from demo.own import publish as publish_own
from demo.ports import chosen_port
from demo.processes import Processes, adopt_orphans, end
from demo.progress import step
from demo.redis import running_redis, take_over
from demo.seed import BRANCH, TITLE, Seed, run, trained_seed
from demo.stage import ROOT, RunningDemo, build
from demo.trouble import DemoTrouble

FOLDER = Folder(ROOT / ".demo")
AS_ROOT = (
    "You are root. The demo trusts its own repositories, so they train anyway; a bot that runs as root trains "
    "only repositories its operator trusts."
)


def main() -> int:
    """Return 0 after Ctrl-C, or when ONCE found everything in place; else 1."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores SIGHUP, and that stays
            signal.signal(number, signal.default_int_handler)
    adopt_orphans()
    try:
        with ExitStack() as stack:
            return _demo(stack)
    except KeyboardInterrupt:
        print("\nStopped.")
        return 0 if not os.environ.get("ONCE") else 1
    except DemoTrouble as error:
        sys.stdout.flush()
        sys.stderr.write(f"\n{error}\n")
        return 1
    finally:
        end(psutil.Process().children(recursive=True))


def _demo(stack: ExitStack) -> int:
    port = chosen_port(os.environ.get("PORT", ""))
    stack.enter_context(FOLDER.alone())
    FOLDER.begin_anew()
    own = asked_for(os.environ, clean_environment(os.environ, FOLDER.home, Path(sys.executable).parent))
    if own and os.environ.get("ONCE"):
        raise DemoTrouble("ONCE=1 checks the demo's own project: leave PROJECT out, or ONCE.")
    with step("Redis"):
        redis = stack.enter_context(running_redis(FOLDER.redis, os.environ))
        take_over(redis)
    processes = stack.enter_context(Processes(FOLDER.logs))
    stack.callback(_ignore_signals)  # runs before all other cleaning up: a second Ctrl-C would leave programs running
    with step("A local GitHub"):
        more = declared(os.environ)
        stage = build(FOLDER, port, redis, processes, os.environ, more, own)  # the bot starts while the seed is made
    hub, env = stage.hub, stage.env
    if own:
        return _show_own(own, stage, more, processes)
    seed = trained_seed(FOLDER, env, step)
    shutil.copytree(seed.data, FOLDER.remote)
    with step("The bot"):
        stage.wait()
        start_boxes(stage, FOLDER, processes)
    with step("A pull request"):
        number = _publish(seed, hub, env)
    if os.environ.get("ONCE"):
        return 0 if once(hub, number, processes, env) else 1
    print(f"\n    {hub.url}/{REPOSITORY}/pull/{number}\n\nOpen it, and comment:\n\n    {COMMAND}\n")
    _tell_operator(stage, more)
    print(f"Their switch: DATA_DIR={FOLDER.data} .venv/bin/python -m operate.switch show\n")
    print(f"The repository needs no login, unless to push:\n\n    git clone {hub.clone_url}\n")
    print(f"    git push {hub.push_url('ada')} HEAD:refs/heads/my-branch\n")
    print(f"A branch that was pushed becomes a pull request on {hub.url}/{REPOSITORY}. From a fork, without rights:\n")
    print(f"    git push {hub.push_url(OUTSIDER, f'{OUTSIDER}/digits')} HEAD:refs/heads/theirs\n")
    print(f"What the programs say is in {FOLDER.logs}. Ctrl-C ends everything.\n", flush=True)
    with step("Projects of other kinds"):
        others = [(publish(kind, hub, FOLDER.remotes / kind.name, env), kind.what) for kind in KINDS]
    print("\n" + "\n".join(f"    {address}  {what}" for address, what in others), flush=True)
    _until_stopped(processes)
    return 0


def _show_own(own: Own, stage: RunningDemo, more: Mapping[str, str], processes: Processes) -> int:
    """Show a person's own repository with a pull request until Ctrl-C, and return 0."""
    hub = stage.hub
    with step("The bot"):
        stage.wait()
        start_boxes(stage, FOLDER, processes)
    with step(f"A pull request of {own.folder.name}"):
        number = publish_own(own, hub, stage.env)
    print(f"\n    {hub.url}/{own.repository}/pull/{number}\n\nOpen it, and comment `/params`, then `/run`.\n")
    if own.remote:
        print(f"Runs read and write {own.remote}, the DVC remote that the project names: objects are only added.\n")
    _tell_operator(stage, more)
    print("Your repository is not touched. To bring other commits, from its folder:\n")
    print(f"    git push {hub.push_url('ada', own.repository)} HEAD:refs/heads/my-branch\n")
    print(f"A branch that was pushed becomes a pull request on {hub.url}/{own.repository}. From a fork:\n")
    print(f"    git push {hub.push_url(OUTSIDER, hub.forks[own.repository])} HEAD:refs/heads/theirs\n")
    print(f"What the programs say is in {FOLDER.logs}. Ctrl-C ends everything.\n", flush=True)
    _until_stopped(processes)
    return 0


def _tell_operator(stage: RunningDemo, more: Mapping[str, str]) -> None:
    print(f"Machines and money: {stage.bot}/operator (user operator, password {more['OPERATOR_PASSWORD']})")
    if os.geteuid() == 0:
        print(AS_ROOT)


def _until_stopped(processes: Processes) -> None:
    """Wait for Ctrl-C. Raises DemoTrouble when a program ends."""
    while True:
        processes.check()
        time.sleep(0.5)


def _publish(seed: Seed, hub: Hub, env: Mapping[str, str]) -> int:
    """Push the seed's branches, open the pull request and return its number."""
    push = ["git", "push", "--quiet", hub.clone_url, "main", BRANCH]
    run(push, seed.project, {**env, **hub.credential("ada")})
    return hub.open_pull(BRANCH, TITLE, seed.description(), by="ada")


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
