"""nbgrader's own interfaces on a course: formgrader in a browser, and validate."""

import os
import shutil
import socket
import subprocess
import sysconfig
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from pooledu.grading.export.results import course_directory, results
from tests.classroom.classroom import submission

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(sysconfig.get_path("scripts"))
PS = "ps1_windows"
TOKEN = "for-this-test"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with one submission, not graded yet."""
    root = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    shutil.copytree(ROOT / "solutions" / PS, root / "solutions" / PS)
    subprocess.run([SCRIPTS / "nbgrader", "generate_assignment", PS], cwd=root, check=True)
    released = root / "exercises" / PS / f"{PS}.ipynb"
    submitted = root / "submitted" / "s04-zeros" / PS / f"{PS}.ipynb"
    submitted.parent.mkdir(parents=True)
    submitted.write_text(submission(PS, "s04-zeros").file(released), encoding="utf-8")
    return root


@pytest.fixture
def jupyter(course):
    """The address of a Jupyter server in the course's folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [SCRIPTS / "jupyter", "server", "--no-browser", "--allow-root", f"--port={port}"]
    log = course / "jupyter.log"
    with log.open("w") as file:
        server = subprocess.Popen(
            [*command, f"--ServerApp.token={TOKEN}"], cwd=course, stdout=file, stderr=file
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/api?token={TOKEN}", server, log)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=60)


def wait_for(address, server, log, seconds=90):
    """Wait until a server answers."""
    until = time.monotonic() + seconds
    while True:
        try:
            return urllib.request.urlopen(address, timeout=5)
        except OSError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.2)


@pytest.mark.browser
def test_formgraders_button_grades_a_submission(jupyter, course, page):
    page.goto(f"{jupyter}/formgrader?token={TOKEN}")
    page.goto(f"{jupyter}/formgrader/manage_submissions/{PS}")
    page.click("td.autograde a")
    page.get_by_text(f"Successfully autograded '{PS}' for student 's04-zeros'").wait_for(
        timeout=120_000
    )
    marks = {mark.exercise: mark for mark in results(PS, course_directory(course))[0].marks}
    assert marks["avg_pool2d"].points == marks["avg_pool2d"].out_of
    assert 0 < marks["max_pool2d"].points < marks["max_pool2d"].out_of
    assert "compares with 0" in marks["max_pool2d"].remark


def test_a_submission_s_page_is_sent_with_a_policy_that_closes_all_but_formgrader_itself(
    jupyter, course
):
    if not (course / "autograded").exists():
        subprocess.run([SCRIPTS / "nbgrader", "autograde", PS], cwd=course, check=True)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        number = gradebook.find_submission_notebook(PS, PS, "s04-zeros").id
    address = f"{jupyter}/formgrader/submissions/{number}/?token={TOKEN}"
    with urllib.request.urlopen(address, timeout=60) as page:
        policy = page.headers["Content-Security-Policy"]
        assert b"max_pool2d" in page.read()
    parts = dict(part.split(" ", 1) for part in policy.split("; "))
    assert parts["default-src"] == parts["base-uri"] == "'none'"
    assert "object-src" not in parts
    allowed = {source for part in parts.values() for source in part.split()}
    assert {source for source in allowed if "//" in source} == {"https://cdnjs.cloudflare.com"}
    assert "'unsafe-inline'" not in parts["script-src"]
    with urllib.request.urlopen(f"{jupyter}/formgrader?token={TOKEN}", timeout=60) as page:
        assert "default-src" not in page.headers["Content-Security-Policy"]


def test_a_file_beside_a_notebook_runs_nothing_when_it_is_opened_from_formgrader(jupyter, course):
    if not (course / "autograded").exists():
        subprocess.run([SCRIPTS / "nbgrader", "autograde", PS], cwd=course, check=True)
    (course / "autograded" / "s04-zeros" / PS / "own.html").write_text("<script>f()</script>")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        number = gradebook.find_submission_notebook(PS, PS, "s04-zeros").id
    address = f"{jupyter}/formgrader/submissions/{number}/own.html?token={TOKEN}"
    with urllib.request.urlopen(address, timeout=60) as file:
        assert b"script" in file.read()
        policy = file.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "sandbox"} <= set(policy)


@pytest.mark.browser
def test_formgrader_s_page_works_under_its_policy_and_no_script_of_a_submission_runs(
    jupyter, course, browser
):
    if not (course / "autograded").exists():
        subprocess.run([SCRIPTS / "nbgrader", "autograde", PS], cwd=course, check=True)
    path = course / "autograded" / "s04-zeros" / PS / f"{PS}.ipynb"
    notebook = nbformat.read(path, 4)  # as if a script had come through all that is before
    acting = "<script>window.acted = 1</script><img src=x onerror='window.acted = 1'>"
    notebook.cells.append(nbformat.v4.new_markdown_cell(acting))
    path.chmod(0o644)
    nbformat.write(notebook, path)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        number = gradebook.find_submission_notebook(PS, PS, "s04-zeros").id
    refused = []
    page = browser.new_page()  # not the one for which whatever is refused is a fault
    page.on("console", lambda said: refused.append(said.text))
    page.goto(f"{jupyter}/formgrader/submissions/{number}/?token={TOKEN}")
    page.locator("span.name-hidden").click()  # formgrader's own
    page.locator("a.name-shown").wait_for(state="visible")
    assert page.evaluate("submission_id") == number
    assert page.evaluate("window.acted") is None
    page.close()
    assert len([text for text in refused if "inline" in text]) == 2  # the two that are not its own


def test_validate_accepts_the_solutions_and_shows_a_student_what_fails(course):
    def validate(path):
        environment = os.environ | {"NO_COLOR": "1"}
        command = [SCRIPTS / "nbgrader", "validate", path.relative_to(course)]
        done = subprocess.run(
            command, cwd=course, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    solved = course / "solutions" / PS / f"{PS}.ipynb"
    assert "Success! Your notebook passes all the tests." in validate(solved)
    wrong = validate(course / "submitted" / "s04-zeros" / PS / f"{PS}.ipynb")
    assert "check(max_pool2d)" in wrong
    assert "check(avg_pool2d)" not in wrong
