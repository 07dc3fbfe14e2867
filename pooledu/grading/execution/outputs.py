"""A cell's outputs, built from messages that may be hostile."""

import re
from typing import Any

from nbformat.notebooknode import NotebookNode, from_dict

from pooledu.grading.sanitising import safe_formulas, safe_html

BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*\Z")
IMAGES = ("image/png", "image/jpeg")
OUTPUTS_OF_A_CELL = 1000
LINES_OF_AN_ERROR = 200
NUMBER_CHARACTERS = 100
PLACES_OF_AN_ID = 50  # which an update reaches
OVERHEAD, LINE_OVERHEAD = 1500, 60  # bytes that an output, or a line of one, takes beside its text
GROWTH = 4
SPENT = "[left out: the outputs of this notebook are too large together]"


class Own(NotebookNode):
    """An error that the grader itself records; no message makes one."""


class Outputs:
    """The outputs of a notebook's cells, as Jupyter would have recorded them.

    What could be active in a page (scripts, SVG, JavaScript, styles) is left out, and sizes are
    bounded: the feedback page is opened by the student and by the instructor.

    Parameters
    ----------
    characters, image_bytes : int
        What is kept of a cell's text, and of its images in base 64.
    budget : int
        What is kept of all cells together.
    """

    def __init__(self, characters: int, image_bytes: int, budget: int) -> None:
        self._characters, self._image_bytes = characters, image_bytes
        self._budget, self._spent = budget, False
        self._displayed: dict[str, list[NotebookNode]] = {}
        self.begin([])

    def begin(self, outputs: list[NotebookNode]) -> None:
        """Record the outputs that follow into the list of another cell."""
        self._outputs = outputs
        self._left, self._images_left = self._characters, self._image_bytes
        self._clear_first = self._cut = self._has_result = False

    def add(self, kind: Any, content: Any) -> None:
        """Record one of Jupyter's output messages; one that is malformed raises ValueError."""
        handlers = {
            "stream": self._stream,
            "error": self._error,
            "display_data": self._display,
            "execute_result": self._result,
            "update_display_data": self._update,
            "clear_output": self._clear,
        }
        if not isinstance(content, dict) or not isinstance(kind, str) or kind not in handlers:
            raise ValueError("an output of no known kind")
        if self._clear_first and kind != "clear_output":
            self._empty()
            self._clear_first = False
        handlers[kind](content)

    def note(self, text: str) -> None:
        """Record a sentence of the grader's own."""
        self._append({"output_type": "stream", "name": "stdout", "text": text + "\n"})

    def error(self, name: str, text: str) -> None:
        """Record an error of the grader's own."""
        traceback = [f"\x1b[0;31m{name}\x1b[0m: {text}"]
        self._outputs.append(
            Own({"output_type": "error", "ename": name, "evalue": text, "traceback": traceback})
        )

    def failed(self) -> None:
        """See that a cell that ended in an error shows one, and no value: nbgrader reads both.

        What a notebook shows it decides itself: it may hide a traceback, or clear it away.
        """
        for output in self._outputs:
            if output.output_type == "execute_result":
                output["output_type"] = "display_data"
                output.pop("execution_count", None)
        if not any(output.output_type == "error" for output in self._outputs):
            self.error("CellFailed", "this cell ended in an error that the notebook did not show")

    def _stream(self, content: dict) -> None:
        """Record text, joined to the text before it where that came from the same stream."""
        name, text = content.get("name"), self._bounded(content.get("text"))
        if name not in ("stdout", "stderr"):
            raise ValueError("a stream that is neither stdout nor stderr")
        last = self._outputs[-1] if self._outputs else {}
        self._budget -= len(text)
        if last.get("output_type") == "stream" and last["name"] == name:
            last["text"] += text
        elif text:
            self._append({"output_type": "stream", "name": name, "text": text})

    def _error(self, content: dict) -> None:
        """Record an exception."""
        lines = content.get("traceback")
        if not isinstance(lines, list):
            raise ValueError("an error without a traceback")
        self._append(
            {
                "output_type": "error",
                "ename": self._bounded(content.get("ename")),
                "evalue": self._bounded(content.get("evalue")),
                "traceback": [self._bounded(line) for line in lines[:LINES_OF_AN_ERROR]],
            }
        )

    def _display(self, content: dict) -> None:
        """Record what was displayed."""
        output = self._append({"output_type": "display_data", **self._bundle(content)})
        name = _display_id(content)
        if name and len(places := self._displayed.setdefault(name, [])) < PLACES_OF_AN_ID:
            places.append(output)

    def _update(self, content: dict) -> None:
        """Replace what was displayed under an id."""
        shown = self._displayed.get(_display_id(content), [])
        bundle = from_dict(self._bundle(content, times=len(shown)))
        for output in shown:
            output.update(bundle)

    def _result(self, content: dict) -> None:
        """Record the value of a cell's last expression."""
        count = content.get("execution_count")
        if type(count) is not int:
            raise ValueError("a result without an execution count")
        bundle = self._bundle(content)
        # nbgrader takes a short one for a number of points, and none for all points: it stays.
        given = content["data"].get("text/plain")
        if isinstance(given, str) and len(given) <= NUMBER_CHARACTERS:
            bundle["data"]["text/plain"] = _text(given)
        bundle["data"]["text/plain"] = bundle["data"].get("text/plain") or "(no text)"
        output = {"output_type": "execute_result", "execution_count": count, **bundle}
        self._append(output, sure=not self._has_result)
        self._has_result = True

    def _clear(self, content: dict) -> None:
        """Forget the cell's outputs, now or when the next one comes."""
        if content.get("wait"):
            self._clear_first = True
        else:
            self._empty()

    def _empty(self) -> None:
        """Forget the cell's outputs."""
        self._outputs.clear()
        self._has_result = False

    def _bundle(self, content: dict, times: int = 1) -> dict[str, Any]:
        """Return data in the formats that are safe to show."""
        given = content.get("data")
        if not isinstance(given, dict):
            raise ValueError("a display without data")
        data = (
            {"text/plain": self._bounded(_text(given["text/plain"]))}
            if "text/plain" in given
            else {}
        )
        if "text/html" in given:
            html = self._bounded(given["text/html"])
            data["text/html"] = safe_formulas(safe_html(html))
            if len(data["text/html"]) > GROWTH * len(html) + 1000:  # what a parser multiplies
                data["text/html"] = "<p>[left out: HTML that grows when it is read]</p>"
        for kind in IMAGES:
            if kind in given and (image := self._image(given[kind])):
                data[kind] = image
        if not data:
            names = ", ".join(sorted(str(name)[:40] for name in list(given)[:10]))
            data["text/plain"] = f"<{names[:200]}: not shown>"
        self._budget -= times * sum(map(len, data.values()))
        if self._budget < 0:
            data = {"text/plain": SPENT}
        return {"data": data, "metadata": {}}

    def _image(self, value: Any) -> str:
        """Return an image in base 64, or "" where it is none or too large."""
        text = _text(value)
        if not BASE64.match(text) or len(text) > self._images_left:
            return ""
        self._images_left -= len(text)
        return text

    def _bounded(self, text: Any) -> str:
        """Return text as far as the cell's limit goes, and note once where it was cut."""
        text = _text(text)
        kept = text[: max(0, min(self._left, self._budget))]
        self._left -= len(kept)
        if len(kept) < len(text) and not self._cut:
            self._cut = True
            kept += f"\n[cut: a cell keeps {self._characters} characters of output]\n"
        return kept

    def _append(self, output: dict[str, Any], sure: bool = False) -> NotebookNode:
        """Add an output to the cell, unless it has very many and this one need not be there."""
        self._budget -= OVERHEAD + LINE_OVERHEAD * len(output.get("traceback", ()))
        node = from_dict(output)
        if self._budget < 0 and not sure:
            if not self._spent:
                self._spent = True
                self._outputs.append(_note(SPENT))
            return node
        if sure or len(self._outputs) < OUTPUTS_OF_A_CELL:
            self._outputs.append(node)
        elif len(self._outputs) == OUTPUTS_OF_A_CELL:
            self._outputs.append(_note(f"[cut: a cell keeps {OUTPUTS_OF_A_CELL} outputs]"))
        return node


def _note(text: str) -> NotebookNode:
    """Make an output of the grader's own."""
    return from_dict({"output_type": "stream", "name": "stdout", "text": text + "\n"})


def _display_id(content: dict) -> str:
    """Return the id under which something is displayed, or "" where it has none that is one."""
    transient = content.get("transient")
    name = transient.get("display_id") if isinstance(transient, dict) else None
    return name if isinstance(name, str) and len(name) <= 200 else ""


def _text(value: Any) -> str:
    """Return a string, or raise ValueError; characters that UTF-8 does not have are replaced."""
    if not isinstance(value, str):
        raise ValueError("an output whose text is no text")
    return value.encode("utf-8", "replace").decode()
