"""The locks admit what is promised: each Python, each system, nothing that floats."""

import importlib.metadata
import itertools
import os
import re
import subprocess
import sys
import tomllib
import urllib.request
from pathlib import Path

import environment
import lock
import pytest
import yaml

ROOT = Path(__file__).parents[2]
LOCKS = {path.stem: path.read_text("utf8") for path in (ROOT / "locks").glob("*.lock")}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))


def pins(text: str) -> dict[str, set[str]]:
    """The versions of each package in a lock."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==(\S+)", text, re.MULTILINE):
        found.setdefault(name, set()).add(version.removesuffix("+cpu"))
    return found


def test_one_lowest_python_is_promised_everywhere():
    lowest = PROJECT["project"]["requires-python"].removeprefix(">=")
    script = (ROOT / "scripts" / "find-python").read_text("utf8")
    assert f"lowest={lowest}\n" in script
    assert f"sys.version_info < ({lowest.replace('.', ', ')})" in script
    assert f"Python {lowest} or newer" in (ROOT / "README.md").read_text("utf8")
    assert lock.PYTHONS[0].startswith(f"{lowest}.")
    assert PROJECT["tool"]["mypy"]["python_version"] == lowest
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{lowest.replace('.', '')}"


@pytest.mark.parametrize(("small", "large"), [("try", "course"), ("course", "test")])
def test_each_step_contains_the_one_before(small, large):
    assert pins(LOCKS[small]).items() <= pins(LOCKS[large]).items()
    assert len(pins(LOCKS[small])) > 50


def test_both_builds_of_torch_are_of_one_version_and_share_all_else():
    assert pins(LOCKS["torch-cpu"])["torch"] == pins(LOCKS["torch-cuda"])["torch"]
    shared = [pins(text) for step, text in LOCKS.items() if not step.startswith("torch")]
    assert not any(re.match("torch|triton|nvidia|cuda", name) for each in shared for name in each)
    assert "sympy" in pins(LOCKS["course"])


@pytest.mark.parametrize("name", LOCKS)
def test_every_entry_is_an_exact_version_with_hashes(name):
    parts = lock.entries(LOCKS[name])
    assert parts
    for head, part in parts.items():
        assert re.match(r"[a-z0-9._-]+(\[[\w,-]+\])?==[\w.+]+( ; .+)?$", head), head
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", part), head


def test_the_locks_are_those_of_the_requirements():
    for step, extras in lock.EXTRAS.items():
        wanted = [
            re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-")
            for extra in extras
            for requirement in PROJECT["project"]["optional-dependencies"][extra]
        ]
        assert set(wanted) - {"pooledu"} <= set(pins(LOCKS[step])), step


def test_no_lock_names_an_address():
    assert not [name for name, text in LOCKS.items() if "://" in text]


@pytest.fixture(scope="module")
def index():
    """A package index that answers; without it nothing can be resolved."""
    command = [lock.UV, "pip", "compile", "-", "--quiet", "--no-header"]
    tried = subprocess.run(command, input="soupsieve", capture_output=True, text=True, check=False)
    if tried.returncode:
        assert not os.environ.get("CI"), tried.stderr
        pytest.skip(f"no package index answers: {tried.stderr}")


PLACES = list(itertools.product(lock.PYTHONS, lock.SYSTEMS))
ENDS = [PLACES[0], PLACES[-1]]  # what is in the largest lock was looked for everywhere already


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "python", "system"),
    [
        pytest.param(files, python, system, id=f"{files[0]}-{python}-{system}")
        for files in lock.INSTALLED
        for python, system in (PLACES if files[0] == "test.lock" else ENDS)
    ],
)
def test_a_lock_can_be_installed(index, files, python, system):
    lock.check(files, python, system)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after", "python"),
    [
        # What the lock was when Debian 12's own Python could not install it.
        (r"^soupsieve==.*?(?=^\w)", "soupsieve==4.1.1 \\\n    --hash=sha256:{0}\n", "3.11.2"),
        (r"^numpy==.*?(?=^\w)", "numpy==2.0.0 \\\n    --hash=sha256:{0}\n", "3.14"),
        (r"^tornado==.*?(?=^\w)", "", "3.13"),
    ],
    ids=["a package asks for a newer Python", "a wheel is missing", "a package floats"],
)
def test_a_lock_that_does_not_hold_is_refused(index, tmp_path, monkeypatch, before, after, python):
    broken = re.sub(before, after.format("0" * 64), LOCKS["try"], flags=re.MULTILINE | re.DOTALL)
    assert broken != LOCKS["try"]
    (tmp_path / "try.lock").write_text(broken, "utf8")
    monkeypatch.setattr(lock, "LOCKS", tmp_path)
    with pytest.raises(lock.LockError):
        lock.check(["try.lock"], python, "x86_64-manylinux_2_28")


def test_the_hashes_of_the_cpu_wheels_are_read_from_a_page_of_the_index(monkeypatch, tmp_path):
    import io

    page = "".join(
        f'<a href="/whl/cpu/torch-9.1.0%2Bcpu-cp3{minor}-cp3{minor}-manylinux_2_28_{machine}.whl'
        f'#sha256={minor}{machine[0]:0<62}">x</a>\n'.replace("x0", "a0")
        for minor in (10, 11, 14)
        for machine in ("x86_64", "aarch64")
    )
    monkeypatch.setattr(lock, "LOCKS", tmp_path)
    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: io.BytesIO(page.encode()))
    # Neither Python 3.10, which is not promised, nor another version.
    assert lock.cpu_hashes("9.1.0") == {f"{minor}a{'0' * 61}" for minor in (11, 14)}
    assert lock.cpu_hashes("9.2.0") == set()


def test_steps_and_extras_are_those_that_make_installs():
    assert list(lock.EXTRAS) == environment.STEPS


def modules(code: str) -> set[str]:
    """The names that a piece of code imports; a line in IPython's own syntax is passed over."""
    return set(re.findall(r"^\s*(?:import|from) (\w+)", code, re.MULTILINE))


def book_imports() -> dict[str, set[str]]:
    """What chapters, errata, claims and the extension import, but for what they say they need."""
    found = {}
    for path in (ROOT / "book").glob("*.md"):
        text = path.read_text("utf8")
        needs = re.findall(r"^needs: \[(.*)\]$", text, re.MULTILINE)
        cells = re.findall(r"^```\{code-cell\}.*?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        found[path.name] = modules("\n".join(cells)) - set("".join(needs).split(", "))
    for path in (ROOT / "book").glob("*/*.py"):
        if path.name not in ("pdf.py", "measure.py"):  # need what `make pdf`, `make test` install
            found[path.name] = modules(path.read_text("utf8"))
    errata = yaml.safe_load((ROOT / "book" / "errata.yml").read_text("utf8"))["errata"]
    for entry in errata + yaml.safe_load((ROOT / "book" / "ledger.yml").read_text("utf8")):
        name = entry.get("id") or entry["claim"]
        found[name] = modules(entry.get("code", "")) - set(entry.get("needs", []))
    return found


def test_what_the_book_imports_is_installed_by_make_course():
    packages = importlib.metadata.packages_distributions()
    installed = {name.replace("_", "-").lower() for name in pins(LOCKS["course"])} | {"torch"}
    ours = {"pooledu", "poolbook", "experiments", "photographs"} | sys.stdlib_module_names
    lacking = {
        (where, module)
        for where, names in book_imports().items()
        for module in names - ours
        if not {d.replace("_", "-").lower() for d in packages.get(module, [])} & installed
    }
    assert not lacking
    assert "jax" in modules((ROOT / "book" / "frameworks.md").read_text("utf8"))
