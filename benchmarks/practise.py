"""An exercise in the page, from Run to its verdict: `make bench-practise`, with Chromium here.

Three runs in each round: with an empty cache, in a new page with a full one, and once more in that
page. The bytes are all that a server that does not compress sent, headers too. Beside the seconds
stand those that this program and all processes of the browser computed, drawing while it waits
included. Only on a quiet machine do seconds mean anything: the load is written down beside them.
"""

import datetime
import functools
import http.server
import json
import os
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, sync_playwright

from benchmarks.report import processor
from tests.conftest import CHROMIUM_FLAGS, find_chromium

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "practise.json"
ROUNDS = 3
WAYS = ("first, empty cache", "first, full cache", "second")
CODE = """def max_pool2d(x, kernel_size, stride=None):
    stride = stride or kernel_size
    rows, columns = ((size - kernel_size) // stride + 1 for size in x.shape)
    result = np.empty((rows, columns), x.dtype)
    for i in range(rows):
        for j in range(columns):
            window = x[i * stride :, j * stride :][:kernel_size, :kernel_size]
            result[i, j] = window.max()
    return result
"""
SECOND = CODE.replace("result", "out")


class Counting(http.server.SimpleHTTPRequestHandler):
    """Serves files and counts the bytes of the answers."""

    sent = 0

    def setup(self) -> None:
        """Count what is written, whoever writes it."""
        super().setup()
        write = self.wfile.write

        def counted(data: bytes) -> int:
            Counting.sent += len(data)
            return write(data)

        self.wfile.write = counted  # type: ignore[method-assign]

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def computed(root: int) -> float:
    """The processor's seconds of all processes below one, as Linux counts them."""
    parents, ticks = {}, {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        process = int(status.parent.name)
        parents[process], ticks[process] = int(fields[1]), int(fields[11]) + int(fields[12])

    def below(process: int) -> bool:
        return process == root or (process in parents and below(parents[process]))

    return sum(ticks[process] for process in ticks if below(process)) / os.sysconf("SC_CLK_TCK")


def run(page: Page, code: str) -> dict[str, float]:
    """Run code in an exercise, up to its verdict."""
    box = page.locator("[data-exercise=max_pool2d]")
    box.get_by_role("textbox").fill(code)
    before, worked, began = Counting.sent, computed(os.getpid()), time.perf_counter()
    box.get_by_role("button", name="Run").click()
    page.wait_for_function(
        "() => document.querySelector('[data-exercise=max_pool2d] [role=status]')"
        ".textContent.startsWith('Passed')"
    )
    seconds = time.perf_counter() - began
    return {
        "bytes": Counting.sent - before,
        "seconds": seconds,
        "processor seconds": computed(os.getpid()) - worked,
    }


def one_round(context: BrowserContext, address: str) -> list[dict[str, float]]:
    """The three runs, one after another."""
    page = context.new_page()
    page.goto(address)
    cold = run(page, CODE)
    page.close()
    page = context.new_page()
    page.goto(address)
    runs = [cold, run(page, CODE), run(page, SECOND)]
    page.close()
    return runs


def main() -> None:
    """Measure, and write the medians."""
    handler = functools.partial(Counting, directory=str(ROOT / "_build" / "html"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/book/practise.html"
    rounds = []
    with sync_playwright() as playwright:
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as profile:
                context = playwright.chromium.launch_persistent_context(
                    profile, executable_path=find_chromium(), args=CHROMIUM_FLAGS
                )
                context.set_default_timeout(600_000)
                rounds.append(one_round(context, address))
                browser = context.new_page().evaluate("navigator.userAgent")
                context.close()
            print(*(f"{one['seconds']:.1f} s" for one in rounds[-1]))
    server.shutdown()
    write(rounds, browser)


def write(rounds: list[list[dict[str, float]]], browser: str) -> None:
    """Write the medians, with the machine and the day."""
    rows: list[dict[str, Any]] = [
        {"way": way, **{key: round(statistics.median(o[key] for o in runs), 2) for key in runs[0]}}
        for way, runs in zip(WAYS, zip(*rounds, strict=True), strict=True)
    ]
    result = {
        "command": "make bench-practise",
        "date": datetime.date.today().isoformat(),
        "device": processor(),
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[1], 1),
        "browser": browser,
        "rounds": ROUNDS,
        "rows": rows,
    }
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", "utf8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
