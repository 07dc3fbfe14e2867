"""Make .venv, or add to it what the next step needs: `environment.py STEP [--gpu 0|1]`.

Make calls this with the Python that it was told to use. A step (try, course, test) installs the
exact files of its lock; what is there already stays. PyTorch comes without CUDA unless there is an
NVIDIA device: on Linux that is a fifth of the size.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ROOT / "locks"
HOME = ROOT / ".venv"
PYTHON = HOME / "bin" / "python"
MEASURED = ROOT / "benchmarks" / "results" / "setup.json"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
SIZE = re.compile(r"Downloading .*\(([\d.]+) (bytes|kB|MB|GB)\)")
UNITS = {"bytes": 1e-6, "kB": 1e-3, "MB": 1, "GB": 1e3}
ELSEWHERE = """# Written by scripts/environment.py.
import sys
from pathlib import Path

if not Path("nbgrader_config.py").exists():
    print(
        "There is no course in this folder (no nbgrader_config.py), so nbgrader knows nothing of "
        "its problem sets. Go to your course first; this copy's is there: cd {folder}",
        file=sys.stderr,
    )
"""
STEPS = ["try", "course", "test"]  # each contains the one before


def wanted(step: str) -> str:
    """One word for all that decides what a step installs."""
    state = hashlib.sha256()
    for path in (LOCKS / f"{step}.lock", *LOCKS.glob("torch-*.lock"), ROOT / "pyproject.toml"):
        state.update(path.read_bytes())
    return state.hexdigest()


def is_ready(step: str) -> bool:
    """Is what the step needs installed, in a Python that still runs?"""
    stamps = (HOME / f"ready-{word}" for word in STEPS[STEPS.index(step) :])
    words = STEPS[STEPS.index(step) :]
    return same_python() and any(
        stamp.exists() and stamp.read_text("utf8") == wanted(word)
        for stamp, word in zip(stamps, words, strict=True)
    )


def same_python() -> bool:
    """Does .venv hold a Python that runs, of the version that was asked for?"""
    ask = [PYTHON, "-c", "import sys; print(*sys.version_info[:3])"]
    try:
        answer = subprocess.run(ask, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return False
    return answer.split() == [str(part) for part in sys.version_info[:3]]


def wants_cuda(gpu: str) -> bool:
    """Should PyTorch be the build with CUDA? As told, or as the machine is."""
    if gpu:
        return gpu != "0"
    return any(Path(path).exists() for path in ("/proc/driver/nvidia/version", "/dev/nvidiactl"))


def reaches(address: str, seconds: float = 5) -> bool:
    """Does an address answer at once? One quick try, name look-up included."""
    answers = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(address, timeout=seconds) as answer:
                answers.append(answer.status == 200)
        except OSError:
            answers.append(False)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return answers == [True]


def pip(words: list[str | Path], total: int = 0, quiet: bool = False) -> bool:
    """Run pip and count the packages that it has found, on one line; say whether it succeeded.

    Unless `quiet`, what it said of a failure is printed.
    """
    # A lock holds all that is needed, so there is nothing to resolve.
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-deps", *words]
    count, loaded, lines = 0, 0.0, []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf8"
    ) as process:
        for line in process.stdout:
            lines.append(line)
            if found := re.match(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)", line):
                count += 1
                show(f"  {count} of {max(count, total)}: {found[1]}")
            elif found := SIZE.search(line):
                loaded += float(found[1]) * UNITS[found[2]]
            elif found := re.match(r"Processing (/.*\.whl)$", line):
                loaded += Path(found[1]).stat().st_size / 1e6
            elif line.startswith("Installing collected packages"):
                show("  all files are here; installing them")
    show("")
    if loaded:
        print(f"  loaded {loaded:.0f} MB", flush=True)
    if process.returncode and not quiet:
        print("".join(lines[-15:]), file=sys.stderr)
    return process.returncode == 0


def show(text: str) -> None:
    """Show where the work stands, in place, if somebody is looking."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print(f"\r{text[:width]:{width}}", end="\n" if not text else "", flush=True)


def entries(lock: Path) -> int:
    """How many packages a lock has."""
    return len(re.findall(r"^[\w.-]+==", lock.read_text("utf8"), re.MULTILINE))


def announcement(step: str, build: str) -> str:
    """What will be loaded, with the size and the time that were measured last."""
    rows = json.loads(MEASURED.read_text("utf8"))["steps"] if MEASURED.exists() else []
    measured = [row for row in rows if row["step"] == step and row["torch"] == build]
    text = f"Installing what `make {step}` needs into .venv"
    if step != "try":
        text += f", with PyTorch for {'CUDA' if build == 'cuda' else 'processors (no GPU)'}"
    if not measured:
        return text + " ..."
    row = measured[0]
    return (
        f"{text}: {row['download_mb']} MB to load if nothing is cached, {row['disk_mb']} MB on "
        f"disk, {row['seconds']} s when it was measured ({row['machine']}) ..."
    )


def install_torch(cuda: bool) -> None:
    """Install PyTorch, without CUDA where it is not needed and the smaller build can be had."""
    if not cuda:
        extra = []
        if sys.platform == "linux" and reaches(f"{CPU_INDEX}/torch/"):
            extra = ["--extra-index-url", CPU_INDEX]
        lock = LOCKS / "torch-cpu.lock"
        if pip(["--require-hashes", "--requirement", lock, *extra], quiet=True):
            return
        print(
            f"PyTorch without CUDA is at {CPU_INDEX}, which cannot be reached from here. "
            "Installing the build with CUDA instead: about 3.6 GB more.",
            flush=True,
        )
    lock = LOCKS / "torch-cuda.lock"
    if not pip(["--require-hashes", "--requirement", lock], entries(lock)):
        sys.exit("PyTorch could not be installed; what pip said stands above.")


def torch_is_there(cuda: bool) -> bool:
    """Is PyTorch installed already, in the build that is wanted or a larger one?"""
    ask = "import importlib.metadata as m; print(m.version('torch'))"
    answer = subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True, check=False)
    version = re.search(r"^torch==([\d.]+)", (LOCKS / "torch-cuda.lock").read_text("utf8"), re.M)[1]
    found = answer.stdout.strip()
    return found == version or (found == f"{version}+cpu" and not cuda)


def tell_nbgrader() -> None:
    """Have nbgrader say what to do in a folder that is no course; it reads this file everywhere."""
    path = HOME / "etc" / "jupyter" / "nbgrader_config.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(ELSEWHERE.format(folder=shlex.quote(str(ROOT))), "utf8")


def install(step: str, cuda: bool) -> None:
    """Install what a step needs, and note that it is there."""
    if not same_python():
        if HOME.exists():
            print(".venv holds another Python (or none that runs): it is made anew.")
            shutil.rmtree(HOME)
        subprocess.run([sys.executable, "-m", "venv", HOME], check=True)
    print(announcement(step, "cuda" if cuda else "cpu"), flush=True)
    lock = LOCKS / f"{step}.lock"
    if not pip(["--require-hashes", "--requirement", lock], entries(lock)):
        sys.exit(
            f"The packages of locks/{step}.lock could not be installed on Python "
            f"{platform.python_version()}; what pip said stands above. The locks are for "
            "Python 3.11 to 3.14 on Linux (x86-64, aarch64) and macOS 14 or newer (arm64)."
        )
    if step != "try" and not torch_is_there(cuda):
        install_torch(cuda)
    if not pip(["--quiet", "--no-build-isolation", "--editable", ROOT]):
        sys.exit("The package pooledu could not be installed; what pip said stands above.")
    tell_nbgrader()
    (HOME / f"ready-{step}").write_text(wanted(step), "utf8")


def main() -> None:
    """Bring .venv to the state that a step needs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("--gpu", default="", help="1: PyTorch with CUDA; 0: without")
    options = parser.parse_args()
    cuda = wants_cuda(options.gpu)
    if is_ready(options.step) and (options.step == "try" or torch_is_there(cuda)):
        return
    try:
        install(options.step, cuda)
    except KeyboardInterrupt:
        sys.exit("\nStopped. Run the same command again: what is installed already stays.")


if __name__ == "__main__":
    os.environ.setdefault("PIP_NO_INPUT", "1")
    main()
