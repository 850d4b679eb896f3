"""Use a real cluster as a backend: files that a test's script writes there are copied here, through its log."""

import base64
import re
import shlex
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.ports.engines import Engine, Machine, Order
from experiments.fleet.runners import Kubernetes
from experiments.placement import Placement
from runners.kubernetes.engine import KubernetesEngine

_LINE = re.compile(r"^@file (\S+) (\S*)$", re.MULTILINE)
# The script as it is, and beside it a loop that prints each changed file. After SIGTERM it stays for a
# moment, as a pod's log is gone with the pod.
_AROUND = """\
#!/bin/sh
folder={folder}
mkdir -p "$folder" "$HOME/seen"
printf %s {script} | base64 -d > "$HOME/script"
show() {{
    for file in "$folder"/*; do
        [ -f "$file" ] || continue
        cmp -s "$file" "$HOME/seen/${{file##*/}}" && continue
        cp "$file" "$HOME/seen/${{file##*/}}"
        echo "@file $file $(base64 < "$file" | tr -d '\\n')"
    done
}}
stay=0
sh "$HOME/script" & inner=$!
trap 'kill -TERM $inner; stay=3' TERM
while kill -0 $inner 2> /dev/null; do show; sleep 0.2; done
show
wait $inner
code=$?
sleep $stay
exit $code
"""


class _Bridged(KubernetesEngine):
    def __init__(self, runner: Kubernetes, owner: str, kubeconfig: str, folder: Path) -> None:
        super().__init__(runner, owner, kubeconfig)
        self.folder = folder
        self.launched: list[Machine] = []

    def launch(self, order: Order) -> Machine:
        script = base64.b64encode(order.script.encode()).decode()
        around = _AROUND.format(folder=shlex.quote(str(self.folder)), script=script)
        self.launched.append(super().launch(replace(order, script=around)))
        return self.launched[-1]

    def status(self, machine: Machine) -> Machine:
        seen = super().status(machine)
        self.bring(machine)
        return seen

    def bring(self, machine: Machine) -> None:
        """Copy what the machine wrote, as far as its log is there."""
        for path, data in _LINE.findall(self.logs(machine)):
            if Path(path).parent == self.folder:
                Path(path).write_bytes(base64.b64decode(data))


@dataclass
class RealBackend:
    """Use the cluster of a kubeconfig, in one namespace."""

    kubeconfig: str
    runner: Kubernetes
    folder: Path
    place: Placement
    shortest: int = 2
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = self.bridged = self.of("tests")

    def of(self, owner: str) -> _Bridged:
        return _Bridged(self.runner, owner, self.kubeconfig, self.folder)

    def advance(self) -> None:
        """Copy what all machines wrote."""
        for machine in self.bridged.launched:
            self.bridged.bring(machine)
