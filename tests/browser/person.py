"""Act as a person at a browser: open a page, type, press, look, and wait until something is shown."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE = 240.0  # seconds, of which installing the project's environment takes the most
WIDE, PHONE = 1280, 390  # pixels

# Why a picture is not shown, in the page's own words; empty where all are shown.
BROKEN = "return [...document.images].filter(i => !i.complete || !i.naturalWidth).map(i => i.src)"
# Everything that overflows the page, or a part that scrolls by itself, to the right.
OVERHANG = """
const scrolls = (e) => e && (/(auto|scroll|hidden)/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
return [...document.querySelectorAll("main *")]
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !scrolls(e.parentElement) && !scrolls(e))
  .map((e) => e.outerHTML.slice(0, 100));
"""


class Person:
    """See the page as text; it changes by itself."""

    def __init__(self, browser: Chrome, home: str) -> None:
        self.browser = browser
        self.home = home

    def open(self, path: str, width: int = WIDE, scheme: str = "light") -> None:
        """Open a page at this width, in the light or dark scheme."""
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
        """Press a button of a check."""
        xpath = f"//*[@id='checks']//button[normalize-space()='{label}']"
        self.browser.find_element(By.XPATH, xpath).click()

    def sees(self, selector: str) -> list[str]:
        """Return the text of all matching parts of the page."""
        script = "return [...document.querySelectorAll(arguments[0])].map((part) => part.innerText)"
        return list(self.browser.execute_script(script, selector))

    def waits(self, what: str, until: Callable[[], Any]) -> None:
        """Wait until the condition holds; otherwise fail with what is shown instead."""
        WebDriverWait(self.browser, PATIENCE).until(lambda _: until(), f"{what}:\n{self.browser.page_source[-6000:]}")

    def asks(self, script: str) -> Any:
        """Return the answer of a script in the page."""
        return self.browser.execute_script(script)

    def complaints(self) -> list[str]:
        """Return what the browser's console reports: blocked, missing, or thrown."""
        entries = self.browser.get_log("browser")  # type: ignore[no-untyped-call]  # Selenium has no types there
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def picture(self, file: Path) -> None:
        """Save the whole page as a PNG."""
        size = self.asks("return [innerWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}
        asked = {"format": "png", "captureBeyondViewport": True, "clip": clip}
        file.write_bytes(base64.b64decode(self.browser.execute_cdp_cmd("Page.captureScreenshot", asked)["data"]))
