"""Attacks on the machine: none takes anything, and grading goes on.

They run as the user who runs the tests, and, where that is root, as an ordinary user too.
"""

import dataclasses
import json
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from pooledu.grading.execution import execute
from pooledu.grading.execution.worker import close_all
from tests.grading import attacks

pytestmark = pytest.mark.slow
NOBODY = 65534
REPOSITORY = Path(__file__).parents[2]


def state(target: attacks.Target) -> tuple:
    """All that an attack could change of the target."""
    status = os.stat(target.file)
    return (
        Path(target.file).read_text(),
        stat.S_IMODE(status.st_mode),
        status.st_uid,
        status.st_mtime_ns,
        status.st_nlink,
        sorted(os.listdir(target.folder)),
        sorted(name for name in os.listdir("/dev/shm") + os.listdir("/tmp") if "left" in name),
    )


@pytest.fixture(scope="module")
def both(target):
    """What came of each attack, as the user of the tests and meanwhile as an ordinary one.

    For the ordinary one it may be a sentence that says why there is none.
    """
    before = state(target)
    with tempfile.TemporaryDirectory(prefix="nobody-") as home:
        os.chmod(home, 0o755)
        aim = Path(home, "target.json")
        aim.write_text(json.dumps(dataclasses.asdict(target)))
        python = python_for_others(Path(home))
        process = isinstance(python, Path) and subprocess.Popen(
            [python, "-m", "tests.grading.attacks", aim],
            cwd=REPOSITORY,
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            env={"PATH": "/usr/bin:/bin", "MPLCONFIGDIR": f"{home}/mpl", "GRADERS_SECRET": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            own = {name: attacks.run(name, target) for name in attacks.ALL}
            ordinary = python
            if process:
                printed, errors = process.communicate(timeout=600)
                assert process.returncode == 0, errors[-2000:]
                ordinary = json.loads(printed)
        finally:
            if process:
                process.kill()
                process.wait()
    assert state(target) == before
    return own, ordinary


@pytest.fixture(scope="module")
def own(both):
    return both[0]


@pytest.fixture(scope="module")
def ordinary(both):
    if isinstance(both[1], str):
        pytest.skip(both[1])
    return both[1]


def python_for_others(home: Path) -> Path | str:
    """A Python with these packages that an ordinary user can run, or why there is none."""
    if os.getuid() != 0:
        return "the tests are run by an ordinary user: see the other half"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for base in (sys._base_executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        command = [base, "-c", "import sys; print(sys.version_info[:2])"]
        try:
            found = subprocess.run(command, user=NOBODY, group=NOBODY, capture_output=True)
        except OSError:
            continue
        if found.returncode == 0:
            subprocess.run([base, "-m", "venv", "--without-pip", home / "venv"], check=True)
            packages = home / "venv" / "lib" / version / "site-packages"
            paths = [p for p in sys.path if p.endswith("-packages")]
            (packages / "others.pth").write_text("\n".join([*paths, str(REPOSITORY)]))
            return home / "venv" / "bin" / "python"
    return "NOT TESTED AS AN ORDINARY USER: no Python here that one can run"


@pytest.fixture(params=["own", "ordinary"])
def outcomes(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("name", attacks.ALL)
def test_nothing_is_taken(outcomes, name):
    outcome = outcomes[name]
    assert outcome["head"] == "ok"
    assert "TAKEN" not in outcome["said"]
    assert outcome["size"] < 300_000
    assert outcome["seconds"] < 30


def test_every_layer_holds_here(outcomes):
    layers = outcomes["files: read"]["layers"]
    assert {name: reason for name, reason in layers.items() if reason} == {}


@pytest.mark.parametrize(
    "name", [name for name in attacks.ALL if name.startswith(("files", "network", "processes"))]
)
def test_what_is_refused_is_an_exception_and_not_the_end(own, name):
    assert own[name]["stopped"] == ""


def test_the_sources_do_take_what_they_want_where_nothing_confines_them(target, tmp_path):
    reads = ["files: read", "files: list", "files: learn that it exists", "network: TCP"]
    for name in reads:
        program = (
            f"import os\nGOT = 'TAKEN'\n"
            f"FILE, FOLDER, PORT = {target.file!r}, {target.folder!r}, {target.port}\n"
            + attacks.ALL[name]
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert "TAKEN" in done.stdout, done.stderr


def test_after_all_of_them_an_honest_notebook_runs(own):
    executed, record = execute(new_notebook(cells=[new_code_cell("6 * 7")]), attacks.POLICY)
    assert executed.cells[0].outputs[0].data["text/plain"] == "42"
    assert record.stopped == ""


def test_no_process_is_left(own):
    close_all()
    family = psutil.Process().children(recursive=True)
    assert [each for each in family if "pooledu.grading.warm" in each.cmdline()] == []
