"""Reading submissions as hostile input.

What arrives as a notebook is rebuilt, cell by cell, from the few things that grading needs; what
cannot be read becomes a notebook that says why. So a submission that is broken, on purpose or
not, costs itself alone.
"""

import codecs
import json
import logging
import os
import re
import uuid
from collections.abc import Callable, Iterable, Sized
from pathlib import Path
from typing import Any, BinaryIO, ClassVar
from urllib.parse import quote

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode, from_dict
from nbformat.v4 import new_notebook

from pooledu.grading.budget import TimeBudget
from pooledu.grading.intake.door import refusal
from pooledu.grading.intake.opening import NotAFileError, open_file
from pooledu.grading.intake.stripping import TooManyTokensError, without_outputs
from pooledu.grading.sandbox.apart import NotDoneError, apart

PLAIN_BYTES = 1 << 20  # a file that is read without further ado
NOTEBOOK_BYTES = 32 << 20
ATTACHED_CHARACTERS = 8 << 20  # of the pictures in a notebook's answers, as base 64
FILE_BYTES = 64 << 20
READING_BYTES = 96 << 20  # of memory, for a file that is not plain
SOURCE_CHARACTERS = 2_000_000
SOURCE_LINES = 100_000
CELLS = 1000
LANGUAGE = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}

PICTURES = ("image/png", "image/jpeg", "image/gif")
PICTURES_OF_A_NOTEBOOK = 200
NAME_CHARACTERS = 200

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+\Z")
_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")
_HARMLESS_TAG = r"/?(?:b|i|u|p|em|br|strong|sub|sup|code|kbd)\s*/?>"
_TAG = re.compile(rf"<(?!{_HARMLESS_TAG})(?=[A-Za-z/!?])")

log = logging.getLogger(__name__)


class UnreadableError(Exception):
    """A submission that cannot be read; the sentence says why."""


class SubmissionExporter(NotebookExporter):
    """Reads submitted notebooks with care, for nbgrader's Autograde."""

    ahead: ClassVar[Callable[[str], NotebookNode | None] | None] = None
    """Finds what was read ahead of a file."""

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Read a notebook and run the preprocessors over it."""
        if not getattr(self.parent, "_sanitizing", False):  # nbgrader's own copy, written by us
            return super().from_filename(filename, resources, **options)
        resources = resources if resources is not None else {}
        notebook = self.read(filename, resources)
        return self.from_notebook_node(notebook, resources=resources, **options)

    def read(self, filename: str, resources: dict[str, Any]) -> NotebookNode:
        """Read a submitted notebook, and note among the resources which it is."""
        path, name = os.path.split(filename)
        resources["metadata"] = {"name": os.path.splitext(name)[0], "path": path}
        resources["output_extension"] = self.file_extension
        ahead = SubmissionExporter.ahead
        if ahead and (notebook := ahead(filename)):
            return notebook
        return read_or_say(Path(filename), TimeBudget.of(self, resources["nbgrader"]).reading)


def read_or_say(path: Path, seconds: float) -> NotebookNode:
    """Read a submitted notebook; one that cannot be read becomes one that says why."""
    try:
        if reason := refusal(path.parent):
            raise UnreadableError(f"was not read: {reason}")
        return read_submission(path, seconds)
    except UnreadableError as error:
        log.warning("%s %s", path, error)
        return unreadable_notebook(f"{path.name} {error}")


def read_submission(path: Path, seconds: float) -> NotebookNode:
    """Read a submitted notebook, if it is a regular file and not too large.

    Parameters
    ----------
    path : Path
        The submitted file.
    seconds : float
        Time that reading a large one may take.

    Returns
    -------
    NotebookNode
        Made anew: sources, and the `grade_id` of cells that have one. Outputs and all other
        metadata are left behind; pictures that were pasted into answers come along.

    Raises
    ------
    UnreadableError
        The file is no notebook, or larger than any honest one.
    """
    try:
        file, size = open_file(path)
    except FileNotFoundError:
        raise UnreadableError("is missing") from None
    except NotAFileError as error:
        raise UnreadableError(str(error)) from None
    with file:
        if size > FILE_BYTES:
            raise UnreadableError(f"has {size} bytes; the limit is {FILE_BYTES}")
        if size > PLAIN_BYTES:
            return _read_apart(file, seconds)
        return parse_submission(_text(file.read(size)))


def parse_submission(text: str) -> NotebookNode:
    """Make a notebook of the text of a submitted file; see `read_submission`."""
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableError("is not a notebook: the file is cut off or of another kind") from None
    try:
        if isinstance(raw, dict) and "worksheets" in raw:
            old = [cell for sheet in raw["worksheets"] for cell in sheet["cells"]]
            _look_at_count(len(old))
            for cell in old:
                cell["outputs"] = []  # which the conversion takes long to look at, one by one
            raw = nbformat.convert(nbformat.from_dict(raw), 4)
        cells = [cell for cell in raw["cells"] if isinstance(cell, dict)]
    except UnreadableError:
        raise
    except Exception:  # whatever the conversion of an old format stumbles over
        raise UnreadableError("is not a notebook: it has no cells") from None
    if language := _other_language(raw.get("metadata")):
        raise UnreadableError(f"is written in {language}; only Python is run")
    return rebuilt(cells)


def rebuilt(cells: list[dict[str, Any]]) -> NotebookNode:
    """Make a notebook from what can be used of these cells."""
    _look_at_count(len(cells))
    sources = [_source(cell) for cell in cells]
    if sum(map(len, sources)) > SOURCE_CHARACTERS:
        raise UnreadableError(f"is longer than {SOURCE_CHARACTERS} characters")
    if sum(len(source.splitlines()) for source in sources) > SOURCE_LINES:
        raise UnreadableError(f"has more than {SOURCE_LINES} lines")
    notebook = new_notebook(metadata={"language_info": dict(LANGUAGE)})
    used: set[str] = set()
    pictures = _Pictures()
    for cell, source in zip(cells, sources, strict=True):
        if cell.get("cell_type") == "code":
            new = new_cell("code", source)
        elif cell.get("cell_type") == "raw":
            new = new_cell("markdown", "\n".join("    " + line for line in source.splitlines()))
        else:
            attached = pictures.of(cell)
            text = safe_markdown(_with_links(source, attached)) + pictures.left_out(cell, attached)
            new = new_cell("markdown", text)
            if attached:
                new["attachments"] = from_dict({quote(name): attached[name] for name in attached})
        if new.source != source:
            new.metadata["as_written"] = source  # it may be code that lost its kind
        identity = cell.get("id")
        if isinstance(identity, str) and _CELL_ID.match(identity) and identity not in used:
            new.id = identity
        used.add(new.id)
        if name := _grade_id(cell):
            new.metadata["nbgrader"] = {"grade_id": name}
        notebook.cells.append(new)
    return notebook


def _look_at_count(cells: int) -> None:
    """Refuse more cells than any honest notebook has."""
    if cells > CELLS:
        raise UnreadableError(f"has {cells} cells; at most {CELLS} are graded")


def new_cell(kind: str, source: str, **metadata: Any) -> NotebookNode:
    """Make a cell, without the validation that nbformat's own makers begin with."""
    cell = NotebookNode(
        id=uuid.uuid4().hex[:8], cell_type=kind, metadata=from_dict(metadata), source=source
    )
    if kind == "code":
        cell.update(execution_count=None, outputs=[])
    return cell


def of_kind(kind: str, cell: NotebookNode) -> NotebookNode:
    """Make a cell of another kind with the same source, as it was written."""
    source = cell.metadata.get("as_written", cell.source)
    new = new_cell(kind, source if kind == "code" else safe_markdown(source))
    new.id = cell.id
    return new


def unreadable_notebook(reason: str) -> NotebookNode:
    """Make the notebook that stands for one that cannot be read."""
    notebook = new_notebook(metadata={"pooledu": {"unreadable": reason}})
    text = f"**Nothing could be graded.** {safe_markdown(reason)}."
    notebook.cells.append(new_cell("markdown", text))
    return notebook


def safe_markdown(text: str) -> str:
    """Return Markdown in which only harmless HTML is HTML.

    Examples
    --------
    >>> safe_markdown("a < b, <b>bold</b>, <script>alert(1)</script>")
    'a < b, <b>bold</b>, &lt;script>alert(1)&lt;/script>'
    """
    return _TAG.sub("&lt;", text)


def _text(data: bytes) -> str:
    """Return the text of a submitted file, without outputs if it is large."""
    if data.startswith(UTF_16):  # of a shell or an editor of Windows
        data = data.decode("utf-16", "replace").encode()
    if len(data) > PLAIN_BYTES:
        try:
            data = without_outputs(data)
        except TooManyTokensError:
            raise UnreadableError("has more saved outputs than can be left out of it") from None
    if len(data) > NOTEBOOK_BYTES:
        raise UnreadableError(
            f"has {len(data)} bytes without its outputs; the limit is {NOTEBOOK_BYTES}"
        )
    return data.decode("utf-8-sig", "replace")


def _read_apart(file: BinaryIO, seconds: float) -> NotebookNode:
    """Read a large file in a process of its own: what is parsed may be many times larger."""

    def read() -> str:
        try:
            return json.dumps(parse_submission(_text(file.read(FILE_BYTES))))
        except UnreadableError as error:
            return json.dumps(str(error))

    try:
        found = json.loads(apart(read, seconds, READING_BYTES, 2 * NOTEBOOK_BYTES))
    except NotDoneError:
        raise UnreadableError(
            f"cannot be read within {seconds:g} s and {READING_BYTES >> 20} MB"
        ) from None
    if isinstance(found, str):
        raise UnreadableError(found)
    return from_dict(found)


def _source(cell: dict[str, Any]) -> str:
    """Return a cell's source; characters that UTF-8 does not have are replaced."""
    source = cell.get("source")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        return ""
    return source.encode("utf-8", "replace").decode()


class _Pictures:
    """Takes the pictures that are pasted into answers, as far as they are pictures."""

    def __init__(self) -> None:
        self._left, self._count = ATTACHED_CHARACTERS, PICTURES_OF_A_NOTEBOOK

    def of(self, cell: dict[str, Any]) -> dict[str, dict[str, str]]:
        """Return a cell's pictures: name -> kind -> base 64."""
        attachments = cell.get("attachments")
        if not isinstance(attachments, dict):
            return {}
        result = {}
        for name, kinds in list(attachments.items())[: self._count]:
            if not 0 < len(name) <= NAME_CHARACTERS or not name.isprintable():
                continue
            for kind, data in kinds.items() if isinstance(kinds, dict) else ():
                text = "".join(data) if _is_text_in_lines(data) else data
                if kind not in PICTURES or not isinstance(text, str) or len(text) > self._left:
                    continue
                if _BASE64.match(text):
                    self._left -= len(text)
                    result[name] = {kind: "".join(text.split())}
        self._count -= len(result)
        return result

    @staticmethod
    def left_out(cell: dict[str, Any], attached: Sized) -> str:
        """Say how many of a cell's pictures were not taken."""
        attachments = cell.get("attachments")
        count = len(attachments) - len(attached) if isinstance(attachments, dict) else 0
        if not count:
            return ""
        return (
            f"\n\n*Of this cell {count} pasted picture{'s' * (count > 1)} could not be taken: a "
            f"notebook may have {ATTACHED_CHARACTERS >> 20} MB of them, each a PNG, JPEG or GIF. "
            "The submitted file has them.*"
        )


def _with_links(source: str, attached: Iterable[str]) -> str:
    """Write the links to attached pictures in one form, and break those to others.

    Formgrader shows no page that has a link to a picture that is not attached.
    """
    forms = {form: quote(name) for name in attached for form in (name, quote(name))}
    either = "|".join(map(re.escape, sorted(forms, key=len, reverse=True))) or r"\Z"
    source = re.sub(rf"<(attachment:(?:{either}))>", r"\1", source)
    return re.sub(
        rf"attachment:({either})?",
        lambda link: f"attachment:{forms[link[1]]}" if link[1] else "missing/",
        source,
    )


def _is_text_in_lines(value: Any) -> bool:
    """Say whether this is a text as notebooks write it, a list of lines."""
    return isinstance(value, list) and all(isinstance(line, str) for line in value)


def _other_language(metadata: Any) -> str:
    """Return the language that a notebook names, if it names one and it is not Python."""
    if not isinstance(metadata, dict):
        return ""
    kernel, language = metadata.get("kernelspec"), metadata.get("language_info")
    named = [
        name.strip()
        for info, key in ((kernel, "language"), (language, "name"))
        if isinstance(info, dict) and isinstance(name := info.get(key), str) and name.strip()
    ]
    if not named or any("python" in name.lower() for name in named):
        return ""
    return re.sub(r"[^\w +#.-]", "?", named[0][:30])


def _grade_id(cell: dict[str, Any]) -> str | None:
    """Return the `grade_id` that a cell claims."""
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return name if isinstance(name, str) else None
