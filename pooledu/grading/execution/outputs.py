"""A cell's outputs, built from messages that may be hostile."""

import re
from typing import Any

import nh3
from nbformat.notebooknode import NotebookNode, from_dict

BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*\Z")
IMAGES = ("image/png", "image/jpeg")
TAGS = set(
    """
    a abbr b blockquote br caption code col colgroup dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i
    li ol p pre s small span strong sub sup table tbody td tfoot th thead tr tt u ul var
    """.split()  # noqa: SIM905
)
DRAWING_TAGS = set("svg g rect line path circle polyline polygon text tspan".split())  # noqa: SIM905
DRAWING_ATTRIBUTES = set(
    """
    viewBox width height x y x1 x2 y1 y2 dx dy r rx ry cx cy d points transform fill stroke
    stroke-width stroke-dasharray stroke-linejoin stroke-linecap opacity fill-opacity
    font-size font-family font-weight text-anchor dominant-baseline
    """.split()  # noqa: SIM905
)
ATTRIBUTES = {
    "*": {"class", "colspan", "rowspan", "title", "role", "aria-label"},
    "a": {"href"},
    **dict.fromkeys(DRAWING_TAGS, DRAWING_ATTRIBUTES),
}
OUTPUTS_OF_A_CELL = 1000


class Outputs:
    """The outputs of a notebook's cells, as Jupyter would have recorded them.

    What could be active in a page (scripts, SVG, JavaScript, styles) is left out, and sizes are
    bounded: the feedback page is opened by the student and by the instructor.

    Parameters
    ----------
    characters, image_bytes : int
        What is kept of a cell's text, and of its images in base 64.
    """

    def __init__(self, characters: int, image_bytes: int) -> None:
        self._characters, self._image_bytes = characters, image_bytes
        self._displayed: dict[str, list[NotebookNode]] = {}
        self.begin([])

    def begin(self, outputs: list[NotebookNode]) -> None:
        """Record the outputs that follow into the list of another cell."""
        self._outputs = outputs
        self._left, self._images_left = self._characters, self._image_bytes
        self._clear_first = self._cut = False

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
            self._outputs.clear()
            self._clear_first = False
        handlers[kind](content)

    def note(self, text: str) -> None:
        """Record a sentence of the grader's own."""
        self._append({"output_type": "stream", "name": "stdout", "text": text + "\n"})

    def error(self, name: str, text: str) -> None:
        """Record an error of the grader's own."""
        traceback = [f"\x1b[0;31m{name}\x1b[0m: {text}"]
        self._outputs.append(
            from_dict(
                {"output_type": "error", "ename": name, "evalue": text, "traceback": traceback}
            )
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
                "traceback": [self._bounded(line) for line in lines[:1000]],
            }
        )

    def _display(self, content: dict) -> None:
        """Record what was displayed."""
        output = self._append({"output_type": "display_data", **self._bundle(content)})
        transient = content.get("transient")
        if isinstance(transient, dict) and isinstance(transient.get("display_id"), str):
            self._displayed.setdefault(transient["display_id"], []).append(output)

    def _update(self, content: dict) -> None:
        """Replace what was displayed under an id."""
        transient = content.get("transient")
        name = transient.get("display_id") if isinstance(transient, dict) else None
        bundle = self._bundle(content)
        for output in self._displayed.get(name, []) if isinstance(name, str) else []:
            output.update(from_dict(bundle))

    def _result(self, content: dict) -> None:
        """Record the value of a cell's last expression."""
        count = content.get("execution_count")
        if type(count) is not int:
            raise ValueError("a result without an execution count")
        self._append(
            {"output_type": "execute_result", "execution_count": count, **self._bundle(content)}
        )

    def _clear(self, content: dict) -> None:
        """Forget the cell's outputs, now or when the next one comes."""
        if content.get("wait"):
            self._clear_first = True
        else:
            self._outputs.clear()

    def _bundle(self, content: dict) -> dict[str, Any]:
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
            data["text/html"] = safe_html(self._bounded(given["text/html"]))
        for kind in IMAGES:
            if kind in given and (image := self._image(given[kind])):
                data[kind] = image
        if not data:
            data["text/plain"] = f"<{', '.join(sorted(map(str, given)))[:200]}: not shown>"
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
        kept = text[: self._left]
        self._left -= len(kept)
        if len(kept) < len(text) and not self._cut:
            self._cut = True
            kept += f"\n[cut: a cell keeps {self._characters} characters of output]\n"
        return kept

    def _append(self, output: dict[str, Any]) -> NotebookNode:
        """Add an output to the cell, unless it has very many."""
        node = from_dict(output)
        if len(self._outputs) < OUTPUTS_OF_A_CELL:
            self._outputs.append(node)
        elif len(self._outputs) == OUTPUTS_OF_A_CELL:
            cut = f"[cut: a cell keeps {OUTPUTS_OF_A_CELL} outputs]\n"
            self._outputs.append(
                from_dict({"output_type": "stream", "name": "stdout", "text": cut})
            )
        return node


def safe_html(html: str) -> str:
    """Return HTML without anything that acts: tags and attributes of a short list alone.

    Examples
    --------
    >>> safe_html('<style>p {}</style><p onclick="f()">a <b>b</b></p>')
    '<p>a <b>b</b></p>'
    >>> safe_html('<svg onload="f()"><rect fill="url(//a)" x="1"/></svg>')
    '<svg><rect x="1"></rect></svg>'
    """
    return nh3.clean(
        html,
        tags=TAGS | DRAWING_TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=lambda tag, name, value: None if "url(" in value.lower() else value,
        url_schemes={"http", "https"},
    )


def _text(value: Any) -> str:
    """Return a string, or raise ValueError; characters that UTF-8 does not have are replaced."""
    if not isinstance(value, str):
        raise ValueError("an output whose text is no text")
    return value.encode("utf-8", "replace").decode()
