"""The workflows of GitHub: valid, pinned, and with no more rights than they need."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

FOLDER = Path(__file__).parents[1] / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))


def test_there_are_workflows():
    assert {file.name for file in WORKFLOWS} == {"ci.yml", "pages.yml", "weekly.yml"}


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_workflow_is_what_the_schema_says(file):
    command = [sys.executable, "-m", "check_jsonschema", str(file)]
    command += ["--builtin-schema", "vendor.github-workflows"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_each_action_is_pinned_to_a_commit(file):
    used = re.findall(r"uses: (.*)", file.read_text("utf8"))
    assert used
    for action in used:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_only_the_jobs_that_publish_may_write(file):
    workflow = yaml.safe_load(file.read_text("utf8"))
    writing = {
        (name, right)
        for name, job in workflow["jobs"].items()
        for right, level in job.get("permissions", {}).items()
        if level == "write"
    }
    assert "write" not in workflow["permissions"].values()
    published = {("build", "contents"), ("deploy", "pages"), ("deploy", "id-token")}
    assert writing == (published if file.name == "pages.yml" else set())


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_no_checkout_leaves_its_credentials_behind(file):
    steps = [
        step
        for job in yaml.safe_load(file.read_text("utf8"))["jobs"].values()
        for step in job["steps"]
        if step.get("uses", "").startswith("actions/checkout@")
    ]
    assert steps
    assert all(step["with"]["persist-credentials"] is False for step in steps)


def test_the_quick_tests_run_on_every_python_that_is_promised():
    project = tomllib.loads((FOLDER.parents[1] / "pyproject.toml").read_text("utf8"))
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(project["project"]["classifiers"]))
    workflow = yaml.safe_load((FOLDER / "ci.yml").read_text("utf8"))
    rows = workflow["jobs"]["quick"]["strategy"]["matrix"]["include"]
    assert [row["python"] for row in rows if row["system"] == "ubuntu-24.04"] == named
    assert any(row["system"].startswith("macos") for row in rows)
