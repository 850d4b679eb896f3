"""With FUZZ_MINUTES, each property is tried round after round until the minutes of its file are over."""

from collections import Counter

import pytest

from tests.conversations.conftest import snapshots
from tests.fuzz.pace import MINUTES, rounds

__all__ = ["snapshots"]

_SHARES = pytest.StashKey[float]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Divide the minutes of a file among its properties; plain tests take none of them."""
    here = [item for item in items if _is_property(item)]
    files = Counter(item.path for item in here)
    for item in here:
        item.stash[_SHARES] = MINUTES * 60 / files[item.path]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Try one property as often as its share allows. Its fixtures are made once."""
    if not MINUTES or _SHARES not in pyfuncitem.stash:
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    for _ in rounds(pyfuncitem.stash[_SHARES]):
        pyfuncitem.obj(**arguments)
    return True


def _is_property(item: pytest.Item) -> bool:
    return item.path.parent.name == "fuzz" and hasattr(getattr(item, "obj", None), "hypothesis")
