"""The feedback page: one file that asks no other host for anything and runs nothing.

nbgrader's own page loads MathJax from another host, and shows whatever Markdown asks for. Here
formulas become MathML, pictures are those in the file, and a Content-Security-Policy in the page
makes the browser refuse all else.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from html import escape
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

from jinja2 import BytecodeCache, pass_context
from jinja2.bccache import Bucket
from jinja2.meta import find_referenced_templates
from latex2mathml.converter import convert
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution, is_task
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from traitlets import Float, Integer, List, Unicode, default

from pooledu.checks.verdict import SERVED, WHILE_SERVED
from pooledu.grading.budget import TimeBudget
from pooledu.grading.execution.outputs import BASE64
from pooledu.grading.export.cutting import cut, is_check
from pooledu.grading.export.results import decides_itself
from pooledu.grading.export.standing import Standing, standings
from pooledu.grading.intake.reading import PICTURES
from pooledu.grading.intake.reading import safe_markdown as read_as
from pooledu.grading.intake.released import texts_of
from pooledu.grading.marks import Mark, summed, total, written
from pooledu.grading.sandbox.apart import NotDoneError, apart
from pooledu.grading.sanitising import safe_html, safe_markdown

TEMPLATES = Path(__file__).parent / "templates"
FORMULA_CHARACTERS = 2000
TEXTS_KEPT = 1000  # of an instructor; what a student wrote is rendered apart and kept nowhere
SHARES = (1, 8, 64)  # a page may grow beyond what is thought: it is tried with less in it
BOOK_LINK = re.compile(
    rf'<(a|span) (?:href="{re.escape(SERVED)}|data-book=")(book/[\w./#-]+)"[^>]*>(.*?)</\1>'
    rf"(?:{re.escape(WHILE_SERVED)})?"
)


class FeedbackGrades(NbGraderPreprocessor):
    """Fetches points and comments, all at once where nbgrader's own asks for each cell."""

    ahead: ClassVar[dict[tuple[str, str], tuple[Standing, dict[str, float]]]] = {}
    """Assignment and student -> where they stand, and what each notebook is worth."""

    display_data_priority: Any = List().tag(config=True)  # which nbconvert sets for all steps

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Prepare a notebook, and the sums of its page: of all notebooks of the set together."""
        about = resources["nbgrader"]
        place = about["assignment"], about["student"]
        if place not in self.ahead:
            look_ahead(about["db_url"], about["assignment"], [about["student"]])
        its, reachable = self.ahead.pop(place)
        about["total"] = written(total(its.marks, its.penalty))
        about["late"] = written(its.penalty) if its.penalty else ""
        about["reachable"] = written(summed(reachable[name] for name in its.notebooks))
        about["state"] = its.state
        about["others"] = [
            (name, written(total(marks, 0.0)), written(reachable[name]))
            for name, marks in its.notebooks.items()
            if name != about["notebook"]
        ]
        marks = {each.exercise: each for each in its.notebooks[about["notebook"]]}
        comments = {name: text for book, name, text in its.comments if book == about["notebook"]}
        for cell in nb.cells:
            show(cell, marks, comments)
        return nb, resources


def look_ahead(address: str, assignment: str, students: Sequence[str]) -> None:
    """Ask the gradebook at an address once for the pages of several students."""
    with Gradebook(address) as gradebook:
        notebooks = gradebook.find_assignment(assignment).notebooks
        reachable = {each.name: each.max_score or 0.0 for each in notebooks}
        for student, standing in standings(gradebook, assignment, students).items():
            FeedbackGrades.ahead[assignment, student] = standing, reachable


def show(cell: NotebookNode, marks: Mapping[str, Mark], comments: Mapping[str, str]) -> None:
    """Write into a cell's metadata what the page shows of it."""
    nbgrader = cell.metadata.setdefault("nbgrader", NotebookNode())
    nbgrader["framed"] = is_solution(cell) or is_grade(cell) or is_task(cell)
    if is_solution(cell) or is_task(cell):
        nbgrader["comment"] = comments.get(nbgrader["grade_id"], "")
    if is_grade(cell) or is_task(cell):
        its = marks[nbgrader["grade_id"]]
        points = "to be read" if its.points is None else written(its.points)
        nbgrader["mark"] = f"{points} of {written(its.out_of)}"
        nbgrader["unjudged"] = decides_itself(cell)


class FeedbackOutputs(NbGraderPreprocessor):
    """Lets the links of verdicts into the book lead to it."""

    display_data_priority: Any = List().tag(config=True)  # which nbconvert sets for all steps
    book_url = Unicode(
        "", help="Where the class reads the book; without it, its paragraphs are named, not linked."
    ).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Prepare the outputs of the checks, which are the judge's."""
        for output in (each for cell in nb.cells if is_check(cell) for each in cell.outputs):
            if "text/html" in output.get("data", {}):
                output.data["text/html"] = BOOK_LINK.sub(self._link, output.data["text/html"])
        return nb, resources

    def _link(self, found: re.Match[str]) -> str:
        """Write a link to a paragraph of the book."""
        _, path, text = found.groups()
        if not self.book_url:
            return text
        return f'<a href="{escape(self.book_url.rstrip("/"))}/{path}" target="_blank">{text}</a>'


class FeedbackExporter(HTMLExporter):
    """Writes the feedback page, in a process apart: texts of students may keep a parser busy."""

    memory_megabytes = Integer(256, help="Memory that making a page may take.").tag(config=True)
    page_megabytes = Float(2.0, help="Size of a page; more is cut, and the page says so.").tag(
        config=True
    )

    @default("template_name")
    def _template_name_default(self) -> str:
        return "pooledu"

    @default("extra_template_basedirs")
    def _extra_template_basedirs_default(self) -> list[str]:
        return [str(TEMPLATES)]

    def from_notebook_node(  # type: ignore[override]  # as HTMLExporter's own
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """Make the page of a graded notebook."""
        warm_up()
        resources = self._init_resources(resources)
        self.register_filter("highlight_code", coloured)
        # HTMLExporter's own goes through the page with a parser afterwards, for nothing here.
        return super(HTMLExporter, self).from_notebook_node(nb, resources, **options)

    def _create_environment(self) -> Any:
        """Let templates be compiled once in a process: each page has an exporter of its own."""
        environment = super()._create_environment()
        environment.bytecode_cache = _compiled
        return environment

    def _load_template(self) -> Any:
        """Load the template, which is rendered apart, and those that it builds on."""
        before = len(_compiled.kept)
        template = super()._load_template()
        if len(_compiled.kept) > before:
            _compile_parents(template)
        return SimpleNamespace(render=lambda nb, resources: self._render(template, nb, resources))

    def _render(self, template: Any, nb: NotebookNode, resources: dict[str, Any]) -> str:
        """Make a page that is not too large; where that cannot be done, one of the marks alone."""
        size = int(self.page_megabytes * (1 << 20))
        about = resources["nbgrader"]
        self._render_released(about)
        seconds = TimeBudget(parent=self, notebooks=1 + len(about["others"])).page

        def page() -> str:
            for share in SHARES:
                shown = cut(nb, size // share)
                html = template.render(nb=shown, resources=resources)
                if len(html.encode("utf-8", "replace")) <= size:
                    return html
            return marks_alone("It is too large to be shown.")

        def marks_alone(reason: str) -> str:
            return template.render(nb=cut(nb, 0), resources=resources | {"left_out": reason})

        try:
            return apart(page, seconds, self.memory_megabytes << 20, size + (1 << 20))
        except NotDoneError as error:
            self.log.warning("%s: the page was %s", about["student"], error)
            return marks_alone("It could not be shown within the time and memory of a page.")

    def _render_released(self, about: dict[str, Any]) -> None:
        """Render what the instructor wrote, which stands in every page, once in a process."""
        course = getattr(self.parent, "coursedir", None)
        if course is not None:
            folder = course.format_path(course.source_directory, ".", about["assignment"])
            path = Path(course.root, folder, f"{about['notebook']}.ipynb")
            if path.exists():
                render_released(str(path), path.stat().st_mtime_ns)

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Turn Markdown into HTML, with MathML for formulas."""
        attachments = context.get("cell", {}).get("attachments", {})
        return markdown(source, attachments) if attachments else prose(source)

    def _init_resources(self, resources: dict[str, Any] | None) -> dict[str, Any]:
        """Add the style of highlighted code."""
        resources = super()._init_resources(resources)
        resources["highlight_css"] = HtmlFormatter(style="default").get_style_defs(".highlight")
        return resources


class SafeRenderer(IPythonRenderer):
    """Renders Markdown that anyone may have written."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_harmful_protocols=False, exclude_anchor_links=True, **options)

    def block_math(self, body: str) -> str:
        """Render a formula on a line of its own."""
        return mathml(body, "block")

    def inline_math(self, body: str) -> str:
        """Render a formula within a line."""
        return mathml(body, "inline")

    def latex_environment(self, name: str, body: str) -> str:
        """Render an environment such as align."""
        return mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Show a picture that was pasted into the cell; name any other in place of fetching it."""
        attached = self.attachments.get(url.removeprefix("attachment:"), {})
        for kind in PICTURES:
            data = attached.get(kind) if url.startswith("attachment:") else None
            if data and BASE64.match(data):
                return f'<img alt="{escape(text)}" src="data:{kind};base64,{data}">'
        return f"[picture: {escape(text) or escape(url)}]"


class _Compiled(BytecodeCache):
    """Keeps compiled templates in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in what is kept, if it is of the same text."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


_compiled = _Compiled()


def _compile_parents(template: Any) -> None:
    """Load what a template builds on: a process apart would compile it for its one page."""
    environment = template.environment
    source, _, _ = environment.loader.get_source(environment, template.name)
    for name in find_referenced_templates(environment.parse(source)):
        _compile_parents(environment.get_template(name))


@lru_cache(maxsize=TEXTS_KEPT)
def coloured(source: str) -> str:
    """Return code as HTML, with a lexer and a formatter that are made once."""
    lexer, formatter = _python()
    return highlight(source or " ", lexer, formatter)


@lru_cache(maxsize=TEXTS_KEPT)
def prose(source: str) -> str:
    """Return a text as HTML."""
    return markdown(source, {})


def markdown(source: str, attachments: Mapping[str, Any]) -> str:
    """Return a text with pictures as HTML."""
    renderer = SafeRenderer(escape=True, attachments=attachments)
    return safe_html(MarkdownWithMath(renderer=renderer).render(source))


@lru_cache(maxsize=16)
def render_released(path: str, _changed: int) -> None:
    """Render the texts of an instructor's notebook, as they stand in one that is graded."""
    for kind, source in texts_of(path):
        if kind == "code":
            coloured(source)
        else:
            prose(source)
            prose(safe_markdown(read_as(source)))


@cache
def _python() -> tuple[PythonLexer, HtmlFormatter]:
    """Return what colours Python."""
    return PythonLexer(), HtmlFormatter(cssclass="highlight")


@cache
def warm_up() -> None:
    """Load what a page is made with, once: a process is forked for each page, and would do so."""
    text = "# a\n\n`b` [c](https://d.example) $x^2$\n\n- e\n\n```python\nf = 1\n```\n"
    prose(text)
    coloured("a = 1\n")


def mathml(latex: str, display: str) -> str:
    r"""Turn a formula into MathML; what cannot be turned stands there as code.

    Examples
    --------
    >>> mathml("x", "inline").endswith("<mrow><mi>x</mi></mrow></math>")
    True
    >>> mathml(r"\nonsense", "inline")
    '<code>\\nonsense</code>'
    """
    formula = ""
    if len(latex) <= FORMULA_CHARACTERS:
        with suppress(Exception):  # whatever the converter stumbles over; students write anything
            formula = convert(latex.strip(), display=display)
    # What the converter does not understand it passes through as an identifier.
    if not formula or "<mi>\\" in formula:
        return f"<code>{escape(latex)}</code>"
    return formula


def configure_feedback(config: Any) -> None:
    """Let nbgrader write its feedback as this page; see `preprocessor.configure`."""
    config.GenerateFeedback.exporter_class = FeedbackExporter
    config.GenerateFeedback.preprocessors = [FeedbackGrades, FeedbackOutputs]
    config.FeedbackExporter.template_name = "pooledu"
    config.FeedbackExporter.extra_template_basedirs = [str(TEMPLATES)]
