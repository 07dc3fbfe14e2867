"""The workflows of GitHub: valid, pinned, and with no more rights than they need."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

FOLDER = Path(__file__).parents[1] / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))


def test_there_are_workflows():
    assert {file.name for file in WORKFLOWS} == {"ci.yml", "pages.yml"}


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
