"""How the course is to be cited: for programs, on the first page, and in the package the same."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml
from pybtex.database import parse_string

ROOT = Path(__file__).parents[1]
FILE = ROOT / "CITATION.cff"
CITATION = yaml.safe_load(FILE.read_text("utf8"))


def test_the_citation_file_is_what_the_schema_says():
    command = [sys.executable, "-m", "check_jsonschema", str(FILE)]
    command += ["--builtin-schema", "vendor.citation-file-format"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_the_first_page_says_what_the_file_says():
    page = (ROOT / "book" / "index.md").read_text("utf8")
    (block,) = re.findall(r"```bibtex\n(.*?)```", page, re.DOTALL)
    (entry,) = parse_string(block, "bibtex").entries.values()
    fields = {name: value.strip("{}") for name, value in entry.fields.items()}
    assert entry.type == CITATION["type"]
    assert {name: fields[name] for name in ("title", "version", "license")} == {
        name: CITATION[name] for name in ("title", "version", "license")
    }
    authors = [str(person).strip("{}") for person in entry.persons["author"]]
    assert authors == [author["name"] for author in CITATION["authors"]]


def test_version_and_licence_are_those_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]
    assert (CITATION["version"], CITATION["license"]) == (project["version"], project["license"])


def test_the_author_is_the_books():
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))
    assert [author["name"] for author in CITATION["authors"]] == [config["author"]]
