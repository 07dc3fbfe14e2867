"""Execute a chapter again when a module that it imports has changed.

The execution cache knows a notebook by its cells and its kernel only. So the digest of the
package's sources that a chapter depends on is written into the kernel's metadata, where the cache
sees it, and Sphinx is told which chapters are out of date. Other files that a chapter reads are
named in its front matter, from the chapter's folder: `depends: [errata.yml, data/*.json]`.
"""

import ast
import hashlib
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError

PACKAGE = "pooledu"
CODE_CELL = re.compile(r"^```\{code-cell\}.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
DEPENDS = re.compile(r"^depends: \[(.*)\]$", re.MULTILINE)
# In a chapter's front matter, or in an entry of a file that it reads.
NEEDS = re.compile(r"^ *needs: \[(.*)\]$", re.MULTILINE)
DOCUMENTED = re.compile(rf"^\.\. auto\w+:: ({PACKAGE}[\w.]*)$", re.MULTILINE)
# What a cell imports stands at the start of a line; the rest may be IPython's own syntax.
IMPORT = re.compile(rf"^\s*(?:from|import) {PACKAGE}\b.*$", re.MULTILINE)


@cache  # by what is in the file: most of the pages import the same modules
def imported_names(source: str, package: str = "") -> list[str]:
    """The names in our package that Python may load: `from a import b` may load a and a.b."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: -node.level + 1 or None] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            names += [module, *(f"{module}.{alias.name}" for alias in node.names)]
    return [name for name in names if name.split(".")[0] == PACKAGE]


def files_of(name: str, root: Path) -> Iterator[Path]:
    """The files that importing a dotted name runs: its packages' `__init__` and the module."""
    parts = name.split(".")
    for depth in range(1, len(parts) + 1):
        path = root.joinpath(*parts[:depth])
        yield from (f for f in (path.with_suffix(".py"), path / "__init__.py") if f.is_file())


def closure(source: str, root: Path) -> set[Path]:
    """Every file of the package that the source depends on, directly or not.

    A module's files of other kinds (styles, scripts, data) count with its folder.
    """
    pending = [f for name in imported_names(source) for f in files_of(name, root)]
    found: set[Path] = set()
    while pending:
        path = pending.pop()
        if path in found:
            continue
        found.add(path)
        package = ".".join(path.parent.relative_to(root).parts)
        names = imported_names(path.read_text("utf8"), package)
        pending += [f for name in names for f in files_of(name, root)]
    folders = {path.parent for path in found if path.parent != root / PACKAGE}
    found.update(f for d in folders for f in d.iterdir() if f.suffix in {".css", ".js", ".json"})
    return found


def read_files(chapter: str, root: Path) -> set[Path]:
    """The files that a chapter says it reads; a pattern without a file is an error."""
    patterns = [name.strip(" \"'") for line in DEPENDS.findall(chapter) for name in line.split(",")]
    found = {pattern: set((root / "book").glob(pattern)) for pattern in patterns}
    if missing := [pattern for pattern, files in found.items() if not files]:
        raise ExtensionError(f"a chapter depends on {missing}, and there is no such file")
    return set().union(*found.values())


def digest(chapter: str, root: Path) -> str:
    """One word for the state of all that a chapter imports from the package, documents or reads."""
    cells = "\n".join(CODE_CELL.findall(chapter))
    lines = [line.strip() for line in IMPORT.findall(cells)]
    imports = "\n".join(lines + [f"import {name}" for name in DOCUMENTED.findall(chapter)])
    read = read_files(chapter, root)
    lists = [path.read_text("utf8") for path in sorted(read) if path.suffix == ".yml"]
    state = hashlib.sha256(" ".join(map(lacking, [chapter, *lists])).encode())
    for path in sorted(closure(imports, root) | read):
        state.update(path.name.encode() + b"\0" + path.read_bytes())
    return state.hexdigest()[:16]


def absent(modules: list[str]) -> list[str]:
    """Those of the modules that are not installed here."""
    return [name for name in modules if importlib.util.find_spec(name) is None]


def lacking(text: str) -> str:
    """What a text needs and this machine lacks: then that is not run (recorded.py)."""
    needs = [name.strip() for line in NEEDS.findall(text) for name in line.split(",")]
    return " ".join(absent(needs))


def marked(chapter: str, state: str) -> str:
    """A chapter with its digest in its kernel's metadata, which is part of the cache's key."""
    return chapter.replace("\nkernelspec:\n", f"\nkernelspec:\n  package: '{state}'\n", 1)


def mark(app: Sphinx, docname: str, source: list[str]) -> None:
    """Mark a chapter that is read, and keep the digest."""
    now = digest(source[0], Path(app.srcdir))
    app.env.metadata[docname]["package_digest"] = now
    source[0] = marked(source[0], now)


def outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """The chapters whose part of the package is not what it was when they were read."""
    return [
        docname
        for docname in env.found_docs - added - changed - removed
        if env.metadata[docname].get("package_digest")
        != digest(Path(env.doc2path(docname)).read_text("utf8"), Path(app.srcdir))
    ]


def setup(app: Sphinx) -> None:
    """Connect to the reading of pages."""
    app.connect("source-read", mark)
    app.connect("env-get-outdated", outdated)
