"""Lighthouse on the built book: `make lighthouse`, with Node and Chromium on the machine.

Each page is measured three times as a desktop and three times as a phone, from a server that
compresses; the medians go into results/lighthouse.json. A loaded machine lowers the scores of a
phone, whose processor Lighthouse slows down by four: the load is written down beside them.
"""

import datetime
import functools
import gzip
import http.server
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "lighthouse.json"
VERSION = "13.5.0"
RUNS = 3
PAGES = ["book/index", "book/geometry", "book/errata", "book/network"]
CATEGORIES = ["performance", "accessibility", "best-practices"]
METRICS = {
    "largest-contentful-paint": "largest paint, ms",
    "total-blocking-time": "blocked, ms",
    "interactive": "interactive, ms",
    "cumulative-layout-shift": "shift",
    "total-byte-weight": "bytes",
}
FLAGS = "--headless --no-sandbox --disable-gpu --disable-background-networking"


class Compressing(http.server.SimpleHTTPRequestHandler):
    """Serves files as a host of pages does: text compressed, everything kept for an hour."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Send a file, compressed unless it is a font or a picture."""
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            return self.send_error(404)
        body = path.read_bytes()
        self.send_response(200)
        if path.suffix in {".html", ".css", ".js", ".svg"}:
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=3600")
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def measure(address: str, form: str, folder: str) -> dict[str, float]:
    """One run of Lighthouse: the scores from 0 to 100 and the metrics behind them."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or ""
    report = Path(folder) / "report.json"
    command = ["npx", "--yes", f"lighthouse@{VERSION}", address, "--quiet", "--output=json"]
    command += [f"--output-path={report}", f"--only-categories={','.join(CATEGORIES)}"]
    command += [f"--chrome-flags={FLAGS}", *(["--preset=desktop"] if form == "desktop" else [])]
    environment = os.environ | {"CHROME_PATH": chromium}
    subprocess.run(command, check=True, env=environment, cwd=folder, capture_output=True)
    found = json.loads(report.read_text("utf8"))
    scores = {name: 100 * found["categories"][name]["score"] for name in CATEGORIES}
    metrics = {words: found["audits"][name]["numericValue"] for name, words in METRICS.items()}
    return scores | metrics


def main() -> None:
    """Measure the pages and write the medians."""
    handler = functools.partial(Compressing, directory=str(ROOT / "_build" / "html"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for page in PAGES:
            for form in ("desktop", "mobile"):
                address = f"http://127.0.0.1:{server.server_port}/{page}.html"
                runs = [measure(address, form, folder) for _ in range(RUNS)]
                medians = {
                    name: round(statistics.median(run[name] for run in runs), 3) for name in runs[0]
                }
                rows.append({"page": page, "form": form, **medians})
                print(*(f"{name} {value:g}" for name, value in medians.items()), page, form)
    server.shutdown()
    result = {
        "command": "make lighthouse",
        "date": datetime.date.today().isoformat(),
        "lighthouse": VERSION,
        "runs": RUNS,
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[1], 1),
        "rows": rows,
    }
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", "utf8")


if __name__ == "__main__":
    main()
