"""Someone who reads, with a keyboard alone, in any browser."""

import time
from collections.abc import Callable
from typing import Any

from .driving import PATIENCE, Driver

# All is there: components, fonts, and two frames in which whatever moves has moved.
SETTLED = """async () => {
  const later = [...document.querySelectorAll(":not(:defined)")];
  await Promise.all(later.map((element) => customElements.whenDefined(element.localName)));
  await document.fonts.ready;
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
}"""
# The name of what has the focus, and where it stands.
FOCUSED = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  const label = element?.labels?.[0];
  const text = (label?.querySelector("span") ?? label ?? element)?.textContent;
  return (element?.getAttribute("aria-label") ?? text ?? "").trim();
}"""
# The text of all elements that match, within the shadow of a component too.
TEXTS = """(selector) => {
  const roots = [document, ...[...document.querySelectorAll("*")].map((e) => e.shadowRoot)];
  return roots.filter(Boolean).flatMap((root) => [...root.querySelectorAll(selector)])
    .filter((e) => e.checkVisibility()).map((e) => e.textContent.replace(/\\s+/g, " ").trim());
}"""


class Reader:
    """Someone who opens pages, presses keys and looks at what is there."""

    def __init__(self, driver: Driver, site: str) -> None:
        self.driver, self.site = driver, site
        self.press, self.write, self.run = driver.press, driver.write, driver.run
        self.opened = False

    def open(self, page: str) -> None:
        """Open a page of the site and wait until all of it is there."""
        if self.opened:
            assert not self.errors()
        self.driver.open(f"{self.site}/{page}")
        self.run(SETTLED)
        self.opened = True

    def errors(self) -> list[str]:
        """What the page that is open has reported."""
        return self.run("() => self.heard ?? ['no recorder']") if self.opened else []

    def focused(self) -> str:
        """The name of what has the focus."""
        return self.run(FOCUSED)

    def from_the_top(self) -> None:
        """Start anew before the first control. Tab beyond the last one would leave the page, and
        Firefox without a screen does not come back as it was."""
        self.run("() => { document.body.tabIndex = -1; document.body.focus(); }")

    def tab_to(self, name: str, most: int = 60, key: str = "Tab") -> None:
        """Press Tab until a control of that name has the focus, as far as a person would."""
        for _ in range(most):
            self.press(key)
            if self.focused() == name:
                return
        raise AssertionError(f"{key} does not reach {name!r}")

    def texts(self, selector: str) -> list[str]:
        """What stands in the elements that match and can be seen."""
        return self.run(TEXTS, selector)

    def sees(self, selector: str, text: str, seconds: float = PATIENCE) -> None:
        """Wait until an element that matches holds a text."""
        self.wait(
            lambda: any(text in found for found in self.texts(selector)),
            lambda: f"{text!r} is not in {self.texts(selector)}",
            seconds,
        )

    def wait(
        self, holds: Callable[[], Any], words: Callable[[], str], seconds: float = PATIENCE
    ) -> None:
        """Wait until something holds; `words` say what does not."""
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, words()
            time.sleep(0.05)
