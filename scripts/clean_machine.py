"""Try the README's commands on a new Debian, and say what they took.

    sudo python3 scripts/clean_machine.py bookworm trixie --user root --user student

Makes each system with debootstrap, puts a clone of the last commit into it, and runs `make try`'s
installation, `make course` and `make test` there as each user, with nothing else installed. Prints
seconds, bytes, the layers of the sandbox that hold and the tests that were skipped; --record keeps
sizes and times for the README.

The system is entered by pivot_root in namespaces of its own. In a plain chroot the kernel refuses
user namespaces, and a weaker sandbox would be certified. Needs Linux, root and debootstrap.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "setup.json"
PACKAGES = "python3,python3-venv,git,make,ca-certificates"
BROWSER = ["chromium", "fonts-liberation", "fonts-dejavu", "libatomic1"]  # the pages' tests need it
COURSE = "home/student/pooling course ä"  # with a space and an umlaut, as folders have
ENTER = """
set -eu
mount --make-rprivate /
mount --bind {root} {root}
mount -t proc proc {root}/proc
mount --rbind /sys {root}/sys
mount --rbind /dev {root}/dev
mount -t tmpfs -o mode=1777 tmpfs {root}/tmp
{binds}
cd {root}
mkdir -p .before
pivot_root . .before
umount -l .before
exec setpriv --reuid {uid} --regid {uid} --clear-groups -- env -i {environment} \
  bash -c 'cd "$1" && shift && exec "$@"' - {folder} {command}
"""


def make_system(suite: str, folder: Path, mirror: str) -> Path:
    """Make a new system, or a copy of the one that was made before."""
    kept, root = folder / f"{suite}.tar", folder / suite
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    if not kept.exists():
        print(f"{suite}: debootstrap ...", flush=True)
        command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", suite, root, mirror]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        browser = ["chroot", root, "env", "DEBIAN_FRONTEND=noninteractive"]
        browser += ["apt-get", "install", "-y", "-qq", *BROWSER]
        subprocess.run(browser, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["tar", "-C", root, "-cf", kept, "."], check=True)
    else:
        subprocess.run(["tar", "-C", root, "-xf", kept], check=True)
    with (root / "etc" / "passwd").open("a") as users:
        users.write("student:x:1000:1000::/home/student:/bin/bash\n")
    for name in ("resolv.conf", "hosts"):
        shutil.copy(f"/etc/{name}", root / "etc" / name)
    return root


def put_course(root: Path, uid: int) -> None:
    """Clone the last commit into the system, for the user who will work with it."""
    target = root / COURSE
    subprocess.run(["git", "clone", "--quiet", "--no-local", ROOT, target], check=True)
    shared = ROOT.parent / "shared"
    if shared.is_dir():
        shutil.copytree(shared, target.parent / "shared", symlinks=True)
    for path in (root / "home" / "student", *(root / "home" / "student").rglob("*")):
        os.chown(path, uid, uid, follow_symlinks=False)


def run(
    root: Path, uid: int, command: list[str], binds: list[Path], log: Path, may_fail: bool = False
) -> float:
    """Run a command inside; return its seconds. Its output goes into the log."""
    lines = []
    for path in binds:
        inside = root / path.relative_to("/")
        (inside if path.is_dir() else inside.parent).mkdir(parents=True, exist_ok=True)
        if not path.is_dir():
            inside.touch()
        lines.append(f"mount --rbind {shlex.quote(str(path))} {shlex.quote(str(inside))}")
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    home = "/root" if uid == 0 else "/home/student"
    kept |= {"HOME": home, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
    script = ENTER.format(
        root=shlex.quote(str(root)),
        binds="\n".join(lines),
        uid=uid,
        environment=shlex.join(f"{name}={value}" for name, value in kept.items()),
        folder=shlex.quote(f"/{COURSE}"),
        command=shlex.join(command),
    )
    inner = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--ipc", "bash", "-c", script]
    began = time.monotonic()
    with log.open("w") as output:
        done = subprocess.run(inner, stdout=output, stderr=subprocess.STDOUT, check=False)
    seconds = time.monotonic() - began
    if done.returncode and not may_fail:  # nothing is solved yet when a first check is made
        print("".join(log.read_text(errors="replace").splitlines(keepends=True)[-40:]))
        sys.exit(f"{shlex.join(command)} failed ({done.returncode}); the whole log is {log}")
    return seconds


def loaded(log: Path) -> int:
    """How many MB the installation said it has loaded."""
    return sum(map(int, re.findall(r"^  loaded (\d+) MB$", log.read_text("utf8"), re.MULTILINE)))


def megabytes(folder: Path) -> int:
    """The bytes under a folder, in MB."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return round(sum(path.stat().st_size for path in files) / 1e6)


def torch_build(course: Path) -> str:
    """Which of PyTorch's two builds was installed."""
    return "cpu" if any(course.glob(".venv/lib/*/site-packages/torch-*+cpu.dist-info")) else "cuda"


def try_out(suite: str, user: str, options: argparse.Namespace) -> list[dict]:
    """Run the commands in one system as one user."""
    uid = 0 if user == "root" else 1000
    root = make_system(suite, options.folder, options.mirror)
    put_course(root, uid)
    course = root / COURSE
    rows = []
    for step in options.steps:
        log = options.folder / f"{suite}-{user}-{step}.log"
        install = run(root, uid, ["make", f"environment-{step}"], options.bind, log)
        rows.append(
            {
                "system": suite,
                "user": user,
                "step": step,
                "torch": torch_build(course) if step != "try" else "none",
                "seconds": round(install),
                "download_mb": loaded(log),
                "disk_mb": megabytes(course / ".venv"),
            }
        )
        print(json.dumps(rows[-1]), flush=True)
        if step == "try":
            check = [".venv/bin/pooledu", "check", "exercises/ps1_windows/ps1_windows.ipynb"]
            seconds = run(root, uid, check, options.bind, log, may_fail=True)
            print(f"from the clone to the first check: {install + seconds:.0f} s", flush=True)
        else:
            seconds = run(root, uid, ["make", step], options.bind, log)
            rows[-1]["command_seconds"] = round(seconds)
            text = log.read_text(errors="replace")
            told = re.findall(r"^.*(?:SANDBOX|SKIPPED|passed|skipped).*$", text, re.MULTILINE)
            print(
                f"make {step} on {suite} as {user}: {seconds:.0f} s", *told, sep="\n  ", flush=True
            )
    if options.steps != ["try"]:  # which installs nothing that grades
        layers = options.folder / f"{suite}-{user}-layers.log"
        run(root, uid, [".venv/bin/pooledu", "layers"], options.bind, layers)
        print(layers.read_text(), flush=True)
    return rows


def record(rows: list[dict]) -> None:
    """Keep what was measured, beside what earlier runs measured of other systems and users."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {datetime.now(UTC):%Y-%m-%d}"
    known = json.loads(RESULTS.read_text())["steps"] if RESULTS.exists() else []
    table = {
        tuple(row[key] for key in ("system", "user", "step")): row
        for row in [*known, *({**row, "machine": machine} for row in rows)]
    }
    RESULTS.write_text(json.dumps({"steps": list(table.values())}, indent=1) + "\n")


def main() -> None:
    """Try each system as each user."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suites", nargs="+", help="names of Debian releases")
    parser.add_argument("--user", action="append", choices=["root", "student"])
    parser.add_argument("--step", dest="steps", action="append", choices=["try", "course", "test"])
    parser.add_argument("--mirror", default="http://deb.debian.org/debian")
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp/clean-machines"))
    parser.add_argument(
        "--bind",
        type=Path,
        action="append",
        default=[],
        help="a path of this machine that pip uses",
    )
    parser.add_argument("--record", action="store_true", help=f"write {RESULTS.relative_to(ROOT)}")
    options = parser.parse_args()
    options.steps = options.steps or ["try", "course", "test"]
    for suite in options.suites:
        for user in options.user or ["root", "student"]:
            rows = try_out(suite, user, options)
            if options.record:
                record(rows)


if __name__ == "__main__":
    main()
