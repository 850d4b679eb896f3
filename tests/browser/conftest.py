"""The whole installation as programs on this machine, and Debian's Chromium as its user."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from demo import stage
from demo.folder import Folder
from demo.hub import REPOSITORY, Hub
from demo.ports import free_port
from demo.processes import Processes
from demo.redis import running_redis
from demo.seed import run
from tests.browser import project
from tests.browser.person import Person

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


@dataclass(frozen=True)
class Place:
    """Hold a running installation."""

    hub: Hub
    away: Path  # while it exists, training fails

    def open_pull(self, branch: str) -> str:
        """Open a pull request, and return the path of its page."""
        number = self.hub.open_pull(branch, f"Tune it {branch}", "Does it learn faster?", by="ada")
        return f"/{REPOSITORY}/pull/{number}"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Yield Redis, the local GitHub and the processes of the Procfile, for all tests of a file."""
    folder = Folder(tmp_path_factory.mktemp("installation"))
    folder.begin_anew()
    folder.remote.mkdir()
    with ExitStack() as stack:
        redis = stack.enter_context(running_redis(folder.redis, {"PATH": os.environ["PATH"]}))
        processes = stack.enter_context(Processes(folder.logs))
        built = stage.build(folder, free_port(), redis, processes, os.environ)
        away = folder.remote / "away"
        project.make(folder.kept / "project", away, built.env)
        push = ["git", "push", "--quiet", built.hub.clone_url, "main", *project.BRANCHES]
        built.wait()
        run(push, folder.kept / "project", {**built.env, **built.hub.credential("ada")})
        yield Place(built.hub, away)
        processes.check()


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    """Yield a browser without a window."""
    if not (CHROMIUM and DRIVER):
        pytest.skip(
            "the pages were not tried in a real browser: install Debian's packages chromium and chromium-driver"
        )
    options = ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in ("--headless=new", "--hide-scrollbars", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium's own does not work for root
    driver = Chrome(options, Service(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def person(browser: Chrome, place: Place) -> Person:
    """Return a person who looks at the installation's pages."""
    return Person(browser, place.hub.url)
