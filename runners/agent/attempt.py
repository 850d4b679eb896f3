"""The steps of one attempt, in the order they happen: repository, environment, data, training, results."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import checkpoints, env_vars, failing, packing, tree
from .agent_folder import Home
from .checkpoints import Keeper
from .client import Client
from .data import bringing, dvc_cache
from .data.delivered import NO_REMOTE, NONE, PushReport
from .data.dvc_push import DataPush
from .data.fetching import PULLING, Fetcher
from .errors import Gone, Trouble
from .files import Below
from .heartbeat import Pulse
from .isolation import bubblewrap
from .isolation.command_runner import CommandRunner, Output
from .isolation.process import ProcessEnd
from .options import Options
from .output import naming
from .output.log import Journal
from .packages import requirements
from .packages.environment import Installer, PreparedEnvironment, check_dvc
from .packages.tooling import own_dvc
from .specification import Specification
from .tracing import Trace, Tracer

FAILED, OUT_OF_TIME = 1, 124  # exit codes where the script's own code would mislead


@dataclass
class AttemptResult:
    """What is reported at the end of an attempt. It is filled while the attempt goes on."""

    exit_code: int = FAILED
    reason: str = ""
    timed_out: bool = False
    environment: PreparedEnvironment | None = None
    trace: Trace = field(default_factory=Trace)
    delivered: PushReport | None = None  # None: the attempt ended before it came to this


class Attempt:
    """Works through one attempt, in a folder with `tree`, `cache`, `home`, and `out` for what is sent to the bot."""

    def __init__(
        self,
        specification: Specification,
        options: Options,
        client: Client,
        journal: Journal,
        pulse: Pulse,
        place: Path,
    ) -> None:
        self._specification = specification
        self._options = options
        self._client = client
        self._journal = journal
        self._pulse = pulse
        self._place = place
        self._commands = CommandRunner(options.isolated, self._why_stop)
        self._home = Home(options.home)
        self._mirror = self._home.mirror(specification.repository)
        self._kept = self._home.cache(specification.repository)
        self._tree, self._cache, self._own_home, self._out = (place / name for name in ("tree", "cache", "home", "out"))
        self._project, self._below = self._tree / specification.project, Below(self._tree, specification.project)
        journal.call(naming.names(self._home, specification, place))
        self._remote = specification.remote
        self._fetcher = Fetcher(specification, self._commands, self._home, place, options.outer, journal, self._heard)
        self._keeper: Keeper | None = None
        self._brought: Mapping[str, str] = {}  # Git LFS files in the tree: path -> SHA-1 of their content
        self._printed = Output()  # what the project's last command printed

    def run(self, result: AttemptResult) -> None:
        """Do all steps. Raises Trouble, Stopped and Gone; `result` then holds what was known by that time."""
        specification, options, commands = self._specification, self._options, self._commands
        for folder in (self._cache, self._own_home, self._out):
            folder.mkdir()
        self._journal.say(f"Fetching commit {specification.sha[:7]}.")
        tree.fetch(commands, specification, self._mirror, options.outer)
        tree.make(commands, specification, self._mirror, self._tree, options.outer)
        tree.check_project(self._below)
        installer = Installer(commands, self._home, options.outer, self._journal)
        if specification.push_only:
            result.delivered, result.exit_code = self._push(installer, None), 0
            return
        if not specification.script:
            self._only_fetch(installer, result)
            return
        self._brought = bringing.bring(
            specification, options.outer, commands, self._client, self._home, self._tree, self._place, self._journal
        )
        asked = requirements.read(self._tree, specification.project, specification.requirements)
        python = requirements.python(self._tree, specification.project)
        result.environment = environment = installer.prepare(
            str(specification.repository), asked, specification.requirement, python, index=specification.index
        )
        self._journal.call(naming.names(self._home, specification, self._place, environment.folder))
        if specification.requirement:
            check_dvc(environment, specification.minimum, specification.requirement)
        env = env_vars.for_training(options.outer, specification, environment.folder, self._own_home)
        self._fetcher.knows(environment.packages)
        has_cache = tree.point_cache(self._below, self._cache, apart=self._fetcher.apart)
        if has_cache:
            asks_anew = specification.anew or specification.data_first is not None
            dvc_cache.seed(self._kept, self._cache, dvc_cache.named(self._below), self._why_stop, runs=not asks_anew)
            self._baseline(env, installer)
        tree.edit(self._below, specification.edits)
        if has_cache:  # the edits may choose other data
            dvc_cache.seed(self._kept, self._cache, dvc_cache.named(self._below), self._why_stop, runs=False)
        self._fetcher.fetch(env, installer, self._fetcher.needed, "what the pipeline needs")
        tree.clear(self._below, specification.results)
        self._resume(env)
        self._train(env, result)
        self._send(env, installer, result)

    def _only_fetch(self, installer: Installer, result: AttemptResult) -> None:
        """Fetch the baseline's files with our own DVC: installing the project's packages first would take too long."""
        tool = own_dvc(installer, self._home, self._specification.requirement, self._remote)
        env = env_vars.for_training(self._options.outer, self._specification, tool, self._own_home)
        if self._remote and tree.point_cache(self._below, self._cache):
            dvc_cache.seed(self._kept, self._cache, dvc_cache.named(self._below), self._why_stop, runs=False)
            self._baseline(env, installer)
            dvc_cache.keep(self._cache, self._kept, self._why_stop, runs=False)
        if self._fetcher.why:
            raise Trouble(self._fetcher.why)
        result.exit_code = 0

    def _inside(
        self, argv: tuple[str, ...], env: Mapping[str, str], seconds: float, tracer: Tracer | None = None
    ) -> ProcessEnd:
        """Run the project's own code in its folder, with its packages. A `tracer` records what each `dvc` does."""
        tools, notes = ((tracer.tools,), (tracer.notes,)) if tracer else ((), ())
        if tracer:
            env = {**env, "PATH": f"{tracer.tools}:{env['PATH']}"}
        self._printed = Output(self._journal.write)
        read = (Path(env["VIRTUAL_ENV"]), *bubblewrap.interpreter(), *env_vars.certificates(self._options.outer))
        return self._commands.run(
            argv,
            env=env,
            folder=self._project,
            sink=self._printed,
            seconds=seconds,
            read=(*read, *tools, *self._options.remotes),
            write=(self._tree, self._cache, self._own_home, *notes),
            network=True,
        )

    def _heard(self, argv: tuple[str, ...], env: Mapping[str, str], seconds: float) -> tuple[ProcessEnd, str]:
        """Run as `_inside` does; return the outcome and the end of what was printed."""
        return self._inside(argv, env, seconds), self._printed.text

    def _baseline(self, env: Mapping[str, str], installer: Installer) -> None:
        """Send the baseline's files that only the DVC remote has. Files that cannot be fetched are left out."""
        files = self._specification.baseline_files
        if not files:
            return
        self._fetcher.fetch(env, installer, files, "metrics and plots")
        self._pack(env, "baseline", files)
        self._put("baseline.tar")

    def _train(self, env: Mapping[str, str], result: AttemptResult) -> None:
        specification = self._specification
        made = specification.collect or specification.results
        tracer = Tracer(self._place, self._below, made, specification.script[0] == "sh", specification.anew)
        tracer.begin(Path(env["VIRTUAL_ENV"]))
        self._pulse.enter("training")
        try:
            outcome = self._watched(env, tracer)
        finally:
            result.trace = tracer.end()
        ended_well = not outcome.cut and outcome.code == 0
        # With `anew`, no earlier result stands for this run, so its result shall not stand for a later one.
        dvc_cache.keep(self._cache, self._kept, self._why_stop, runs=ended_well and not specification.anew)
        if outcome.cut:
            result.exit_code, result.timed_out = OUT_OF_TIME, True
            raise Trouble(f"Out of time: stopped after {specification.timeout:g} seconds of training.")
        if not ended_well:
            what = "The script" if specification.script[0] == "sh" else f"`{' '.join(specification.script[:3])}`"
            result.exit_code, why = failing.explained(what, outcome.code, self._journal.scrub(self._printed.text))
            raise Trouble(f"{why} {self._fetcher.why}".rstrip())

    def _watched(self, env: Mapping[str, str], tracer: Tracer) -> ProcessEnd:
        """Run the script and keep checkpoints meanwhile.

        A last one is kept at the end only where the time limit ended the script.
        """
        wanted, is_last = self._specification.checkpoints, True
        if wanted:
            self._keeper = Keeper(
                wanted,
                self._below,
                lambda: self._pack(env, "checkpoint", wanted.paths, limit=wanted.limit),
                lambda: self._client.keep(self._out / "checkpoint.tar"),
                self._journal.say,
            )
        try:
            outcome = self._inside(self._script(), env, self._specification.timeout, tracer)
            is_last = outcome.cut == "time"
            return outcome
        finally:
            keeper, self._keeper = self._keeper, None
            if keeper:
                keeper.close(is_last)

    def _why_stop(self) -> str:
        """Return why the run should stop, empty while it should not. Called a few times a second during a command."""
        if self._keeper:
            self._keeper.look()
        return self._pulse.stop

    def _resume(self, env: Mapping[str, str]) -> None:
        wanted = self._specification.checkpoints
        if wanted and wanted.size:
            archive = self._place / "checkpoint.tar"
            self._client.checkpoint(archive)
            count = checkpoints.unpack(archive, wanted, self._below)
            archive.unlink()
            record = (f"{env['VIRTUAL_ENV']}/bin/python", "-c", checkpoints.RECORD, *wanted.paths)
            if self._inside(record, env, PULLING).code != 0:
                raise Trouble("DVC would not take the checkpoint: the log shows why. `--reset` starts over.")
            self._journal.say(
                f"Going on from a checkpoint of {', '.join(wanted.paths)} ({count} file{'' if count == 1 else 's'})."
            )

    def _script(self) -> tuple[str, ...]:
        """Return the script's argv, without `--pull` where training has no remote: DVC would fail at a known result."""
        script, pulling = self._specification.script, ("dvc", "exp", "run", "--pull")
        if script[:4] == pulling and (not self._remote or self._fetcher.apart):
            return (*pulling[:3], *script[4:])
        return script

    def _send(self, env: Mapping[str, str], installer: Installer, result: AttemptResult) -> None:
        specification = self._specification
        self._pulse.enter("uploading")
        self._pack(env, "experiment", (*specification.collect, *result.trace.declares), ref=specification.ref)
        bundle = self._out / "bundle"
        if packing.size(bundle, specification.limits.bundle, "The experiment's Git bundle") is not None:
            self._put("bundle")  # first: whatever a remote does, the result is safe
            result.delivered = self._push(installer, bundle)
        self._put("experiment.tar")
        result.exit_code = 0

    def _push(self, installer: Installer, bundle: Path | None) -> PushReport:
        """Push the results to the DVC remote; without a bundle, the data that the commit's own tree names."""
        specification, options = self._specification, self._options
        if not specification.push:
            return PushReport(NONE)  # a project without DVC
        if not self._remote:
            return PushReport(NO_REMOTE)
        delivery = DataPush(
            commands=self._commands,
            specification=specification,
            remote=self._remote,
            home=self._home,
            mirror=self._mirror,
            bundle=bundle,
            cache=self._kept,
            folder=self._place / "push",
            remotes=options.remotes,
            outer=options.outer,
        )
        found = delivery.push(installer)
        return replace(found, cause=self._journal.scrub(found.cause))

    def _pack(
        self, env: Mapping[str, str], name: str, files: tuple[str, ...], ref: str = "", limit: int | None = None
    ) -> str:
        """Pack files into `out` and return what was left out, as a sentence."""
        specification = self._specification
        apart = CommandRunner(self._options.isolated, lambda: self._pulse.stop if self._keeper else "")
        return packing.pack(
            self._commands if limit is None else apart,
            self._project,
            self._out,
            {**env, "PATH": env_vars.PATH},
            name=name,
            files=files,
            limit=specification.limits.files if limit is None else limit,
            sha=specification.sha,
            ref=ref,
            tree=self._tree,
            cache=self._cache,
            brought=self._brought if ref else {},
            commit=None if specification.requirement or not ref else (specification.message, specification.results),
        )

    def _put(self, name: str) -> None:
        """Send a file. Only a bundle raises Trouble or Gone: for any other file the result is not given up."""
        try:
            self._client.put(name, self._out / name)
        except (Trouble, Gone) as error:  # where nothing more is wanted at all, the heartbeat hears that too
            if name == "bundle":
                raise
            self._journal.say(f"{name} was not sent: {error}")
