"""Tables of other programs (CSV), in whatever form these write them, and back in that form."""

import codecs
import csv
import io
import re
from dataclasses import dataclass, field
from pathlib import Path

from pooledu.grading.course.settings import CourseError

BYTES = 64 << 20
MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
DELIMITERS = ",;\t"


@dataclass
class Table:
    """A header, rows, and how they were written.

    Attributes
    ----------
    preamble
        What stands before the header: a line such as ``sep=;``, with its end.
    """

    header: list[str]
    rows: list[list[str]] = field(default_factory=list)
    delimiter: str = ","
    encoding: str = "utf-8"
    mark: bytes = b""
    newline: str = "\r\n"
    preamble: str = ""

    def column(self, name: str) -> list[str]:
        """Return the cells of a column; a row that is too short has an empty one."""
        return [self.cell(row, name) for row in self.rows]

    def add_column(self, name: str) -> None:
        """Add a column, if it is not there."""
        if name not in self.header:
            self.header.append(name)

    def cell(self, row: list[str], name: str) -> str:
        """Return a cell of a row."""
        place = self.header.index(name)
        return row[place] if place < len(row) else ""

    def set(self, row: list[str], name: str, text: str) -> None:
        """Write a cell, in a column that is made if it is not there."""
        self.add_column(name)
        place = self.header.index(name)
        row += [""] * (place + 1 - len(row))
        row[place] = text

    def write(self, path: Path) -> None:
        """Write the table as it was read."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator=self.newline)
        for row in [self.header, *self.rows]:
            writer.writerow(row + [""] * (len(self.header) - len(row)) if row else [])
        data = (self.preamble + text.getvalue()).encode(self.encoding, "xmlcharrefreplace")
        path.write_bytes(self.mark + data)


def read_table(path: Path) -> Table:
    """Read a table: UTF-8, UTF-16 or Windows' encoding; commas, semicolons or tabulators.

    Raises
    ------
    CourseError
        If there is no table in the file; the sentence says what is.
    """
    try:
        with path.open("rb") as file:
            data = file.read(BYTES + 1)
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > BYTES:
        raise CourseError(f"{path} has more than {BYTES >> 20} MB: it is no table of a class")
    mark, encoding, text = _decoded(data)
    if not text.strip():
        raise CourseError(f"{path} is empty; let the LMS write it once more")
    newline = "\r\n" if "\r\n" in text else "\n" if "\n" in text else "\r"
    found = re.match(r"sep=(.)(\r\n|\n|\r)", text, re.IGNORECASE)
    preamble = found[0] if found else ""
    text = text[len(preamble) :]
    delimiter = found[1] if found else _delimiter(text)
    try:
        header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except (csv.Error, ValueError, TypeError) as error:
        raise CourseError(f"{path} is no table of commas or semicolons: {error}") from None
    return Table(header, rows, delimiter, encoding, mark, newline, preamble)


def _decoded(data: bytes) -> tuple[bytes, str, str]:
    """Return the mark at a file's beginning, its encoding, and its text."""
    for mark, encoding in MARKS.items():
        if data.startswith(mark):
            return mark, encoding, data[len(mark) :].decode(encoding, "replace")
    zeros = data[:2000:2].count(0), data[1:2000:2].count(0)  # of the even bytes, of the odd
    if max(zeros) > len(data[:2000]) // 4:
        encoding = "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
        return b"", encoding, data.decode(encoding, "replace")
    for encoding in ("utf-8", "cp1252"):
        try:
            return b"", encoding, data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return b"", "latin-1", data.decode("latin-1")


def _delimiter(text: str) -> str:
    """Return what separates most cells of the first line, outside of quotes."""
    lines = (line for line in text.splitlines() if line.strip())
    first = re.sub(r'"[^"]*"', "", next(lines))
    return max(DELIMITERS, key=first.count)
