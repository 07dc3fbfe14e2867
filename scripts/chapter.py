"""Run each command of the instructors' chapter with the package installed from its wheel.

    .venv/bin/python scripts/chapter.py [--user NAME]

The environment has what .venv has, but for this clone: the package comes from a wheel that is built
here. With --user (as root) the commands are run by that user of the machine. As root, the steps of
the exchange are run by two more users, who are made for it.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"


def build_wheel(folder: Path) -> Path:
    """Build the wheel from a copy of what git would take, so that nothing is left here."""
    source = folder / "source"
    names = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(names, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, source]
    subprocess.run(command, check=True)
    shutil.rmtree(source)
    return next(folder.glob("*.whl"))


def interpreter() -> str:
    """Return a Python like this one which every user of the machine may run."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for each in (
        os.path.realpath(sys.executable),
        shutil.which(name, path="/usr/local/bin:/usr/bin"),
    ):
        try:
            nobody = {"user": "nobody"} if os.geteuid() == 0 else {}
            subprocess.run([each, "-c", ""], check=True, capture_output=True, **nobody)
        except (OSError, TypeError, subprocess.CalledProcessError):
            continue
        return str(each)
    sys.exit(f"no {name} that every user may run; install Debian's, or {name} in /usr/local")


def make_environment(path: Path, wheel: Path) -> None:
    """Make an environment with the libraries of .venv, by hard links, and the wheel."""
    subprocess.run([interpreter(), "-m", "venv", "--without-pip", path], check=True)
    site, theirs = (next(each.glob("lib/python*/site-packages")) for each in (path, ENVIRONMENT))
    for entry in theirs.iterdir():
        if entry.name.startswith(("pooledu", "__editable__")) or (site / entry.name).exists():
            continue
        subprocess.run(["cp", "-al", "--no-target-directory", entry, site / entry.name], check=True)
    for folder in ("share", "etc"):
        if (ENVIRONMENT / folder).is_dir():
            shutil.copytree(ENVIRONMENT / folder, path / folder, dirs_exist_ok=True)
    (path / "etc" / "jupyter" / "nbgrader_config.py").unlink(missing_ok=True)  # it names this clone
    for program in (ENVIRONMENT / "bin").iterdir():
        target = path / "bin" / program.name
        if target.exists() or program.is_symlink() or not program.is_file():
            continue
        shutil.copy(program, target)
        if program.read_bytes().startswith(b"#!"):
            text = program.read_text(encoding="utf-8")
            target.write_text(text.replace(str(ENVIRONMENT), str(path)), encoding="utf-8")
    pip = [path / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, wheel], check=True)


def main() -> int:
    """Build, install and run; return pytest's exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--user", help="who runs the commands; by default, you")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=ROOT.parent, prefix="chapter-") as folder:
        Path(folder).chmod(0o755)
        make_environment(Path(folder, "env"), build_wheel(Path(folder)))
        os.environ["CHAPTER_PROGRAMS"] = str(Path(folder, "env", "bin"))
        if arguments.user:
            os.environ["CHAPTER_USER"] = arguments.user
        tests = ["tests/grading/test_instructor.py", "tests/grading/test_exchange.py"]
        test = [*tests, "-q", "-rs", f"--basetemp={folder}/runs"]
        return subprocess.run([sys.executable, "-m", "pytest", *test], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
