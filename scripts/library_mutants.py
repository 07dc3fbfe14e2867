"""Try mutants of the library on its own tests, and write down which survive.

`scripts/library_mutants.py` draws mutants of `pooledu.functional`, `gradients` and `nn` by a seed:
an operator, a comparison, a constant, a name, a line or an argument is another one. Signatures are
left as they are, and what is raised, whose words are no results. A mutant meets the tests of these
parts that reach its function, the quickest first, in a process forked for it. The survivors stand
in `benchmarks/results/library_mutants.json`. Names of functions as arguments: all mutants of these
alone, and nothing is written.
"""

import ast
import collections
import copy
import datetime
import difflib
import inspect
import itertools
import json
import os
import random
import signal
import sys
import time
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # a fork has no threads

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.checks.mutants import mutants_of  # noqa: E402

RESULTS = ROOT / "benchmarks/results/library_mutants.json"
SOURCES = ["pooledu/functional", "pooledu/nn", "pooledu/gradients.py"]
TESTS = ["tests/functional", "tests/gradients", "tests/nn", *SOURCES]
AT_IMPORT = ("_documentation.py", "_operation.py")  # what does its work when it is imported
NUMBER, SEED = 600, 0
LONG = 3.0  # seconds of a test that is left out
PATIENCE = 60  # seconds for a mutant, which may have no end


@dataclass(frozen=True)
class Mutant:
    """A function, by its file and its name in it, and another text for it."""

    file: Path
    name: str
    text: str

    @property
    def place(self) -> tuple[str, str]:
        """The file and the function, as a code object names them."""
        return str(self.file), self.name.split(".")[-1]

    def put(self) -> None:
        """Give the function its other code, by whatever name it is known."""
        tree = ast.parse(self.file.read_text())
        owner = tree
        *outer, name = self.name.split(".")
        for part in outer:
            owner = next(n for n in owner.body if getattr(n, "name", "") == part)
        at = next(i for i, n in enumerate(owner.body) if getattr(n, "name", "") == name)
        other = ast.parse(self.text).body[0]
        owner.body[at].body = other.body
        code = compile(tree, str(self.file), "exec")
        for part in (*outer, name):
            code = next(c for c in code.co_consts if inspect.iscode(c) and c.co_name == part)
        self.live().__code__ = code

    def live(self) -> types.FunctionType:
        """The function as it is in its module, without what is around it."""
        modules = list(sys.modules.values())
        found = next(m for m in modules if getattr(m, "__file__", "") == str(self.file))
        for part in self.name.split("."):
            found = inspect.getattr_static(found, part)
        return inspect.unwrap(getattr(found, "fget", None) or getattr(found, "__func__", found))

    def change(self) -> str:
        """The lines that are others."""
        before, after = bare(function_at(self.file, self.name)), self.text
        lines = difflib.unified_diff(before.split("\n"), after.split("\n"), n=0, lineterm="")
        return "\n".join(itertools.islice(lines, 3, None))


def function_at(file: Path, name: str) -> ast.FunctionDef:
    """The function of this name."""
    return dict(functions(file))[name]


def functions(file: Path) -> Iterator[tuple[str, ast.FunctionDef]]:
    """The functions and methods of a module, each with its name."""
    tree = ast.parse(file.read_text())
    classes = [(f"{node.name}.", node) for node in tree.body if isinstance(node, ast.ClassDef)]
    for owner, node in [("", tree), *classes]:
        for function in node.body:
            if isinstance(function, ast.FunctionDef):
                yield owner + function.name, function


def bare(function: ast.FunctionDef) -> str:
    """The text of a function without what is not mutated: its docstring and all but its body."""
    function = copy.deepcopy(function)
    function.decorator_list, function.returns = [], None
    function.args.defaults, function.args.kw_defaults = [], [None] * len(function.args.kwonlyargs)
    for argument in (*function.args.args, *function.args.kwonlyargs):
        argument.annotation = None
    if ast.get_docstring(function) is not None:
        function.body = function.body[1:] or [ast.Pass()]
    return ast.unparse(function)


def results_of(text: str) -> str:
    """The text of a function without the words of what it raises."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise):
            node.exc = node.cause = None
    return ast.unparse(tree)


def all_mutants(names: list[str]) -> list[Mutant]:
    """Every mutant of these functions, or of all."""
    mutants = []
    for source in SOURCES:
        path = ROOT / source
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            for name, function in functions(file) if file.name not in AT_IMPORT else ():
                if not names or name in names:
                    texts = mutants_of(bare(function), whole=False)
                    mutants += [Mutant(file, name, text) for text in texts]
    return mutants


def that_may_matter(mutants: list[Mutant]) -> Iterator[Mutant]:
    """Those that differ in more than what is raised, each once."""
    known = set()
    for mutant in mutants:
        original = results_of(bare(function_at(mutant.file, mutant.name)))
        result = results_of(mutant.text)
        if result != original and (mutant.file, mutant.name, result) not in known:
            known.add((mutant.file, mutant.name, result))
            yield mutant


class Trial:
    """A plugin of pytest that runs the tests once, and then some of them for each mutant."""

    def __init__(self, mutants: list[Mutant]) -> None:
        self.mutants = mutants
        self.failed = False
        self.reached: dict[tuple[str, str], list[pytest.Item]] = collections.defaultdict(list)
        self.fate: dict[Mutant, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note that a test has failed."""
        self.failed |= report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests, and then those that a mutant meets."""
        self.look(session.items)
        for number, mutant in enumerate(self.mutants, start=1):
            self.fate[mutant] = self.try_out(mutant)
            print(f"\r{number} of {len(self.mutants)}: {self.fate[mutant]:9}", end="", flush=True)
        return True

    def look(self, items: list[pytest.Item]) -> None:
        """Note which functions each test reaches, and how long it takes."""
        seconds = {}
        for item, following in itertools.zip_longest(items, items[1:]):
            reached: set[tuple[str, str]] = set()
            start = time.monotonic()
            sys.setprofile(lambda frame, event, _, to=reached: note(frame, event, to))
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            sys.setprofile(None)
            if self.failed:
                raise AssertionError(f"{item.nodeid} fails without a mutant")
            seconds[item] = time.monotonic() - start
            for place in reached if seconds[item] < LONG else ():
                self.reached[place].append(item)
        for tests in self.reached.values():
            tests.sort(key=seconds.__getitem__)

    def try_out(self, mutant: Mutant) -> str:
        """What becomes of a mutant: refused, endless, survived, or no code at all."""
        child = os.fork()
        if child == 0:
            signal.alarm(PATIENCE)
            os._exit(self.refuse(mutant))
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            return "endless" if os.WTERMSIG(status) == signal.SIGALRM else "refused"
        return {0: "survived", 2: "no code"}.get(os.WEXITSTATUS(status), "refused")

    def refuse(self, mutant: Mutant) -> int:
        """Run the tests that reach the mutant until one fails."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        try:
            mutant.put()
        except ValueError:  # it no longer uses what is around it
            return 2
        tests = self.reached[mutant.place]
        for item, following in itertools.zip_longest(tests, tests[1:]):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                return 1
        return 0


def note(frame: types.FrameType, event: str, reached: set[tuple[str, str]]) -> None:
    """Note a call of a function of the library."""
    if event == "call" and "/pooledu/" in frame.f_code.co_filename:
        reached.add((frame.f_code.co_filename, frame.f_code.co_name))


def main(names: list[str]) -> int:
    """Try a sample of all mutants, or all of some functions."""
    mutants = all_mutants(names)
    random.Random(SEED).shuffle(mutants)
    chosen = list(itertools.islice(that_may_matter(mutants), None if names else NUMBER))
    trial = Trial(chosen)
    options = ["-q", "-p", "no:cacheprovider", "-m", "not slow and not browser and not book"]
    pytest.main([*options, *(str(ROOT / test) for test in TESTS)], plugins=[trial])
    fates = collections.Counter(trial.fate.values())
    survivors = [mutant for mutant, fate in trial.fate.items() if fate == "survived"]
    rows = [
        {
            "function": f"{mutant.file.relative_to(ROOT)}: {mutant.name}",
            "tests": len(trial.reached[mutant.place]),
            "change": mutant.change(),
        }
        for mutant in survivors
    ]
    print(f"\nof {len(mutants)} mutants: {dict(fates)}")
    for row in rows:
        print(f"--- {row['function']}, {row['tests']} tests\n{row['change']}\n")
    if not names:
        date = datetime.datetime.now(datetime.UTC).date().isoformat()
        result = {"date": date, "seed": SEED, "all": len(mutants), **fates, "survivors": rows}
        RESULTS.write_text(json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
