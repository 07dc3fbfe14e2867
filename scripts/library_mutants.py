"""Try mutants of the library on its own tests, and write down which survive.

`scripts/library_mutants.py` draws mutants of `pooledu.functional`, `gradients` and `nn` by a seed:
an operator, a comparison, a constant, a name, a line or an argument is another one. Signatures are
left as they are, and what is raised, whose words are no results. A mutant meets the tests of these
parts that reach its function, the quickest first, in a process forked for it. The survivors are
written to `benchmarks/results/library_mutants.json`, where a person says why each one is no fault;
what was said of those that survive again is kept. Names of functions as arguments: all mutants of
these alone, and nothing is written.
"""

import ast
import collections
import copy
import datetime
import difflib
import importlib
import inspect
import itertools
import json
import linecache
import os
import random
import signal
import sys
import time
import traceback
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # a fork has no threads

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.checks.mutants import changes, names_in  # noqa: E402

RESULTS = ROOT / "benchmarks/results/library_mutants.json"
SOURCES = ["pooledu/functional", "pooledu/nn", "pooledu/gradients.py"]
TESTS = ["tests/functional", "tests/gradients", "tests/nn"]
AT_IMPORT = ("_documentation.py", "_operation.py")  # what does its work when it is imported
NUMBER, SEED = 500, 0
LONG = 20.0  # seconds of a processor for a test that is left out
FATES = ["survived", "refused", "no code", "broken"]
PATIENCE = 60  # seconds for a mutant, which may have no end
WHILE = 1800  # for all tests


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
        other = ast.parse(self.text)
        lines = linecache.getlines(str(self.file))  # a test looks at the lines of an error
        ast.increment_lineno(other, len(lines))
        lines += self.text.splitlines(keepends=True)
        linecache.cache[str(self.file)] = len(lines), None, [*lines, "\n"], str(self.file)
        owner.body[at].body = other.body[0].body
        code = compile(tree, str(self.file), "exec")
        for part in (*outer, name):
            code = next(c for c in code.co_consts if inspect.iscode(c) and c.co_name == part)
        self.live().__code__ = code

    def live(self) -> types.FunctionType:
        """The function as it is in its module, without what is around it."""
        module = self.file.relative_to(ROOT).with_suffix("")
        found = importlib.import_module(".".join(module.parts))
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
    """The text of a function without the words of what it raises, and what is never reached."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise):
            node.exc = node.cause = None
        if isinstance(block := getattr(node, "body", None), list):
            ends = (
                i for i, line in enumerate(block, 1) if isinstance(line, ast.Return | ast.Raise)
            )
            del block[next(ends, len(block)) :]
    return ast.unparse(tree)


@dataclass(frozen=True)
class Place:
    """Where a mutant differs: a node of a function, and which of the changes of it."""

    file: Path
    name: str
    node: int
    change: int

    def mutant(self) -> Mutant | None:
        """The mutant, if it is Python and differs in more than in what is raised."""
        text = bare(function_at(self.file, self.name))
        tree = ast.parse(text)
        node = next(itertools.islice(ast.walk(tree), self.node, None))
        change = next(itertools.islice(changes(node, names_in(tree)), self.change, None))
        try:
            change(node)
            other = ast.unparse(ast.fix_missing_locations(tree))
            compile(other, "<mutant>", "exec")
        except (ValueError, AttributeError, SyntaxError):
            return None
        return (
            Mutant(self.file, self.name, other) if results_of(other) != results_of(text) else None
        )


def places(names: list[str]) -> list[Place]:
    """Every place in these functions, or in all."""
    found = []
    for source in SOURCES:
        path = ROOT / source
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            for name, function in functions(file) if file.name not in AT_IMPORT else ():
                if names and name not in names:
                    continue
                tree = ast.parse(bare(function))
                bound = names_in(tree)
                for number, node in enumerate(ast.walk(tree)):
                    many = sum(1 for _ in changes(node, bound))
                    found += [Place(file, name, number, change) for change in range(many)]
    return found


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
        as_it_is = [Mutant(m.file, m.name, bare(function_at(m.file, m.name))) for m in self.mutants]
        if self.try_out(*dict.fromkeys(as_it_is)) != "survived":
            raise AssertionError("a test fails on functions that were exchanged for themselves")
        for number, mutant in enumerate(self.mutants, start=1):
            self.fate[mutant] = self.try_out(mutant)
            if self.fate[mutant] == "broken":
                raise AssertionError(f"no test could be run on {mutant.name}: see above")
            print(f"\r{number} of {len(self.mutants)}: {self.fate[mutant]:9}", end="", flush=True)
        return True

    def look(self, items: list[pytest.Item]) -> None:
        """Note which functions each test reaches, and how long it takes.

        It is done in another process: in this one no test may start threads, which a fork loses.
        """
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            signal.alarm(WHILE)  # a thread that was lost is waited for
            with os.fdopen(writing, "w") as found:
                json.dump(list(self.watch(items)), found)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as found:
            rows = json.load(found)
        os.waitpid(child, 0)
        for item, (seconds, places) in sorted(zip(items, rows, strict=True), key=lambda r: r[1][0]):
            for place in places if seconds < LONG else ():
                self.reached[tuple(place)].append(item)

    def watch(self, items: list[pytest.Item]) -> Iterator[tuple[float, list[tuple[str, str]]]]:
        """Run the tests; give for each its seconds, and the functions that it reaches."""
        for item, following in itertools.zip_longest(items, items[1:]):
            reached: set[tuple[str, str]] = set()
            start = time.process_time()  # of a busy machine too
            sys.setprofile(lambda frame, event, _, to=reached: note(frame, event, to))
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            sys.setprofile(None)
            if self.failed:
                print(f"{item.nodeid} fails without a mutant", file=sys.stderr, flush=True)
                os._exit(1)
            yield time.process_time() - start, sorted(reached)

    def try_out(self, *mutants: Mutant) -> str:
        """What becomes of mutants: refused, endless, survived, or no code at all."""
        child = os.fork()
        if child == 0:
            try:
                fate = self.refuse(mutants)
            except BaseException:  # no child may go on with what is its parent's
                traceback.print_exc()
                fate = FATES.index("broken")
            os._exit(fate)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            return "endless" if os.WTERMSIG(status) == signal.SIGALRM else "refused"
        return FATES[os.WEXITSTATUS(status)]

    def refuse(self, mutants: tuple[Mutant, ...]) -> int:
        """Run the tests that reach mutants until one fails."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        signal.alarm(PATIENCE if len(mutants) == 1 else 0)
        try:
            for mutant in mutants:
                mutant.put()
        except ValueError:  # it no longer uses what is around it
            return FATES.index("no code")
        tests = list(dict.fromkeys(t for mutant in mutants for t in self.reached[mutant.place]))
        for item, following in itertools.zip_longest(tests, tests[1:]):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                if len(mutants) > 1:
                    print(f"{item.nodeid} fails on what is as it was", file=sys.stderr, flush=True)
                return FATES.index("refused")
        return FATES.index("survived")


def note(frame: types.FrameType, event: str, reached: set[tuple[str, str]]) -> None:
    """Note a call of a function of the library."""
    if event == "call" and "/pooledu/" in frame.f_code.co_filename:
        reached.add((frame.f_code.co_filename, frame.f_code.co_name))


def main(names: list[str]) -> int:
    """Try a sample of all mutants, or all of some functions."""
    drawn = places(names)
    random.Random(SEED).shuffle(drawn)
    chosen: dict[Mutant, None] = {}  # each once, in order
    for mutant in filter(None, (place.mutant() for place in drawn)):
        chosen[mutant] = None
        if len(chosen) == NUMBER and not names:
            break
    trial = Trial(list(chosen))
    options = ["-q", "-p", "no:cacheprovider", "-m", "not slow and not browser and not book"]
    pytest.main([*options, *(str(ROOT / test) for test in TESTS)], plugins=[trial])
    if len(trial.fate) < len(chosen):
        print(f"only {len(trial.fate)} of {len(chosen)} mutants were tried", file=sys.stderr)
        return 1
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
    print(f"\nof {len(drawn)} places: {dict(fates)}")
    for row in rows:
        print(f"--- {row['function']}, {row['tests']} tests\n{row['change']}\n")
    if not names:
        date = datetime.datetime.now(datetime.UTC).date().isoformat()
        known = json.loads(RESULTS.read_text("utf8"))["survivors"] if RESULTS.exists() else []
        said = {(row["function"], row["change"]): row["why"] for row in known}
        for row in rows:
            row["why"] = said.get((row["function"], row["change"]), "")
        result = {"date": date, "seed": SEED, "places": len(drawn), **fates, "survivors": rows}
        text = json.dumps(result, indent=1, ensure_ascii=False)
        RESULTS.write_text(text + "\n", "utf8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
