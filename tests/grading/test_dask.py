"""Grading on a Dask cluster: its workers are processes that see no file of the course."""

import contextlib
import os
import pickle
import shutil
import signal
import socket
import subprocess
import time
from functools import partial

import dask
import psutil
import pytest
from distributed import Client, LocalCluster
from distributed.security import Security
from nbformat.v4 import new_code_cell

from pooledu.cli import main
from pooledu.grading.bridge.gradebook import Shared, shared
from pooledu.grading.execution import Policy
from pooledu.grading.execution.worker import close_all
from pooledu.grading.judge.secret import course_secret, submission_key
from pooledu.grading.run import command as grade
from pooledu.grading.run import workers
from pooledu.grading.run.probe import probe
from pooledu.grading.run.run import Run, work
from pooledu.grading.run.workers import executor
from tests.grading.course import ASSIGNMENT, Course, make_course
from tests.grading.rows import rows

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
WRONG = "def max_pool2d(x, kernel_size, stride=None): return x"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A class of five; each notebook takes a while."""
    course = make_course(tmp_path_factory.mktemp("class"))
    submissions = {
        "s01": course.solved(),
        "s02": course.solved(max_pool2d_code=WRONG),
        "s03": course.released(),
        "s04": course.solved(pooled_size_code="rows = 15"),
    }
    for student, notebook in submissions.items():
        notebook.cells.insert(2, new_code_cell("import time; time.sleep(0.3)"))
        course.hand_in(student, notebook)
    course.hand_in("s05", b"cut off")
    return course


@pytest.fixture(scope="module")
def expected(course, tmp_path_factory):
    """The gradebook after a run in this process."""
    here = copied(course, tmp_path_factory.mktemp("here"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here.root)
        assert main(["grade", ASSIGNMENT, "--jobs=1"]) == grade.DONE
    close_all()
    return rows(here)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Two workers, which are processes of their own in another folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("elsewhere"))
        with LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster:
            yield cluster


def copied(course: Course, folder) -> Course:
    shutil.copytree(course.root, folder / "course")
    return Course(folder / "course")


def with_a_warm_process() -> int:
    """Start a warm process in a worker; return the worker's process id."""
    probe(Policy(warm=()))
    return os.getpid()


def worker_ids(cluster) -> list[int]:
    with Client(cluster) as client:
        return list(client.run(os.getpid).values())


def test_the_gradebook_is_that_of_a_local_run(course, expected, cluster, tmp_path, monkeypatch):
    there = copied(course, tmp_path)
    monkeypatch.chdir(there.root)
    # Whatever is executed here and not on a worker fails.
    monkeypatch.setattr("pooledu.grading.run.run.run_and_judge", None)
    words = ["grade", ASSIGNMENT, "--scheduler", cluster.scheduler_address]
    assert main(words) == grade.DONE
    assert rows(there) == expected


def test_a_worker_that_is_killed_in_mid_run_loses_nothing(course, expected, cluster, tmp_path):
    there = copied(course, tmp_path)
    with Client(cluster) as client:
        victim = next(iter(client.run(with_a_warm_process).values()))
    warm = psutil.Process(victim).children(recursive=True)
    assert any("pooledu.grading.warm" in each.cmdline() for each in warm)
    done: list[str] = []

    def on_done(student: str) -> None:
        if not done:
            os.kill(victim, signal.SIGKILL)
        done.append(student)

    with there.app() as app, executor(1, cluster.scheduler_address) as workers:
        run = Run(app.coursedir, app, workers, on_done=on_done)
        with shared(app.coursedir.db_url, app.coursedir.course_id) as book:
            assert run.start(run.pending(), book)
    assert done == ["s01", "s02", "s03", "s04", "s05"]
    assert rows(there) == expected
    assert victim not in worker_ids(cluster)
    _, alive = psutil.wait_procs(warm, timeout=60)
    assert alive == []


def test_a_scheduler_that_goes_in_mid_run_is_a_sentence_and_the_next_run_goes_on(
    course, expected, tmp_path, monkeypatch
):
    there = copied(course, tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    address = f"tcp://127.0.0.1:{port}"
    begin = partial(subprocess.Popen, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    quiet = ["--no-dashboard"]
    scheduler = begin(["dask", "scheduler", "--host", "127.0.0.1", "--port", port, *quiet])
    worker = begin(["dask", "worker", address, "--nthreads", "1", *quiet])
    command = ["pooledu", "grade", ASSIGNMENT, "--scheduler", address]
    grading = begin(command, stdout=subprocess.PIPE, cwd=there.root)
    try:
        while not (there.root / ".pooledu-grading.jsonl").exists():
            assert grading.poll() is None
            time.sleep(0.01)
        scheduler.kill()
        _, said = grading.communicate(timeout=300)
    finally:
        for each in (scheduler, worker, grading):
            each.kill()
            each.wait()
    assert grading.returncode == grade.NO_CLUSTER
    assert f"the Dask scheduler at '{address}' has gone" in said
    assert "Traceback" not in said
    monkeypatch.chdir(there.root)
    assert main(["grade", ASSIGNMENT, "--jobs=1"]) == grade.DONE
    assert rows(there) == expected


def test_what_travels_to_a_worker_is_no_path_and_no_secret(course):
    """The notebook's text, the assignment's cells, and a key for this student and this set."""
    sent: list[tuple] = []

    class Spy:
        def submit(self, function, *arguments):
            assert function is work
            sent.append(arguments)
            raise RuntimeError("enough")

    with course.app() as app:
        run = Run(app.coursedir, app, Spy())
        with pytest.raises(RuntimeError, match="enough"):
            run.start(["s01"], Shared(app.coursedir.db_url))
    assert str(course.root) not in repr(sent)
    assert "time.sleep(0.3)" in str(sent[0][0])
    secret = course_secret(course.root / ".pooledu-secret")
    assert submission_key(secret, ASSIGNMENT, "s01") in sent[0]
    travels = pickle.dumps(sent)
    assert secret not in travels
    assert secret.hex().encode() not in travels


@pytest.mark.parametrize("address", ["tcp://10.0.0.5:8786", "10.0.0.5:8786", "tcp://[fe80::1]:1"])
def test_without_tls_a_scheduler_on_another_machine_is_refused_unless_told(
    address, course, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(copied(course, tmp_path).root)
    assert main(["grade", ASSIGNMENT, "--scheduler", address]) == grade.NO_CLUSTER
    assert "Give a tls:// address, or --trust-network" in capsys.readouterr().err
    monkeypatch.setattr(workers, "_cluster", contextlib.nullcontext)
    with executor(1, address, trusting=True) as asked:
        assert asked == address


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A key and a certificate that is its own authority, as the chapter makes them."""
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=course"
    files = ["-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run([*command.split(), *files], cwd=folder, check=True, capture_output=True)
    return str(folder / "cert.pem"), str(folder / "key.pem")


def tls(certificate):
    """Dask's own settings, which it also reads from files and from the environment."""
    cert, key = certificate
    own = {
        f"distributed.comm.tls.{part}.{kind}": file
        for part in ("scheduler", "worker", "client")
        for kind, file in (("cert", cert), ("key", key))
    }
    return own | {"distributed.comm.tls.ca-file": cert}


@pytest.mark.parametrize(
    ("address", "way_out"),
    [("tcp", "tcp://127.0.0.1:8786, or with TLS tls://host:8786"), ("tls", "TLS__CA_FILE")],
)
def test_where_no_scheduler_answers_the_way_out_is_one_that_is_not_refused(
    address, way_out, course, monkeypatch, capsys
):
    monkeypatch.chdir(course.root)
    monkeypatch.setattr("pooledu.grading.run.workers.CONNECT_SECONDS", 1)
    words = ["grade", ASSIGNMENT, "--scheduler", f"{address}://127.0.0.1:9"]
    assert main(words) == grade.NO_CLUSTER
    assert way_out in capsys.readouterr().err


def test_with_tls_only_who_has_the_certificate_takes_part(certificate, monkeypatch):
    with dask.config.set(tls(certificate)):
        options = {"n_workers": 1, "threads_per_worker": 1, "processes": False}
        cluster = LocalCluster(
            protocol="tls://", security=Security(), dashboard_address=None, **options
        )
        address = cluster.scheduler_address
        assert address.startswith("tls://")
        with executor(1, address) as there:
            assert there.submit(abs, -3).result() == 3
    monkeypatch.setattr(workers, "CONNECT_SECONDS", 2)
    with pytest.raises(workers.ClusterMissingError), executor(1, address):
        pass
    cluster.close()
