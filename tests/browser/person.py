"""A person before a browser: opens a page, types, presses, looks, and waits until something is to be seen."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE = 240.0  # seconds, of which installing the project's environment takes the most
WIDE, PHONE = 1280, 390  # pixels

# Why a picture does not show, in the page's own words; nothing where all show.
BROKEN = "return [...document.images].filter(i => !i.complete || !i.naturalWidth).map(i => i.src)"
# Everything that sticks out to the right of the page and of every part that scrolls by itself.
OVERHANG = """
const scrolls = (e) => e && (/(auto|scroll|hidden)/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
return [...document.querySelectorAll("main *")]
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !scrolls(e.parentElement) && !scrolls(e))
  .map((e) => e.outerHTML.slice(0, 100));
"""


class Person:
    """What one sees in the page, as text; the page changes by itself meanwhile."""

    def __init__(self, browser: Chrome, home: str) -> None:
        self.browser = browser
        self.home = home

    def open(self, path: str, width: int = WIDE, scheme: str = "light") -> None:
        """At this width, in the light or dark scheme."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width == PHONE}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.browser.get(f"{self.home}{path}")

    def comment(self, text: str) -> None:
        """Type it below the conversation, and send it."""
        self.browser.find_element(By.ID, "body").send_keys(text)
        self.browser.find_element(By.CSS_SELECTOR, "#write .primary").click()

    def press(self, label: str) -> None:
        """A button of a check."""
        xpath = f"//*[@id='checks']//button[normalize-space()='{label}']"
        self.browser.find_element(By.XPATH, xpath).click()

    def sees(self, selector: str) -> list[str]:
        """The text of all parts of the page."""
        script = "return [...document.querySelectorAll(arguments[0])].map((part) => part.innerText)"
        return list(self.browser.execute_script(script, selector))

    def waits(self, what: str, until: Callable[[], Any]) -> None:
        """Until it is so; else the test ends with what is to be seen instead."""
        WebDriverWait(self.browser, PATIENCE).until(lambda _: until(), f"{what}:\n{self.browser.page_source[-6000:]}")

    def asks(self, script: str) -> Any:
        """The answer of a script in the page."""
        return self.browser.execute_script(script)

    def complaints(self) -> list[str]:
        """What the browser's console says is wrong: blocked, missing, or thrown."""
        entries = self.browser.get_log("browser")  # type: ignore[no-untyped-call]  # Selenium has no types there
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def picture(self, file: Path) -> None:
        """The whole page as a PNG."""
        size = self.asks("return [innerWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}
        asked = {"format": "png", "captureBeyondViewport": True, "clip": clip}
        file.write_bytes(base64.b64decode(self.browser.execute_cdp_cmd("Page.captureScreenshot", asked)["data"]))
