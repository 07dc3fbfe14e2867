"""Notebooks that read like their pages, wherever they are opened.

MyST-NB leaves the executed chapters beside the pages, with MyST's markdown in their cells, whose
roles and directives JupyterLab does not know. So when the book is built, each is written anew:
numbers filled in, references resolved, quick checks as questions with folded answers, and the
widget where the page has its component.
"""

import codecs
import json
import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import latexcodec  # noqa: F401 the codec "ulatex"
import nbformat
from nbformat import NotebookNode
from pybtex.database import Entry, Person, parse_file
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from poolbook.exercise import tasks

ROLE = re.compile(r"\{([\w:+-]+)\}(`+)(.+?)\2", re.DOTALL)
LABEL = re.compile(r"^\(([\w-]+)\)=\s*$\n?", re.MULTILINE)
ATTRIBUTES = re.compile(r"^\{[.#][^}]*\}\s*$\n?", re.MULTILINE)
EQUATION = re.compile(r"^\$\$ *\(([\w-]+)\)", re.MULTILINE)
FENCE = re.compile(r"^(?P<mark>[`:]{3,})\{(?P<name>[\w:-]+)\} *(?P<argument>.*)$")
OPTION = re.compile(r"^:([\w-]+): *(.*)$")
COMPONENT = re.compile(r"<(pool-[a-z-]+)([^>]*)></\1>")
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
CHOICE = re.compile(r"^- \[([x ])\] ", re.MULTILINE)
EXAMPLES = Path(__file__).parents[2] / "pooledu" / "playground" / "js" / "examples.js"
PLACES = {"op": "op", "view": "view", "kernel": "kernel_size", "stride": "stride"}


class Page:
    """What a chapter's markdown needs of the book: numbers, names of other places, sources."""

    def __init__(self, env: BuildEnvironment, name: str, glued: dict[str, Any], works: Any):
        self.env, self.name, self.glued, self.works = env, name, glued, works
        self.cited: list[str] = []

    def title(self, name: str) -> str:
        """The title of a page."""
        return self.env.titles[name].astext()

    def link(self, words: str, name: str) -> str:
        """A link to another chapter's notebook; within this one the words alone."""
        return words if name == self.name else f"[{words}]({name.split('/')[-1]}.ipynb)"

    def role(self, match: re.Match) -> str:
        """A role as text or a link."""
        role, text = match[1], match[3]
        words, target = text, text
        if named := re.fullmatch(r"(.*?)\s*<(.+)>", text, re.DOTALL):
            words, target = named[1], named[2]
        write = {
            "doc": self.document, "ref": self.reference, "numref": self.figure, "eq": self.equation,
        }.get(role)  # fmt: skip
        if write:
            return write(words if named else "", target)
        if role.startswith("cite"):
            return self.citation(role, target)
        if role.startswith("glue"):
            return self.glue(target)
        return f"`{words.lstrip('~')}`"  # of Python: the name

    def document(self, words: str, target: str) -> str:
        """Another chapter."""
        name = f"{self.name.rpartition('/')[0]}/{target}".lstrip("/")
        return self.link(words or self.title(name), name)

    def reference(self, words: str, target: str) -> str:
        """A place in this chapter or another."""
        labels = self.env.domaindata["std"]
        name, _, title = labels["labels"].get(target, (*labels["anonlabels"][target], words))
        return self.link(words or title, name)

    def figure(self, _: str, target: str) -> str:
        """A figure by its number."""
        name, anchor = self.env.domaindata["std"]["anonlabels"][target]
        number = self.env.toc_fignumbers[name]["figure"][anchor]
        return f"Figure {'.'.join(map(str, number))}"

    def equation(self, _: str, target: str) -> str:
        """An equation by its number."""
        name, _ = self.env.domaindata["math"]["objects"][target]
        number = self.env.toc_fignumbers[name]["displaymath"][f"equation-{target}"]
        return f"({'.'.join(map(str, number))})"

    def tag(self, match: re.Match) -> str:
        """The end of a numbered equation."""
        return rf"\tag{{{self.equation('', match[1])[1:-1]}}}" + "\n$$"

    def citation(self, role: str, keys: str) -> str:
        """The authors and the year."""
        found = [key.strip() for key in keys.split(",")]
        self.cited += found
        works = [self.works[key] for key in found]
        if role == "cite:t":
            return ", ".join(f"{authors(w)} ({w.fields['year']})" for w in works)
        return "(" + "; ".join(f"{authors(w)}, {w.fields['year']}" for w in works) + ")"

    def glue(self, key: str) -> str:
        """A number that the chapter computed."""
        name, _, form = key.partition(":")
        value = self.glued[name]
        return format(float(value), form) if form else value.strip("'\"")

    def sources(self) -> str:
        """What the chapter cites, in full."""
        lines = []
        for work in (self.works[key] for key in sorted(set(self.cited))):
            fields = work.fields
            kind = next(
                (f for f in ("journal", "booktitle", "publisher", "note") if f in fields), ""
            )
            names = ", ".join(plain(str(person)) for person in work.persons["author"])
            place = plain(fields[kind]) + ", " if kind else ""
            lines.append(f"- {names}: *{plain(fields['title'])}*. {place}{fields['year']}.")
        return "\n".join(lines)

    def markdown(self, text: str) -> str:
        """MyST's markdown as every notebook understands it."""
        text = self.directives(text)
        text = EQUATION.sub(self.tag, ATTRIBUTES.sub("", LABEL.sub("", text)))
        return ROLE.sub(self.role, text).strip("\n")

    def directives(self, text: str) -> str:
        """The text with its directives written out; what stands in them may hold others."""
        lines, out = text.split("\n"), []
        while lines:
            line = lines.pop(0)
            opened = FENCE.match(line)
            if not opened:
                out.append(line)
                continue
            body = []
            while lines and lines[0].strip() != opened["mark"]:
                body.append(lines.pop(0))
            lines = lines[1:]
            options = {}
            while body and (option := OPTION.match(body[0])):
                options[option[1]] = option[2]
                body.pop(0)
            out += self.directive(
                opened["name"], opened["argument"], options, "\n".join(body).strip("\n")
            ).split("\n")
        return "\n".join(out)

    def directive(self, name: str, argument: str, options: dict[str, str], body: str) -> str:
        """One directive."""
        if name == "quiz":
            return quiz(argument, body)
        if name == "admonition":
            inside = self.directives(body)
            if "dropdown" in options.get("class", ""):
                return folded(argument, inside)
            return f"**{argument}**\n\n{inside}"
        if name == "outcomes":
            return f"**You will be able to**\n\n{body}\n\n**Taken for granted:** {argument}"
        if name == "code-block":
            return f"```{argument}\n{body}\n```"
        if name == "exercise":
            return exercise(argument)
        if name == "sources":
            return "%SOURCES%"  # what the chapter cites is known at its end
        if name == "literalinclude":
            return f"```python\n{included(self.env, self.name, argument, options)}\n```"
        return self.directives(body)


def plain(text: str) -> str:
    """The text of a field of BibTeX."""
    return re.sub(r"[{}]", "", codecs.decode(text, "ulatex"))


def authors(work: Entry) -> str:
    """The last names of one or two authors, or of the first."""
    people: list[Person] = work.persons["author"]
    names = [plain(" ".join(p.prelast_names + p.last_names)) for p in people]
    return " and ".join(names) if len(names) < 3 else f"{names[0]} et al."


def folded(title: str, text: str) -> str:
    """A part that opens at a click."""
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def quiz(question: str, body: str) -> str:
    """A question, and under each choice what is right or wrong about it."""
    parts = CHOICE.split(body)[1:]
    choices = []
    for mark, text in zip(parts[::2], parts[1::2], strict=True):
        choice, _, why = text.strip().partition("\n\n")
        why = "\n".join(line.removeprefix("  ") for line in why.split("\n"))
        verdict = "Right." if mark == "x" else "Not this one."
        choices.append(folded(choice, f"**{verdict}** {why.strip()}"))
    return f"**Quick check.** {question}\n\n" + "\n\n".join(choices)


def exercise(name: str) -> str:
    """What is asked, and the code to start with; the check is in the problem set's notebook."""
    found = tasks()[name]
    place = f"The check is in `{found.problem_set}.ipynb`."
    code = f"\n\n```python\n{found.starter}\n```" if found.variable else ""
    return f"**Exercise `{name}`.** {found.asked}{code}\n\n{place}"


def included(env: BuildEnvironment, page: str, argument: str, options: dict[str, str]) -> str:
    """The lines of a file that a `literalinclude` shows."""
    text = (Path(env.srcdir) / page).parent.joinpath(argument).read_text("utf8")
    if name := options.get("pyobject"):
        found = re.search(rf"^def {name}\(.*?(?=^\S)", text + "\n#", re.MULTILINE | re.DOTALL)
        assert found, f"{argument} has no {name}"
        return found[0].rstrip()
    start = text.index(options["start-at"].strip('"'))
    return text[start : text.index(options["end-before"].strip('"'), start)].rstrip()


def example(name: str) -> list[list[float]]:
    """The numbers of one of the playground's examples."""
    text = EXAMPLES.read_text("utf8")
    found = re.search(rf'"?{re.escape(name)}"?: \{{.*?x: (\[.*?\n    \])', text, re.DOTALL)
    assert found, f"the playground has no example {name}"
    return json.loads(re.sub(r",\s*\]", "]", found[1]))


def component(match: re.Match) -> tuple[str, str]:
    """What stands in the place of a component: a kind of cell and its text."""
    given = {name: unescape(value) for name, value in ATTRIBUTE.findall(match[2])}
    if match[1] != "pool-playground":
        return "markdown", f"*The page has an interactive figure here: {given['label']}.*"
    options = {PLACES[k]: int(v) if v.isdigit() else v for k, v in given.items() if k in PLACES}
    grid = json.loads(given["x"]) if "x" in given else example(given.get("example", "4x4"))
    words = ", ".join([f"x={grid}", *(f"{k}={v!r}" for k, v in options.items())])
    return "code", f"from pooledu.playground import Playground\n\nPlayground({words})"


def glued(notebook: NotebookNode) -> dict[str, str]:
    """What the cells of a notebook glued, by its name."""
    found = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            name = output.get("metadata", {}).get("scrapbook", {}).get("name")
            if name:
                data = output["data"]
                text = next(data[kind] for kind in data if kind.endswith("text/plain"))
                found[name] = text
    return found


def split(text: str) -> Iterator[tuple[str, str]]:
    """Markdown and components, in order."""
    end = 0
    for match in COMPONENT.finditer(text):
        yield "markdown", text[end : match.start()]
        yield component(match)
        end = match.end()
    yield "markdown", text[end:]


def readable(notebook: NotebookNode, page: Page, first: NotebookNode | None) -> NotebookNode:
    """The notebook as it is read outside the book."""
    cells = [first] if first else []
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            figure = cell.metadata.get("mystnb", {}).get("figure", {})
            cells.append(without_glue(cell))
            if caption := figure.get("caption"):
                number = page.figure("", figure["name"]) if "name" in figure else "Figure"
                text = f"*{number}.* {page.markdown(caption.strip())}"
                cells.append(nbformat.v4.new_markdown_cell(text))
            continue
        for kind, text in split(cell.source):
            if kind == "code":
                cells.append(nbformat.v4.new_code_cell(text))
            elif written := page.markdown(text):
                cells.append(nbformat.v4.new_markdown_cell(written))
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
        if "%SOURCES%" in cell.source:
            cell.source = cell.source.replace("%SOURCES%", page.sources())
    new = nbformat.v4.new_notebook(cells=cells, metadata=notebook.metadata)
    new.metadata.pop("mystnb", None)
    return new


def without_glue(cell: NotebookNode) -> NotebookNode:
    """A code cell without the records that only the book reads."""
    cell.outputs = [o for o in cell.outputs if "scrapbook" not in o.get("metadata", {})]
    return cell


def installing(url: str) -> NotebookNode | None:
    """A first cell that gets the course where it is not, as on Colab."""
    if not url:
        return None
    return nbformat.v4.new_code_cell(
        "try:\n    import pooledu\nexcept ImportError:  # for example on Colab\n"
        f"    !git clone --quiet --depth 1 {url} course\n"
        '    %pip install --quiet "./course[torch,notebook]" myst-nb\n'
        "    %cd course/book"
    )


def for_readers(app: Sphinx, name: str, notebook: NotebookNode) -> NotebookNode:
    """The executed notebook of a page, as it is offered for download."""
    page = Page(app.env, name, glued(notebook), works(Path(app.srcdir)))
    address = app.config.html_theme_options.get("repository_url", "")
    return readable(notebook, page, installing(address))


@cache
def works(root: Path) -> dict[str, Entry]:
    """The list of references."""
    return dict(parse_file(root / "book" / "references.bib").entries)
