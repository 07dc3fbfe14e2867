"""First-order mutants of a function: each differs from it in one place.

Operators, comparisons, constants by one, indices and axes, dropped calls and negations, swapped
names and arguments, copied and missing lines, None handled in another way.
"""

import ast
import copy
import inspect
import sys
import textwrap

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


def mutants(function):
    """Yield the source of each mutant of a function, without repetition."""
    source = textwrap.dedent(inspect.getsource(function))
    tree = ast.parse(source)
    original = ast.unparse(tree)
    seen = {original}
    for number, node in enumerate(ast.walk(tree)):
        for change in changes(node, names_in(tree)):
            mutated = copy.deepcopy(tree)
            target = next(n for i, n in enumerate(ast.walk(mutated)) if i == number)
            change(target)
            try:
                text = ast.unparse(ast.fix_missing_locations(mutated))
            except (ValueError, AttributeError):
                continue
            if text not in seen:
                seen.add(text)
                yield text


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
        case ast.UnaryOp():
            yield lambda target: replace(target, target.operand)
        case ast.IfExp():
            yield lambda target: replace(target, target.body)
            yield lambda target: replace(target, target.orelse)
            yield lambda target: put(body=target.orelse, orelse=target.body)(target)
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


def build(text, function):
    """Make a function from the source of a mutant, in the namespace of the original."""
    namespace = dict(vars(sys.modules[function.__module__]))
    exec(compile(text, "<mutant>", "exec"), namespace)
    return namespace[function.__name__]
