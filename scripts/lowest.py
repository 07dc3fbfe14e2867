"""Try the library with the lowest versions that its metadata allows.

They are installed into an environment of their own, `build/lowest`, without what only the course
needs; there every example in the docstrings runs. The locks have the newest versions, with which
`make test` runs.
"""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UV = Path(sysconfig.get_path("scripts"), "uv")
LOWEST = ROOT / "build/lowest"
PARTS = ["pooledu.functional", "pooledu.geometry", "pooledu.gradients"]


def main() -> int:
    """Make the environment, say what is in it, and run the examples."""
    python = LOWEST / "bin/python"
    subprocess.run([UV, "venv", "-q", "--clear", "--python", sys.executable, LOWEST], check=True)
    shutil.rmtree(ROOT / "build/lib", ignore_errors=True)  # setuptools would install what is there
    install = [UV, "pip", "install", "-q", "--python", python, "--resolution", "lowest-direct"]
    subprocess.run([*install, ROOT, "pytest>=8"], check=True)
    subprocess.run([UV, "pip", "list", "--python", python], check=True)
    options = ["-q", "-c", "/dev/null", "-p", "no:cacheprovider", "--doctest-modules"]
    options += ["--doctest-ignore-import-errors", "--pyargs"]  # what needs torch is left out
    run = [python, "-P", "-m", "pytest", *options, *PARTS]
    return subprocess.run(run, cwd=LOWEST).returncode


if __name__ == "__main__":
    sys.exit(main())
