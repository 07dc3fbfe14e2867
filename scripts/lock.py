"""Write the lock files, or see whether they can be installed on every machine that is promised.

    python scripts/lock.py [--upgrade]    write locks/*.lock
    python scripts/lock.py --check        resolve them for each Python and system

What is installed is one list of exact versions with the hashes of their files. `try.lock` is part
of `course.lock`, which is part of `test.lock`; PyTorch has two builds with other hashes, one of
which is installed beside them. uv resolves for all Pythons and systems at once and keeps what
differs between them as markers; without --upgrade, versions stay as they are where they can.
"""

from __future__ import annotations

import argparse
import html
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import urllib.request
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ROOT / "locks"
UV = Path(sysconfig.get_path("scripts"), "uv")
CPU_INDEX = "https://download.pytorch.org/whl/cpu"

# What each step of the way installs, in extras of pyproject.toml.
EXTRAS = {
    "try": ["lab"],
    "course": ["notebook", "grading", "book"],
    "test": [
        "notebook",
        "grading",
        "book",
        "cluster",
        "postgresql",
        "frameworks",
        "photographs",
        "experiments",
        "pdf",
        "dev",
    ],
}
# The oldest Python that is promised is Debian 12's.
PYTHONS = ["3.11.2", "3.12", "3.13", "3.14"]
SYSTEMS = {
    "x86_64-manylinux_2_28": "Linux x86-64",
    "aarch64-manylinux_2_28": "Linux aarch64",
    "aarch64-apple-darwin": "macOS arm64",
}
INSTALLED = [["try.lock"], ["course.lock", "torch-cuda.lock"], ["test.lock", "torch-cuda.lock"]]
ONLY_CUDA = re.compile(r"(torch|triton|nvidia-.*|cuda-.*)==")
CPU_WHEEL = re.compile(
    r"torch-(?P<version>[\d.]+)(?:%2B|\+)cpu-cp3(?P<minor>\d+)-cp3(?P=minor)-"
    r"manylinux_2_28_(?:x86_64|aarch64)\.whl.*?sha256=(?P<hash>[0-9a-f]{64})"
)


class LockError(Exception):
    """A lock that cannot be written or does not hold, in a sentence."""


def entries(text: str) -> dict[str, str]:
    """Split a lock into its entries: each with markers and hashes, by its first line."""
    parts = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)
    return {part.splitlines()[0].rstrip(" \\"): part for part in parts if part.strip()}


def name(entry: str) -> str:
    """The name and version that an entry is about."""
    return entry.split(" ;")[0]


def resolve(extras: Iterable[str], known: str, constraints: str = "") -> str:
    """Have uv find versions, with hashes, for all systems; `known` versions are preferred."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))
    with tempfile.TemporaryDirectory() as folder:
        output, more, limits = (Path(folder, word) for word in ("o.txt", "more.in", "limits.txt"))
        output.write_text(known, "utf8")
        # An editable install builds with what is installed, so that belongs to the locks.
        more.write_text("\n".join(project["build-system"]["requires"]), "utf8")
        limits.write_text(constraints, "utf8")
        command = [UV, "pip", "compile", "pyproject.toml", more, "--universal", "--quiet"]
        command += [f"--extra={extra}" for extra in extras]
        command += [f"--python-version={PYTHONS[0]}", "--fork-strategy=fewest", "--no-header"]
        command += ["--generate-hashes", "--no-annotate", "--no-emit-index-url"]
        command += [f"--constraints={limits}", f"--output-file={output}"]
        run(command, "The versions could not be resolved")
        return output.read_text("utf8")


def run(command: list, failure: str) -> None:
    """Run a command whose words are shown only when it fails."""
    # What is promised for macOS is what torch has wheels for.
    environment = os.environ | {"MACOSX_DEPLOYMENT_TARGET": "14.0"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LockError(f"{failure}:\n{done.stderr.strip()}")


def cpu_hashes(version: str) -> set[str]:
    """The hashes of a torch version's CPU wheels for Linux: from the lock, or PyTorch's index."""
    path = LOCKS / "torch-cpu.lock"
    before = entries(path.read_text("utf8")) if path.exists() else {}
    for head, part in before.items():
        if name(head) == f"torch=={version}+cpu":
            return set(re.findall(r"sha256:(\w+)", part))  # a release does not change
    try:
        with urllib.request.urlopen(f"{CPU_INDEX}/torch/", timeout=20) as answer:
            page = html.unescape(answer.read().decode())
    except OSError as error:
        raise LockError(
            f"The hashes of torch {version}+cpu are at {CPU_INDEX}, which cannot be reached "
            f"({error}). Lock it where it can, or hold torch back in pyproject.toml."
        ) from error
    minors = {python.split(".")[1] for python in PYTHONS}
    wheels = [wheel for wheel in CPU_WHEEL.finditer(page) if wheel["minor"] in minors]
    return {wheel["hash"] for wheel in wheels if wheel["version"] == version}


def torch_cpu(cuda: str) -> str:
    """The lock of torch's build without CUDA: other files on Linux, the same ones elsewhere."""
    (everywhere,) = (part for head, part in entries(cuda).items() if head.startswith("torch=="))
    version = re.match(r"torch==([\d.]+)", everywhere)[1]
    hashes = [f"    --hash=sha256:{digest}" for digest in sorted(cpu_hashes(version))]
    linux = " \\\n".join([f"torch=={version}+cpu ; sys_platform == 'linux'", *hashes])
    others = everywhere.replace(" \\", " ; sys_platform != 'linux' \\", 1)
    return f"{linux}\n{others}"


def write(upgrade: bool) -> None:
    """Resolve everything once, then take from it what each step needs."""
    known = "" if upgrade else "".join(path.read_text("utf8") for path in LOCKS.glob("*.lock"))
    everything = resolve(["torch", *EXTRAS["test"]], known)
    found = entries(everything)
    cuda = "".join(part for head, part in found.items() if ONLY_CUDA.match(head))
    files = {"torch-cuda": cuda, "torch-cpu": torch_cpu(cuda)}
    pins = "\n".join(found)
    for step, extras in EXTRAS.items():
        # torch takes part, so that what it needs is there whichever build is installed.
        with_torch = extras if step == "try" else ["torch", *extras]
        parts = entries(resolve(with_torch, everything, pins)).items()
        files[step] = "".join(part for head, part in parts if not ONLY_CUDA.match(head))
    for file, text in files.items():
        (LOCKS / f"{file}.lock").write_text(text, "utf8")
        print(f"locks/{file}.lock: {len(entries(text))} entries")


def check(files: list[str], python: str, system: str) -> None:
    """See whether these locks can be installed: versions, wheels and hashes all there."""
    with tempfile.TemporaryDirectory() as folder:
        command = [UV, "pip", "install", "--dry-run", "--quiet", "--require-hashes"]
        command += [f"--target={folder}", f"--python-version={python}"]
        command += [f"--python-platform={system}", "--only-binary=:all:"]
        for file in files:
            command += ["--requirement", LOCKS / file]
        run(command, f"{' and '.join(files)}: Python {python} on {SYSTEMS[system]}")


def main() -> int:
    """Write or check, and say what failed in a sentence."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args()
    try:
        if not options.check:
            write(options.upgrade)
        for files in INSTALLED:
            for system, words in SYSTEMS.items():
                for python in PYTHONS:
                    check(files, python, system)
                    print(f"{' and '.join(files)}: Python {python} on {words}: can be installed")
    except LockError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
