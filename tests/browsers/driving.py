"""One way to drive three browsers: Chromium with Playwright, Firefox and WebKitGTK with what these
bring themselves, WebDriver's two protocols. Whoever drives has a keyboard, and scripts to look."""

import json
import re
import shutil
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser
from selenium import webdriver
from selenium.webdriver.webkitgtk.service import Service
from websocket import create_connection

# https://www.w3.org/TR/webdriver2/#keyboard-actions
KEYS = {
    "Backspace": "\ue003", "Tab": "\ue004", "Enter": "\ue007", "Shift": "\ue008",
    "Control": "\ue009", "Escape": "\ue00c", "Space": " ", "End": "\ue010", "Home": "\ue011",
    "ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015",
}  # fmt: skip
NAMES = {code: name for name, code in KEYS.items()}
PATIENCE = 300  # seconds until a browser that does not answer fails: no measure of speed


class MissingError(Exception):
    """The browser is not on this machine; its text says what to install."""


def needed(name: str, package: str) -> str:
    """A program of this machine."""
    found = shutil.which(name)
    if not found:
        raise MissingError(f"no {name} on this machine (Debian: apt-get install {package})")
    return found


class Driver(ABC):
    """A browser with one page.

    `hear` is told the address of every request of the page and of its workers, not of what a
    browser asks on its own account. WebKitGTK tells nobody: it gets `proxy`, which has to hear.
    `keeps`: whether it keeps the files of a site for the next page.
    """

    keeps = True

    @abstractmethod
    def open(self, url: str) -> None:
        """Go to an address and wait until it is loaded."""

    @abstractmethod
    def run(self, function: str, *given: Any) -> Any:
        """Call a function of JavaScript in the page; what it promises is waited for."""

    @abstractmethod
    def send(self, actions: list[dict[str, str]]) -> None:
        """Press and release keys, as WebDriver writes it down."""

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """Give the page another size."""

    @abstractmethod
    def close(self) -> None:
        """End the browser."""

    def press(self, *chords: str) -> None:
        """Press keys one after another: "Tab", "Control+a"."""
        for chord in chords:
            keys = [KEYS.get(key, key) for key in chord.split("+")]
            down = [{"type": "keyDown", "value": key} for key in keys]
            self.send(down + [{"type": "keyUp", "value": key} for key in reversed(keys)])

    def write(self, text: str) -> None:
        """Type a text, letter by letter."""
        letters = [KEYS["Enter"] if letter == "\n" else letter for letter in text]
        self.send([
            {"type": kind, "value": letter} for letter in letters for kind in ("keyDown", "keyUp")
        ])  # fmt: skip


class Chromium(Driver):
    """Chromium, or Chrome, as in the other tests."""

    def __init__(self, hear: Callable[[str], None], browser: Browser) -> None:
        self.page = browser.new_page()
        self.page.on("request", lambda request: hear(request.url))
        self.page.set_default_timeout(1000 * PATIENCE)

    def open(self, url: str) -> None:
        self.page.goto(url)

    def run(self, function: str, *given: Any) -> Any:
        return self.page.evaluate(f"(given) => ({function})(...given)", list(given))

    def send(self, actions: list[dict[str, str]]) -> None:
        for action in actions:
            key = NAMES.get(action["value"], action["value"])
            move = getattr(self.page.keyboard, "down" if action["type"] == "keyDown" else "up")
            move(key)

    def resize(self, width: int, height: int) -> None:
        self.page.set_viewport_size({"width": width, "height": height})

    def close(self) -> None:
        self.page.close()


class Firefox(Driver):
    """Firefox through WebDriver BiDi, which it speaks itself: https://www.w3.org/TR/webdriver-bidi"""

    def __init__(self, hear: Callable[[str], None]) -> None:
        executable = shutil.which("firefox-esr") or needed("firefox", "firefox-esr")
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        command = [executable, "--headless", "--no-remote", "--profile", self.profile.name]
        log = Path(self.profile.name, "log")  # a pipe that nobody reads would fill and stop it
        with log.open("w") as told:
            self.process = subprocess.Popen(
                [*command, "--remote-debugging-port", "0"], stdout=told, stderr=told
            )
        address = ""
        while not address:
            assert self.process.poll() is None, log.read_text("utf8")
            time.sleep(0.1)
            address = "".join(re.findall(r"listening on (ws://\S+)\n", log.read_text("utf8")))
        self.socket = create_connection(
            f"{address}/session", timeout=PATIENCE, suppress_origin=True
        )
        self.count = 0
        self.hear = hear
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["network.beforeRequestSent"])
        self.page = self.ask("browsingContext.create", type="tab")["context"]

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": params}))
        answer: dict[str, Any] = {}
        while answer.get("id") != self.count:
            answer = json.loads(self.socket.recv())
            if answer["type"] == "event" and answer["params"]["context"]:
                self.hear(answer["params"]["request"]["url"])
        assert answer["type"] == "success", answer
        return answer["result"]

    def open(self, url: str) -> None:
        self.ask("browsingContext.navigate", context=self.page, url=url, wait="complete")

    def run(self, function: str, *given: Any) -> Any:
        answer = self.ask(
            "script.callFunction",
            functionDeclaration=f"async (given) => "
            f"JSON.stringify(await ({function})(...JSON.parse(given)) ?? null)",
            arguments=[{"type": "string", "value": json.dumps(given)}],
            target={"context": self.page},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    def send(self, actions: list[dict[str, str]]) -> None:
        keyboard = [{"type": "key", "id": "keyboard", "actions": actions}]
        self.ask("input.performActions", context=self.page, actions=keyboard)

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height}
        self.ask("browsingContext.setViewport", context=self.page, viewport=size)

    def close(self) -> None:
        self.socket.close()
        self.process.terminate()
        self.process.wait()
        self.profile.cleanup()


class WebKit(Driver):
    """WebKitGTK's small browser; it needs a screen, perhaps Xvfb's. Driven, it keeps no file."""

    keeps = False

    def __init__(self, proxy: str) -> None:
        service = Service(needed("WebKitWebDriver", "webkit2gtk-driver"))
        xvfb = needed("Xvfb", "xvfb")
        self.display = subprocess.Popen(
            [xvfb, "-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        service.env = {**service.env, "DISPLAY": f":{self.display.stdout.readline().strip()}"}
        options = webdriver.WebKitGTKOptions()
        options.binary_location = str(next(Path("/usr").glob("lib*/**/MiniBrowser")))
        options.add_argument("--automation")
        through = {"proxyType": "manual", "httpProxy": proxy, "sslProxy": proxy}
        options.set_capability("proxy", through)
        self.driver = webdriver.WebKitGTK(options=options, service=service)
        self.driver.set_script_timeout(PATIENCE)

    def open(self, url: str) -> None:
        self.driver.get(url)

    def run(self, function: str, *given: Any) -> Any:
        answer = self.driver.execute_async_script(
            "const [text, done] = arguments;"
            f"Promise.resolve().then(() => ({function})(...JSON.parse(text)))"
            ".then((value) => done({ value }), (error) => done({ error: String(error) }));",
            json.dumps(given),
        )
        assert "error" not in answer, answer["error"]
        return answer.get("value")

    def send(self, actions: list[dict[str, str]]) -> None:
        keyboard = [{"type": "key", "id": "keyboard", "actions": actions}]
        self.driver.execute("actions", {"actions": keyboard})

    def resize(self, width: int, height: int) -> None:
        self.driver.set_window_size(width, height)

    def close(self) -> None:
        self.driver.quit()
        self.display.terminate()
        self.display.communicate()
