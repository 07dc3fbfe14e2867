"""A site that hears what goes wrong in a page and who is asked for what, in three browsers."""

import functools
import http.server
import itertools
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.book.conftest import SITE, runtime  # noqa: F401 a fixture
from tests.conftest import what_is_missing

from .driving import Chromium, Driver, Firefox, MissingError, WebKit
from .reader import Reader

RECORDER = """
self.heard = [];
addEventListener("error", ({ message, target, filename, lineno }) =>
  heard.push(`error: ${message ?? target.outerHTML} ${filename ?? ""}:${lineno ?? ""}`), true);
addEventListener("unhandledrejection", ({ reason }) => heard.push(`rejected: ${reason}`));
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  heard.push(`policy: ${violatedDirective} ${blockedURI}`));
const complain = console.error;
console.error = (...words) => {
  heard.push(`console: ${words.join(" ")}`);
  complain(...words);
};
"""


class Site(http.server.ThreadingHTTPServer):
    """The built site, which is its browsers' proxy too. Each page has a first script that hears
    its errors."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder)))
        self.place = f"127.0.0.1:{self.server_port}"
        self.address = f"http://{self.place}"
        self.folders = itertools.count()
        self.forget()

    def anew(self) -> str:
        """A folder under which the site is one that no browser has seen: nothing of it is kept."""
        return f"new-{next(self.folders)}"

    def forget(self) -> None:
        """Start to listen anew."""
        self.asked: list[str] = []  # paths of this site
        self.missed: list[str] = []  # what is not there, and all of another host
        # Of files whose paths end so: their policy, and what says, when half of a file is sent,
        # whether the rest follows.
        self.policies: dict[str, str] = {}
        self.halfway: dict[str, Callable[[], bool]] = {}

    def hear(self, url: str) -> None:
        """Note what is asked of another host."""
        if urlsplit(url).netloc not in ("", self.place):
            self.missed.append(url)


class _Handler(http.server.SimpleHTTPRequestHandler):
    server: Site

    def do_CONNECT(self) -> None:
        self.send_error(502)

    def do_GET(self) -> None:
        there = urlsplit(self.path)
        if there.netloc not in ("", self.server.place):
            self.send_error(502)  # as a proxy it goes nowhere
            return
        self.path = re.sub("^/new-[0-9]+/", "/", there.path)
        self.server.asked.append(self.path)
        file = Path(self.translate_path(self.path))
        if self.path == "/recorder.js":
            self.answer(RECORDER, "text/javascript")
        elif file.suffix == ".html" and file.is_file():
            page = file.read_text("utf8")
            script = '<head><script src="/recorder.js"></script>'
            self.answer(page.replace("<head>", script, 1), "text/html; charset=utf-8")
        elif goes_on := self.of_this_file(self.server.halfway):
            self.send_halves(file.read_bytes(), goes_on)
        else:
            super().do_GET()

    def of_this_file(self, choices: dict[str, Any]) -> Any:
        """What is chosen for the file that is asked for."""
        return next((what for end, what in choices.items() if self.path.endswith(end)), None)

    def send_halves(self, data: bytes, goes_on: Callable[[], bool]) -> None:
        """Send half of a file, and perhaps the other one."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        middle = len(data) // 2
        self.wfile.write(data[:middle])
        self.wfile.flush()
        if goes_on():
            self.wfile.write(data[middle:])

    def end_headers(self) -> None:
        if policy := self.of_this_file(self.server.policies):
            self.send_header("Content-Security-Policy", policy)
        super().end_headers()

    def answer(self, text: str, kind: str) -> None:
        """Send a text."""
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def send_error(self, code: int, *words: str | None) -> None:  # type: ignore[override]
        # WebKitGTK speaks to the proxy in TLS when the page asks for https.
        self.server.missed.append(f"{code} {getattr(self, 'path', 'an encrypted request')}")
        super().send_error(code, *words)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The built site."""
    server = Site(SITE)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="session", params=["Chromium", "Firefox", "WebKitGTK"])
def driver(request: pytest.FixtureRequest, site: Site) -> Iterator[Driver]:
    """Each browser, or a loud word that it is not there."""
    try:
        if request.param == "Chromium":
            if why := what_is_missing():
                raise MissingError(why)
            driver = Chromium(site.hear, request.getfixturevalue("browser"))
        elif request.param == "Firefox":
            driver = Firefox(site.hear)
        else:
            driver = WebKit(site.place)
    except MissingError as reason:
        pytest.skip(f"{request.param} WAS NOT SEEN: {reason}")
    yield driver
    driver.close()


@pytest.fixture
def reader(driver: Driver, site: Site) -> Iterator[Reader]:
    """Someone at the keyboard; the test fails if a page reports an error, misses a file of the
    site or asks another host for anything."""
    site.forget()
    reader = Reader(driver, site.address)
    yield reader
    errors = reader.errors() + site.missed
    assert not errors, "\n".join(errors)
