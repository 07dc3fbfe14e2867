"""A bank of honest oddities: each keeps its marks and its page. Refusing all that is odd is no
answer to attacks."""

import copy
import json
import os
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.grading.course import ASSIGNMENT, Course, make_course
from tests.grading.test_table_of_attacks import COMMANDS, FULL, Outcome, run

pytestmark = pytest.mark.slow
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJg"
    "gg=="
)
FULL_NAME = f"{ASSIGNMENT}.ipynb"
Raw = dict[str, Any]
FILES: dict[str, Callable[[Raw], str | bytes]] = {}


def as_file(name: str) -> Callable[[Callable[[Raw], Any]], Callable[[Raw], Any]]:
    """Add what an editor or a person makes of the solved notebook: changed in place, or a file."""

    def add(change: Callable[[Raw], Any]) -> Callable[[Raw], Any]:
        def make(raw: Raw) -> str | bytes:
            made = change(raw)
            return json.dumps(raw) if made is None else made

        FILES[name] = make
        return change

    return add


def each_cell(raw: Raw, **metadata: Any) -> None:
    """Add metadata to each cell."""
    for cell in raw["cells"]:
        cell["metadata"] |= copy.deepcopy(metadata)


def markdown(source: str, **more: Any) -> Raw:
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


def stream(text: str | list[str]) -> Raw:
    return {"output_type": "stream", "name": "stdout", "text": text}


@as_file("jupyterlab")
def _(raw):
    each_cell(raw, tags=["mine"], jupyter={"source_hidden": True, "outputs_hidden": False})
    raw["metadata"]["toc-autonumbering"] = True


@as_file("notebook 6")
def _(raw):
    raw["nbformat_minor"] = 2
    for cell in raw["cells"]:
        cell.pop("id", None)
    each_cell(raw, collapsed=False, scrolled=True, deletable=False)
    raw["metadata"] |= {"varInspector": {}, "toc": {"base_numbering": 1}}


@as_file("vs code")
def _(raw):
    each_cell(raw, vscode={"languageId": "python"})
    for cell in raw["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    raw["metadata"]["vscode"] = {"interpreter": {"hash": "a" * 64}}
    raw["metadata"]["kernelspec"] = {"name": ".venv", "display_name": ".venv (3.11)"}


@as_file("colab")
def _(raw):
    raw["nbformat_minor"] = 0
    for number, cell in enumerate(raw["cells"]):
        cell.pop("id", None)
        cell["metadata"] |= {"id": f"x{number}", "colab": {"base_uri": "https://localhost/"}}
    raw["metadata"] |= {"colab": {"provenance": [], "toc_visible": True}, "accelerator": "GPU"}


@as_file("kaggle")
def _(raw):
    each_cell(
        raw, execution={"iopub.execute_input": "2026-10-01T10:00:00"}, trusted=True, _uuid="a"
    )
    raw["metadata"]["kaggle"] = {"dataSources": [], "isGpuEnabled": False}


@as_file("pycharm")
def _(raw):
    each_cell(raw, pycharm={"name": "#%%\n", "is_executing": False})
    return json.dumps(raw, indent=1, ensure_ascii=False).replace("\n", "\r\n").encode()


@as_file("cocalc")
def _(raw):
    each_cell(raw, cocalc={"outputs": {"0": {}}}, collapsed=False)
    raw["metadata"]["kernelspec"] = {
        "name": "python3-ubuntu",
        "display_name": "Python 3 (system-wide)",
        "language": "python",
        "metadata": {"cocalc": {"priority": 100}},
        "resource_dir": "/usr/local/share",
    }


@as_file("deepnote")
def _(raw):
    each_cell(
        raw, deepnote_cell_type="code", execution_start=1, source_hash="a", output_cleared=True
    )
    raw["metadata"] = {"deepnote_notebook_id": "a", "orig_nbformat": 2}


@as_file("databricks")
def _(raw):
    each_cell(raw, **{"application/vnd.databricks.v1+cell": {"nuid": "a", "inputWidgets": {}}})
    raw["metadata"] |= {"application/vnd.databricks.v1+notebook": {"language": "python"}}


@as_file("jupytext")
def _(raw):
    raw["metadata"]["jupytext"] = {"formats": "ipynb,py:percent", "main_language": "python"}
    each_cell(raw, lines_to_next_cell=2)


@as_file("without metadata")
def _(raw):
    for cell in raw["cells"]:
        cell["metadata"] = {}
    raw["metadata"] = {}


@as_file("format 3")
def _(raw):
    cells = []
    for cell in raw["cells"]:
        new = {"cell_type": cell["cell_type"], "metadata": cell["metadata"]}
        part = "input" if cell["cell_type"] == "code" else "source"
        new[part] = cell["source"].splitlines(keepends=True)
        cells.append(new | ({"language": "python", "outputs": []} if part == "input" else {}))
    sheets = [{"cells": cells, "metadata": {}}]
    return json.dumps({"worksheets": sheets, "metadata": {"name": ""}, "nbformat": 3})


@as_file("a mark of the order of bytes")
def _(raw):
    return json.dumps(raw, ensure_ascii=False).encode("utf-8-sig")


@as_file("ids twice")
def _(raw):
    for cell in raw["cells"]:
        cell["id"] = "same"


@as_file("a pasted picture")
def _(raw):
    pasted = {"Bildschirmfoto 1 ä.png": {"image/png": PNG}}
    link = "![Bildschirmfoto](attachment:Bildschirmfoto%201%20%C3%A4.png)"
    raw["cells"].append(markdown(link, attachments=pasted))


@as_file("thirty pasted pictures")
def _(raw):
    for number in range(30):
        data = [PNG[:40], PNG[40:]] if number % 2 else PNG
        attached = {f"{number}.png": {"image/png": data}}
        raw["cells"].append(markdown(f"![](attachment:{number}.png)", attachments=attached))


@as_file("40 MB of saved pictures")
def _(raw):
    data = {"image/png": "A" * 4_000_000, "text/plain": "<Figure>"}
    code = next(cell for cell in raw["cells"] if cell["cell_type"] == "code")
    code["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": data}] * 10


@as_file("20 MB of saved lines")
def _(raw):
    code = next(cell for cell in raw["cells"] if cell["cell_type"] == "code")
    code["outputs"] = [stream(["epoch 1/10: loss 0.5\r" * 10 + "\n"] * 90_000)]


@as_file("numbers printed in a loop")
def _(raw):
    code = next(cell for cell in raw["cells"] if cell["cell_type"] == "code")
    code["outputs"] = [stream([f"{number % 10}\n" for number in range(2_500_000)])]


@as_file("umlauts")
def _(raw):
    raw["cells"].append(markdown("Größe, 池化, حجم, 🙂, $\\sqrt{ä}$ <b>fett</b>, 1 < 2 & a<b"))
    raw["cells"].append(
        {"cell_type": "code", "source": "größe = 1  # ä\nprint('Größe', größe)", "metadata": {}}
    )


@as_file("200 cells of trying things out")
def _(raw):
    cells = [
        {"cell_type": "code", "source": f"a{n} = {n}", "metadata": {}, "outputs": []}
        for n in range(200)
    ]
    raw["cells"][2:2] = cells


@as_file("empty, raw and odd cells")
def _(raw):
    raw["cells"] += [markdown(""), {"cell_type": "raw", "source": "raw", "metadata": {}}]
    raw["cells"] += [{"cell_type": "code", "source": [], "metadata": {}, "execution_count": None}]


@as_file("progress bars, warnings and colours")
def _(raw):
    source = (
        "import sys, warnings\nfor n in range(200): print(f'\\r{n}', end='', file=sys.stderr)\n"
        "warnings.warn('old')\nprint('\\x1b[32mgreen\\x1b[0m')"
    )
    raw["cells"].insert(2, {"cell_type": "code", "source": source, "metadata": {}})


@as_file("an output for each kind")
def _(raw):
    source = (
        "import matplotlib.pyplot as plt\nfrom IPython.display import HTML, Markdown, display\n"
        "plt.plot([1, 2]); plt.show()\n"
        "display(HTML('<table class=\"dataframe\"><tr><td>1</table>'))\n"
        "display(Markdown('**b**')); {'a': 1}"
    )
    raw["cells"].insert(2, {"cell_type": "code", "source": source, "metadata": {}})


OWN_FILES = {
    "beside it": "open('a.txt', 'w').write('1'); assert open('a.txt').read() == '1'",
    "in tmp": "open('/tmp/a.txt', 'w').write('1'); assert open('/tmp/a.txt').read() == '1'",
    "at home": "import pathlib; (pathlib.Path.home() / 'a').write_text('1')",
    "temporary": "import tempfile; tempfile.NamedTemporaryFile(dir='/tmp').write(b'1')",
    "copied": "import shutil; open('a', 'w'); shutil.copy('a', 'b'); shutil.copy2('a', 'c')",
    "with a mode": "import os; open('a', 'w').close(); os.chmod('a', 0o7); os.utime('a')",
    "touched": "import pathlib; pathlib.Path('a').touch(); pathlib.Path('a').touch()",
    "in a shelf": "import shelve; shelf = shelve.open('a'); shelf['a'] = 1; shelf.close()",
    "in a base": "import sqlite3; sqlite3.connect('a.db').execute('create table a (b)')",
    "packed": "import zipfile; zipfile.ZipFile('a.zip', 'w').writestr('b/c', 'd'); "
    "zipfile.ZipFile('a.zip').extractall('e')",
    "of numpy": "np.save('a.npy', np.ones(3)); np.load('a.npy', mmap_mode='r+')[0] = 2",
    "of a picture": "import matplotlib.pyplot as plt; plt.plot([1]); plt.savefig('a.pdf')",
    "of a log": "import logging; logging.basicConfig(filename='a.log'); logging.warning('b')",
    "a module": "open('../own.py', 'w').write('A = 1'); import own; assert own.A",
    "locked": "import fcntl; fcntl.flock(open('a', 'w'), fcntl.LOCK_EX)",
    "moved": "import os; os.makedirs('a/b'); os.rename('a', 'c'); os.symlink('c', 'd')",
}


@as_file("files of its own")
def _(raw):
    answer = next(cell for cell in raw["cells"] if "def max_pool2d" in cell["source"])
    steps = [
        f"os.mkdir({name!r}); os.chdir({name!r})\n{line}\nos.chdir('..')"
        for name, line in OWN_FILES.items()
    ]
    answer["source"] = "\n".join(["import os", *steps, answer["source"]])


IN_FRONT = {
    "magics": (
        "%matplotlib inline\n%config InlineBackend.figure_format = 'retina'\n%load_ext autoreload\n"
        "%autoreload 2\n!pip install numpy\n%pip install numpy\n%env A=1\n%precision 3\n%pdb on",
        "%%bash\nls",
        "%%html\n<b>x</b>",
        "%%writefile own_helper.py\ndef two(): return 2",
        "from own_helper import two\nassert two() == 2",
        "%reset -f",
    ),
    "questions to the help": ("max?", "import numpy as np\nnp.max??", "help(max)", "?print"),
    "names of builtins": (
        "sum = 0\nlist = [1]\nmax = min = 3\nid = 5\ntype = 'x'\ninput = 1\nstr = map = 2",
    ),
    "a look inside": (
        "import sys, gc, faulthandler, tracemalloc, threading\nsys.setrecursionlimit(10**6)\n"
        "faulthandler.enable(); tracemalloc.start(); gc.disable()\n"
        "sys.settrace(lambda *a: None); threading.settrace(lambda *a: None)",
    ),
    "ends": ("import sys\nsys.exit(0)", "exit()", "import signal\nsignal.alarm(60)"),
    "other folders": ("import os\nos.chdir('/')", "import os\nos.makedirs('/content/out')"),
    "open figures": (
        "import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt\nplt.ion()\n"
        "for _ in range(30): plt.figure()\nplt.rcParams['figure.dpi'] = 300",
    ),
}
SAME = "inner_{name} = {name}\ndef {name}(*args, **kwargs): return inner_{name}(*args, **kwargs)"
OF_ANSWERS = {
    "timed answers": "%%time\n{source}",
    "captured answers": "%%capture out\n{source}",
    "imports of all": "from numpy import *\nfrom math import *\nimport numpy as np\n{source}",
    "errors for warnings": (
        "import warnings\nwarnings.simplefilter('error')\nnp.seterr(all='raise')\n{source}"
    ),
    "own tests behind": (
        "{source}\nif __name__ == '__main__':\n    import doctest, unittest, __main__\n"
        "    doctest.testmod()\n    unittest.main(argv=['x'], exit=False)"
    ),
    "all lines shown": (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "InteractiveShell.ast_node_interactivity = 'all'\n{source}\n1\n2"
    ),
    "a check of the answer before in front": (
        "if '{name}' != 'output_size': assert check(output_size)\n{source}"
    ),
    "its own check behind": (
        "{source}\nfor _ in range(2): print(check({name}))\nassert check({name}).passed, 'not yet'"
    ),
    "measured answers": (
        "{source}\n" + SAME + "\nimport cProfile\ncProfile.run('{name}')\n%timeit -n1 -r1 {name}"
    ),
    "answers with a plot and a log": (
        "import logging\nlogging.basicConfig(level=logging.DEBUG, force=True)\n{source}\n"
        + SAME.replace(
            ": return",
            ":\n    import matplotlib.pyplot as plt\n    plt.plot([1, 2])\n"
            "    logging.debug('x' * 99); return",
        )
    ),
    "answers of threads": (
        "{source}\nfrom concurrent import futures\nworkers = futures.ThreadPoolExecutor()\n"
        "inner_{name} = {name}\n"
        "def {name}(*args, **kwargs):\n"
        "    return workers.submit(inner_{name}, *args, **kwargs).result()"
    ),
}


def _in_front(raw: Raw, sources: tuple[str, ...]) -> None:
    raw["cells"][1:1] = [
        {"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in sources
    ]


def _of_answers(raw: Raw, form: str) -> None:
    for cell in raw["cells"]:
        name = re.match(r"\s*def (\w+)|(rows|shape) =", cell["source"])
        if cell["cell_type"] == "code" and "def " in cell["source"] and name:
            last = re.findall(r"^def (\w+)", cell["source"], re.MULTILINE)[-1]
            cell["source"] = form.format(name=last, source=cell["source"].strip())


for _name, _sources in IN_FRONT.items():
    as_file(_name)(lambda raw, sources=_sources: _in_front(raw, sources))
for _name, _form in OF_ANSWERS.items():
    as_file(_name)(lambda raw, form=_form: _of_answers(raw, form))


@as_file("UTF-16, as a shell of Windows writes it")
def _(raw):
    return json.dumps(raw, ensure_ascii=False).encode("utf-16")


@as_file("UTF-16 with saved outputs")
def _(raw):
    code = next(cell for cell in raw["cells"] if cell["cell_type"] == "code")
    code["outputs"] = [stream(["epoch\n"] * 200_000)]
    return json.dumps(raw, ensure_ascii=False).encode("utf-16")


def another_name(course: Course, student: str, solved: str) -> None:
    (course.folder(student) / f"{ASSIGNMENT} (1).ipynb").write_text(solved)


def a_folder_deeper(course: Course, student: str, solved: str) -> None:
    (course.folder(student) / "abgabe").mkdir()
    (course.folder(student) / "abgabe" / FULL_NAME).write_text(solved)


def a_link_of_ones_own(course: Course, student: str, solved: str) -> None:
    work = course.folder(student) / "work"
    work.mkdir()
    (work / "first.ipynb").write_text("{}")
    (work / "final.ipynb").write_text(solved)
    (course.folder(student) / FULL_NAME).symlink_to("work/final.ipynb")


def files_beside(course: Course, student: str, solved: str) -> None:
    folder = course.folder(student)
    (folder / FULL_NAME).write_text(solved)
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / f"{ASSIGNMENT}-checkpoint.ipynb").write_text(solved)
    for name in ("Größe.csv", ".DS_Store", "Thumbs.db", "notes.txt"):
        (folder / name).write_text("x")
    (folder / "latest.csv").symlink_to("Größe.csv")


def a_time_with_a_zone(course: Course, student: str, solved: str) -> None:
    (course.folder(student) / FULL_NAME).write_text(solved)
    (course.folder(student) / "timestamp.txt").write_text("2026-09-30T17:45:00+02:00\n")


def not_executable_by_others(course: Course, student: str, solved: str) -> None:
    path = course.folder(student) / FULL_NAME
    path.write_text(solved)
    path.chmod(0o700)
    os.utime(path, (0, 0))


FOLDERS = (
    another_name,
    a_folder_deeper,
    a_link_of_ones_own,
    files_beside,
    a_time_with_a_zone,
    not_executable_by_others,
)
STUDENTS = ("Jäger, Änna", "a@b.example", "o'neil", "x" * 60, "李")
NAMES = (*FILES, *(each.__name__ for each in FOLDERS), *STUDENTS)


def student(name: str) -> str:
    """The id under which an oddity is handed in."""
    return name if name in STUDENTS else re.sub(r"\W+", "-", name)


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> Outcome:
    """The class of all of them, with feedback."""
    course = make_course(tmp_path_factory.mktemp("oddities"))
    solved = json.dumps(course.solved())
    for name, make in FILES.items():
        course.hand_in(student(name), make(json.loads(solved)))
    for each in FOLDERS:
        each(course, student(each.__name__), solved)
    for each in STUDENTS:
        course.hand_in(each, solved)
    return run(course, [*COMMANDS[:2], *COMMANDS[3:4]])


@pytest.mark.parametrize("name", NAMES)
def test_what_is_odd_and_honest_keeps_its_marks_and_its_page(graded, name):
    who = student(name)
    assert sum(graded.course.marks(who).values()) == FULL
    page = graded.page(who)
    assert page.count("Passed") >= 5
    if "picture" in name and "pasted" in name:
        assert f"data:image/png;base64,{PNG}" in page
    if name == "umlauts":
        assert "Größe, 池化" in page
    if name == "an output for each kind":
        assert 'class="dataframe"' in page
