"""First-order mutants of a solution: each differs from it in one place.

Operators, comparisons, constants by one, indices and axes, dropped calls and negations, swapped
names and arguments, copied and missing lines, None handled in another way, other names for the
parameters. A solution is taken with all that it calls of its own module, and each of these
functions is mutated.
"""

import ast
import copy
import inspect
import itertools
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds
from numpy.lib.stride_tricks import as_strided

ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Div, ast.Mod)
COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
SIBLINGS = {
    "max": ("min", "mean", "sum"),
    "mean": ("sum", "max", "median"),
    "sum": ("mean", "max"),
    "min": ("max",),
    "amax": ("amin", "mean"),
    "argmax": ("argmin",),
    "floor": ("ceil", "round"),
    "ceil": ("floor",),
    "maximum": ("minimum",),
    "minimum": ("maximum",),
    "any": ("all",),
    "all": ("any",),
    "zeros": ("ones",),
}


@dataclass(frozen=True)
class Program:
    """A solution as source: the functions that it reaches, itself the last one."""

    sources: dict[str, str]
    given: dict[str, Any]
    aliases: dict[str, str]  # a name from around a function -> the function that it stands for

    def build(self, name: str = "", text: str = "") -> Callable[..., Any]:
        """Make the solution, with another source for one of its functions."""
        namespace = dict(self.given)
        for part, source in self.sources.items():
            exec(compile(text if part == name else source, "<mutant>", "exec"), namespace)
            for alias, meant in self.aliases.items():
                if meant == part:
                    namespace[alias] = namespace[part]
        return namespace[next(reversed(self.sources))]

    def mutants(self) -> Iterator[tuple[str, str]]:
        """Yield the name of a function and another source for it."""
        for name, source in self.sources.items():
            for text in mutants_of(source, whole=name == next(reversed(self.sources))):
                yield name, text


def program(function: Callable[..., Any]) -> Program:
    """Take a solution with the functions of its module that it calls, and those around it."""
    sources: dict[str, str] = {}
    given = dict(vars(sys.modules[function.__module__])) | {"as_strided": inside_only}
    aliases: dict[str, str] = {}

    def visit(reached: Callable[..., Any]) -> str:
        source = ast.unparse(ast.parse(textwrap.dedent(inspect.getsource(reached))))
        name = ast.parse(source).body[0].name
        around = inspect.getclosurevars(reached)
        for alias, value in {**names_of(reached), **around.nonlocals}.items():
            ours = inspect.isfunction(value) and value.__module__ == function.__module__
            if not ours or value is reached:
                given.setdefault(alias, value)
            elif value.__code__ not in seen:
                seen.add(value.__code__)
                aliases[alias] = visit(value)
        sources[name] = source
        return name

    seen = {function.__code__}
    visit(function)
    return Program(sources, given, aliases)


def names_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The globals that a function uses, those of the functions in it included."""
    found, codes = {}, [function.__code__]
    while codes:
        code = codes.pop()
        codes += [constant for constant in code.co_consts if inspect.iscode(constant)]
        found |= {n: function.__globals__[n] for n in code.co_names if n in function.__globals__}
    return found


def inside_only(x: np.ndarray, shape: Any, strides: Any) -> np.ndarray:
    """Let `as_strided` see nothing beyond the array: what is there differs from run to run."""
    view = as_strided(x, shape, strides)
    (low, high), (first, last) = byte_bounds(x), byte_bounds(view)
    if view.size and not (low <= first and last <= high):
        raise IndexError("beyond the array")
    return view


def mutants_of(source: str, whole: bool) -> Iterator[str]:
    """Yield the source of each mutant of a function, without repetition."""
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    for number, node in enumerate(ast.walk(tree)):
        for change in changes(node, names_in(tree)):
            mutated = ast.parse(source)
            change(next(itertools.islice(ast.walk(mutated), number, None)))
            try:
                text = ast.unparse(ast.fix_missing_locations(mutated))
                compile(text, "<mutant>", "exec")
            except (ValueError, AttributeError, SyntaxError):
                continue
            if text not in seen:
                seen.add(text)
                yield text
    for parameter in parameters(tree) if whole else ():
        yield ast.unparse(renamed(tree, parameter))


def parameters(tree: ast.Module) -> list[str]:
    """The names of a function's parameters."""
    arguments = tree.body[0].args
    return [argument.arg for argument in (*arguments.args, *arguments.kwonlyargs)]


def renamed(tree: ast.Module, parameter: str) -> ast.Module:
    """Give a parameter another name, everywhere."""
    tree = copy.deepcopy(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.arg == parameter:
            node.arg += "_"
        if isinstance(node, ast.Name) and node.id == parameter:
            node.id += "_"
    return tree


def names_in(tree):
    """The names that a function binds, of which one may stand for another."""
    nodes = list(ast.walk(tree))
    arguments = [arg.arg for node in nodes if isinstance(node, ast.arguments) for arg in node.args]
    stored = [
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    return sorted({*arguments, *stored})


def changes(node, names):
    """Yield functions that change a node in place, each in its own way."""

    def put(**values):
        return lambda target: [setattr(target, name, value) for name, value in values.items()]

    match node:
        case ast.BinOp(op=op):
            yield from (put(op=other()) for other in ARITHMETIC if not isinstance(op, other))
            yield lambda target: replace(target, target.left)
            yield lambda target: replace(target, target.right)
            if not isinstance(op, ast.Add | ast.Mult):
                yield lambda target: put(left=target.right, right=target.left)(target)
        case ast.Compare(ops=[op]):
            yield from (put(ops=[other()]) for other in COMPARISONS if not isinstance(op, other))
        case ast.BoolOp(op=op):
            yield put(op=ast.And() if isinstance(op, ast.Or) else ast.Or())
            for i in range(len(node.values)):
                yield lambda target, i=i: replace(target, target.values[i])
            for value in (1, 2):  # as in `stride or 2`
                yield lambda target, value=value: target.values.__setitem__(-1, ast.Constant(value))
        case ast.UnaryOp():
            yield lambda target: replace(target, target.operand)
        case ast.IfExp():
            yield lambda target: replace(target, target.body)
            yield lambda target: replace(target, target.orelse)
            yield lambda target: put(body=target.orelse, orelse=target.body)(target)
            yield from (put(body=ast.Constant(value)) for value in (1, 2))
        case ast.Constant(value=bool(value)):
            yield put(value=not value)
        case ast.Constant(value=int() | float() as value):
            yield from (put(value=other) for other in (value + 1, value - 1, -value))
        case ast.Name(id=name, ctx=ast.Load()) if name in names:
            yield from (put(id=other) for other in names if other != name)
        case ast.Name(id=name, ctx=ast.Load()) if name in SIBLINGS:
            yield from (put(id=other) for other in SIBLINGS[name])
        case ast.Attribute(attr=name) if name in SIBLINGS:
            yield from (put(attr=other) for other in SIBLINGS[name])
        case ast.Call():
            yield from (
                lambda target, i=i: replace(target, target.args[i]) for i in range(len(node.args))
            )
            yield from (
                lambda target, i=i: target.keywords.pop(i) for i in range(len(node.keywords))
            )
            if isinstance(node.func, ast.Attribute):
                yield lambda target: replace(target, target.func.value)
            if len(node.args) > 1:
                yield lambda target: put(args=target.args[::-1])(target)
        case ast.Slice():
            yield from (put(**{part: None}) for part in ("lower", "upper", "step"))
        case ast.Tuple() if len(node.elts) == 2:
            yield lambda target: put(elts=target.elts[::-1])(target)
        case ast.AugAssign(op=op):
            yield from (put(op=other()) for other in ARITHMETIC if not isinstance(op, other))
    for block in ("body", "orelse"):
        lines = getattr(node, block, None)
        if isinstance(lines, list):
            for i, line in enumerate(lines):
                if not isinstance(line, ast.FunctionDef):
                    yield lambda target, i=i, block=block: drop(getattr(target, block), i)
                    yield lambda target, i=i, block=block: getattr(target, block).insert(
                        i, copy.deepcopy(getattr(target, block)[i])
                    )


def replace(target, other):
    """Let a node become another one."""
    target.__class__ = other.__class__
    target.__dict__ = dict(other.__dict__)


def drop(lines, i):
    """Take a line out of a block."""
    lines[i] = ast.Pass()
