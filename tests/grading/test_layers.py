"""Confinement with a layer left out, as on a machine that does not have it."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from pooledu.grading.execution import Policy, SandboxMissingError, execute
from pooledu.grading.execution.worker import close_all
from pooledu.grading.sandbox import LAYERS, PROTECTIONS
from pooledu.grading.sandbox.system import remove
from tests.grading import attacks
from tests.grading.test_attacks import NOBODY

WHY = "left out by the configuration"


@pytest.fixture(scope="module", autouse=True)
def end_of_the_warm_processes():
    """Each set of layers has a warm process of its own, of more than a hundred megabytes."""
    yield
    close_all()


def run(*left_out: str, source: str = "6 * 7", **policy):
    """Run one cell without some layers, in a warm process that loads no library."""
    close_all()
    notebook = new_notebook(cells=[new_code_cell(source)])
    return execute(notebook, Policy(warm=(), left_out=left_out, **policy))


@pytest.mark.parametrize("layer", LAYERS)
def test_without_one_layer_a_notebook_runs_and_the_record_says_which_is_missing(layer):
    executed, record = run(layer)
    assert executed.cells[0].outputs[0].data["text/plain"] == "42"
    assert record.layers[layer] == WHY
    assert {name for name, reason in record.layers.items() if reason == WHY} == {layer}


@pytest.mark.parametrize("what", PROTECTIONS)
def test_without_all_layers_of_a_protection_nothing_runs(what):
    with pytest.raises(SandboxMissingError, match=f"cannot protect .*{what}") as error:
        run(*PROTECTIONS[what])
    assert all(layer in str(error.value) for layer in PROTECTIONS[what])
    assert "unconfined" in str(error.value)


def test_unconfined_it_runs_all_the_same_and_the_record_says_what_is_missing():
    executed, record = run(*LAYERS, unconfined=True)
    assert executed.cells[0].outputs[0].data["text/plain"] == "42"
    assert set(record.layers.values()) == {WHY}


REACHES = {
    "other people's files": "print(GOT, open(FILE).read())",
    "the network": attacks.NETWORK["TCP"],
    "other processes": "os.kill(PID, 0); print(GOT)",
    "sockets of other programs": attacks.NETWORK["a datagram by a pair"],
}


@pytest.mark.parametrize(
    ("what", "layer"), [(what, layer) for what, layers in PROTECTIONS.items() for layer in layers]
)
def test_one_layer_of_a_protection_is_enough(what, layer, target):
    """Each layer alone keeps what another would keep too; without any, the attack succeeds."""
    head = (
        "import os\nGOT = 'TA' + 'KEN'\n"
        f"FILE, FOLDER, PORT, PID = {(target.file, target.folder, target.port, target.pid)!r}\n"
    )
    others = [name for name in LAYERS if name not in (layer, "user namespace")]
    protected, _ = run(*others, source=head + REACHES[what], unconfined=True)
    assert "TAKEN" not in str(protected.cells[0].outputs)
    bare, _ = run(*LAYERS, source=head + REACHES[what], unconfined=True)
    assert "TAKEN" in str(bare.cells[0].outputs)


@pytest.mark.parametrize("flood", ["", "print('x' * 1000)"], ids=["in silence", "behind outputs"])
def test_more_threads_than_allowed_end_the_notebook(flood):
    source = (
        "import threading, time\n"
        "for _ in range(300):\n    threading.Thread(target=time.sleep, args=(60,)).start()\n"
        f"until = time.time() + 5\nwhile time.time() < until:\n    {flood or 'time.sleep(0.1)'}"
    )
    notebook, record = run("user namespace", source=source)
    said = record.stopped + str(notebook.cells[0].outputs)
    assert "threads" in said or "can't start new thread" in said


FILLING = {
    "files": "for n in range(200): open(f'f{n}', 'wb').write(bytes(1 << 20))",
    "files in deep folders": (
        "import os\nfor n in range(200):\n"
        "    os.mkdir('d'); os.chdir('d'); open('f', 'wb').write(bytes(1 << 20))"
    ),
    "files in folders that are not listed": (
        "import os\nos.mkdir('d', 0o300); os.chdir('d')\n"
        "for n in range(200): open(f'f{n}', 'wb').write(bytes(1 << 20))"
    ),
    "names": "for n in range(20_000): open(f'f{n}', 'w').close()",
    "folders": "import os\nfor n in range(2000): os.mkdir('d'); os.chdir('d')",
}


@pytest.mark.parametrize("what", FILLING)
def test_without_a_file_system_of_its_own_a_notebook_does_not_fill_the_machine_s(what):
    source = f"import time\n{FILLING[what]}\ntime.sleep(2)\nprint('TA' + 'KEN')"
    notebook, record = run("file view", source=source, file_size=64 << 20, cell_seconds=20)
    assert "files" in record.stopped
    assert "TAKEN" not in str(notebook.cells[0].outputs)


def test_without_a_file_system_of_its_own_an_honest_notebook_writes_its_files():
    source = (
        "import os\nos.makedirs('a/b/c')\n"
        "for n in range(300): open(f'a/b/{n}.csv', 'wb').write(bytes(1 << 16))\n"
        "import time; time.sleep(1); print('DO' + 'NE')"
    )
    notebook, record = run("file view", source=source, file_size=64 << 20)
    assert record.stopped == ""
    assert "DONE" in str(notebook.cells[0].outputs)


def deep(top):
    """Make folders in each other, deeper than a path is long, the last of them closed."""
    top.mkdir()
    folder = os.open(top, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d", dir_fd=folder)
        os.close(os.open("f", os.O_CREAT, dir_fd=folder))
        os.symlink("/", "l", dir_fd=folder)
        inner = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.mkdir("closed", 0, dir_fd=folder)
    os.close(folder)


def test_a_folder_of_any_depth_is_removed(tmp_path):
    deep(tmp_path / "top")
    remove(str(tmp_path / "top"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.getuid() != 0, reason="the test before is an ordinary user's here")
def test_a_folder_of_any_depth_is_removed_by_an_ordinary_user():
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o777)
        child = os.fork()
        if not child:
            try:
                os.setuid(NOBODY)
                deep(Path(place) / "top")
                remove(f"{place}/top")
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert os.listdir(place) == []


UNHEARD = ("kill everyone", "kill the warm process", "replace myself", "stopped", "become root")
FORKING = ("fork", "fork past the C library", "clone past the C library", "clone3")
FORKING += ("a process pool", "the other system call table")
# A second process would run the cells behind, too.
STILL = {
    "file view": {"learn that it exists", "inherited descriptors"},  # own ones, left open
    "landlock": {"list what is above"},  # the view's own root: libraries, and nobody's work
    "capabilities": {"gain capabilities"},  # in a user namespace of its own
    "seccomp": {  # in namespaces of its own; but it may lower the priority of the user's processes
        *("a new namespace", "netlink", "past the C library", "read memory", "gain capabilities"),
        *("a kernel key", "a program from memory", "shared memory", "priority"),
        "others' shared memory",  # of its own namespace, which has what it made itself
        "to outlive the grader",  # which the namespace of processes ends
    },
}
"""Layer -> what succeeds without it: each within what the other layers leave."""
if os.geteuid() != 0:
    STILL["user namespace"] = STILL["file view"]  # which an ordinary user makes in one


@pytest.mark.slow
@pytest.mark.parametrize("layer", LAYERS)
def test_without_one_layer_no_attack_takes_more_than_what_is_named(layer, target):
    """All attacks in one notebook: whatever one of them closes, the next one tries."""
    bystander = subprocess.Popen(["sleep", "600"])
    where = target.file, target.folder, target.port, bystander.pid
    head = (
        "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nGOT = 'TA' + 'KEN'\n"
        f"FILE, FOLDER, PORT, PID = {where!r}\n"
    )
    tried = {
        name: source
        for group in (attacks.FILES, attacks.NETWORK, attacks.PROCESSES)
        for name, source in group.items()
        if name not in UNHEARD and not (layer == "seccomp" and name in FORKING)
    }
    back = "import os; os.chdir(os.environ['HOME'])\n"
    cells = [new_code_cell(head), *(new_code_cell(back + source) for source in tried.values())]
    close_all()
    try:
        policy = Policy(warm=(), left_out=(layer,), cell_seconds=5)
        executed, record = execute(new_notebook(cells=cells), policy)
        assert record.stopped == ""
        said = zip(tried, executed.cells[1:], strict=True)
        taken = {name for name, cell in said if "TAKEN" in str(cell.outputs)}
        assert taken <= STILL.get(layer, set())
        assert bystander.poll() is None
        with open(target.file) as file:
            assert file.read() == "work of another student"
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.parametrize("layer", ["", "file view"])
def test_nothing_is_made_in_the_folder_that_all_users_share(layer, tmp_path, monkeypatch):
    """IPython's folder of whoever graded first was another user's for everybody else."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen = run(*filter(None, [layer]), source="import os; sorted(os.listdir())")
    (output,) = seen[0].cells[0].outputs
    assert output.data["text/plain"] == "[]"
    assert [path.name.partition("-")[0] for path in tmp_path.iterdir()] == ["pooledu"]
    close_all()
    assert list(tmp_path.iterdir()) == []
