"""One word for the code that a committed result is of, the same in every Python."""

import ast
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent


def digest(name: str) -> str:
    """One word for what a row depends on: the code of the experiment and of the training.

    The experiments from which it takes a part count too. Comments may change, and so may the lists
    of what is run and what is concluded.
    """
    state = sha256()
    for tree in (*experiments(name), parsed("together")):
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list):
                node.body = [part for part in body if not is_left_out(part)]
        state.update(repr(words(tree)).encode())
    return state.hexdigest()[:16]


def parsed(name: str) -> ast.Module:
    """The code of a module of this folder."""
    return ast.parse((HERE / f"{name}.py").read_text("utf8"))


def experiments(name: str) -> Iterator[ast.Module]:
    """The code of an experiment, and of those that it imports."""
    yield (tree := parsed(name))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "experiments":
            for other in node.names:
                yield from experiments(other.name)


def words(node: object) -> object:
    """What a piece of code says, in the same words for every Python.

    Each version prints its own fields where they are empty, so `ast.dump` is of one version.
    """
    if isinstance(node, ast.AST):
        fields = [(name, value) for name, value in ast.iter_fields(node) if value not in (None, [])]
        return type(node).__name__, *((name, words(value)) for name, value in fields)
    return list(map(words, node)) if isinstance(node, list) else node


def is_left_out(node: ast.AST) -> bool:
    """Whether a statement documents, or only chooses what is run or concluded."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id in {"QUESTION", "MATTERS", "MEASURES", "CONDITIONS", "STEPS"}
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
