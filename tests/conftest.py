"""Fixtures that more than one part of the tests needs: a real browser and a local web server."""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest
from hypothesis import Phase, settings

from pooledu.checks import registry

# The same examples in every run, so that a change is judged by what it changed. New ones are
# looked for with HYPOTHESIS_PROFILE=explore; what they find becomes a test or a mended one.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.register_profile("fuzz", max_examples=100, deadline=None)
settings.register_profile("found", derandomize=True, deadline=None, phases=[Phase.generate])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

CHROMIUM_FLAGS = [
    "--no-sandbox",  # tests run as root in containers; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 60_000  # milliseconds until a browser that does not answer fails: no measure of speed


def find_chromium() -> str | None:
    """The Chromium or Chrome on this machine, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


@functools.cache
def what_is_missing() -> str | None:
    """Why no page can be opened on this machine, and what to install; None if one can."""
    if find_chromium() is None:
        return "no browser: there is no Chromium (Debian, Ubuntu: apt-get install chromium)"
    command = [sys.executable, "-m", "playwright", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return (
            f"no browser: Playwright cannot start, {done.stderr.strip()[-200:]!r} "
            "(Debian, Ubuntu: apt-get install libatomic1)"
        )
    return None


@pytest.fixture(scope="module", autouse=True)
def exercises_of_one_module() -> Iterator[None]:
    """What a module's tests register, or a course that they read, is forgotten after it."""
    registry.exercise_names()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "_REGISTERED", dict(registry._REGISTERED))
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Slow files first, so that no worker is left with one of them at the end.
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    opening = [item for item in items if item.get_closest_marker("browser")]
    if opening and what_is_missing() and not os.environ.get("CI"):
        for item in opening:
            item.add_marker(pytest.mark.skip(reason=what_is_missing()))


def pytest_terminal_summary(terminalreporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    for name in ("Chromium", "Firefox", "WebKitGTK"):
        words = [str(report.longrepr) for report in skipped]
        reasons = [word for word in words if f"{name} WAS NOT SEEN" in word]
        if reasons:
            terminalreporter.section(f"{len(reasons)} TESTS DID NOT SEE {name.upper()}", sep="!")
            terminalreporter.write_line(reasons[0])
    reasons = [report.longrepr[-1] for report in skipped if isinstance(report.longrepr, tuple)]
    unseen = [reason for reason in reasons if "no browser:" in reason]
    if unseen:
        terminalreporter.section("BROWSER TESTS WERE SKIPPED", sep="!", red=True, bold=True)
        terminalreporter.write_line(f"{len(unseen)} tests open pages. {unseen[0]}")


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    assert not what_is_missing(), what_is_missing()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    """A fresh page; the test fails if the page logs an error or asks another host for anything."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(f"exception: {error}"))
    page.on(
        "console",
        lambda message: (
            errors.append(f"console: {message.text}") if message.type == "error" else None
        ),
    )
    page.on(
        "request",
        lambda request: (
            errors.append(f"request to another host: {request.url}")
            if urlparse(request.url).hostname not in (None, "", "localhost", "127.0.0.1")
            else None
        ),
    )
    yield page
    context.close()
    assert not errors, "\n".join(errors)


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """`serve(folder)` serves a folder on localhost and returns its address."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(folder: Path) -> str:
        handler = functools.partial(_QuietHandler, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
