"""Tars and bundles from training machines: whatever they contain, nothing is written outside of their place,
nothing grows beyond what was sent, and each refusal is one of the promised sentences.
"""

import hashlib
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from experiments.settings.declared import Declared
from runners.agent import checkpoints
from runners.agent.checkpoints import WantedCheckpoints
from runners.agent.errors import Trouble
from runners.agent.files import Below
from services.dvc.extract.problems import ProblemList
from services.dvc.extract.results import returned
from services.dvc.extract.tree import Tree
from tests.attacks.machine.test_hands import put, state, trees
from tests.contracts.git.test_git_bundles import ALLOWED, REF, START, Bot
from tests.contracts.git.workbench import Workbench, text
from tests.fuzz.pace import tried, within
from tests.fuzz.packs import BUNDLES, Sent
from tests.fuzz.tars import damaged, tars

SECONDS = 5.0
DECLARED = ("plots", "m.json")
COMMITTED = {"plots/kept.csv": b"kept", "train.py": b"print()"}


def below(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@tried(150)
@given(tars())
def test_results_of_a_tar_are_declared_new_and_no_larger_than_it(tar: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root, outside, archive = Path(folder, "tree"), Path(folder, "outside"), Path(folder, "a.tar")
        outside.mkdir()
        for name, content in COMMITTED.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
        archive.write_bytes(tar)
        problems = ProblemList(root)
        with within(SECONDS):
            returned.unpack(Tree(root, root, problems, Declared()), archive, DECLARED)
        there = below(root)
        assert {name: there.get(name) for name in COMMITTED} == COMMITTED
        new = {name: content for name, content in there.items() if name not in COMMITTED}
        assert all(name.split("/")[0] in DECLARED for name in new)
        assert sum(map(len, new.values())) <= len(tar)
        assert not any(path.is_symlink() for path in root.rglob("*"))
        assert sorted(path.name for path in Path(folder).iterdir()) == ["a.tar", "outside", "tree"]
        assert not list(outside.iterdir())
        assert all(len(each) <= 400 for each in problems.told)


@tried(100)
@given(tars(), trees)
def test_a_checkpoint_is_put_where_outputs_are_and_nowhere_else(tar: bytes, left: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root, outside, archive = Path(folder, "tree"), Path(folder, "outside"), Path(folder, "a.tar")
        for each in (root, outside):
            each.mkdir()
        (outside / "params.yaml").write_text("theirs")
        for name, way in left:
            with suppress(OSError):
                put(root / name, way, outside)
        archive.write_bytes(tar)
        wanted = WantedCheckpoints(("plots", "model.bin"), 1, 10**9, len(tar), hashlib.sha256(tar).hexdigest())
        before, others = state(outside), {path for path in root.rglob("*") if not _is_output(root, path)}
        with within(SECONDS), suppress(Trouble):
            checkpoints.unpack(archive, wanted, Below(root))
        assert state(outside) == before
        assert {path for path in root.rglob("*") if not _is_output(root, path)} == others
        assert sum(path.lstat().st_size for path in root.rglob("*") if path.is_file() and path not in others) <= len(
            tar
        )
        assert not any(".git" in path.parts for path in root.rglob("*"))
        for path in root.rglob("*"):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o700)


def _is_output(root: Path, path: Path) -> bool:
    return path.relative_to(root).parts[0] in ("plots", "model.bin")


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Bot:
    """Yield mirrors that have the baseline."""
    place = tmp_path_factory.mktemp("bundles")
    bench = Workbench.make(place / "bench")
    root = bench.commit({"first": text()})
    made = Bot(place, root, bench.publish(bench.commit(START, root)))
    made.mirrors.fetch(bench.repository, [made.baseline])
    return made


@tried(40)
@given(BUNDLES)
def test_a_bundle_is_one_commit_on_its_baseline_or_is_refused(bot: Bot, sent: Sent) -> None:
    _verified(bot, sent.bytes(bot.baseline, REF))


@tried(40)
@given(st.data())
def test_a_damaged_bundle_is_refused_in_our_words(bot: Bot, data: st.DataObject) -> None:
    sha = bot.bench.commit({"metrics.json": text("1")}, bot.baseline)
    _verified(bot, data.draw(damaged(bot.bench.bundle((sha, REF), without=bot.baseline).read_bytes())))


def _verified(bot: Bot, bundle: bytes) -> None:
    file = bot.place / "bundle"
    file.write_bytes(bundle)
    before = bot.objects()
    try:
        found = bot.verify(file)
    except UserError as refused:
        assert str(refused).startswith("What the training machine returned was not taken: ")
        assert "\n" not in str(refused)
        assert bot.objects() == before
    else:
        assert bot.bench.git("--git-dir", str(bot.folder / "42.git"), "rev-parse", f"{found.sha}^@") == bot.baseline
        named = [each.rpartition(" (")[0] for each in found.refused]
        for path in found.changed:
            assert path in named or any(path == each or path.startswith(f"{each.rstrip('/')}/") for each in ALLOWED)
    assert sorted(path.name for path in bot.folder.iterdir()) == ["42.git", "42.lock"]
