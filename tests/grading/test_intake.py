"""What counts of a submitted file, whatever else is in it."""

import base64
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from pooledu.grading.export.feedback import SafeRenderer
from pooledu.grading.intake.reading import UnreadableError, parse_submission, read_submission
from pooledu.grading.intake.stripping import without_outputs

PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n" + os.urandom(300)).decode()


def notebook(*cells: dict, **metadata) -> dict:
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def code(source: str, outputs: list) -> dict:
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": outputs}


def answer(source: str, attachments: object) -> dict:
    return {"cell_type": "markdown", "source": source, "metadata": {}, "attachments": attachments}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("outputs"), inner),
    max_leaves=5,
)


@given(st.lists(st.tuples(st.text(), st.lists(JSON))), JSON, st.sampled_from([None, 1]))
def test_nothing_but_saved_outputs_is_left_out_of_a_notebook(cells, metadata, indent):
    made = notebook(*(code(source, outputs) for source, outputs in cells), other=metadata)
    stripped = json.loads(without_outputs(json.dumps(made, indent=indent).encode()))
    assert stripped["cells"] == [cell | {"outputs": []} for cell in made["cells"]]


@given(st.binary() | st.text('{}[]":,\\a').map(str.encode))
def test_what_is_no_notebook_is_stripped_without_complaint(data):
    assert len(without_outputs(data)) <= len(data)


SAVED = {
    "pictures": [{"data": {"image/png": "A" * (20 << 20)}} for _ in range(2)],
    "lines": [{"output_type": "stream", "text": ["a line of an output\n"] * 900_000}],
    "points of a chart": [{"data": {"application/vnd.plotly.v1+json": list(range(2_000_000))}}],
    "one very long text": [{"text": "]}" * (20 << 20)}],
}


@pytest.mark.parametrize("kind", SAVED)
def test_saved_outputs_are_thrown_away_before_anything_is_limited(tmp_path, kind):
    path = tmp_path / "large.ipynb"
    path.write_text(json.dumps(notebook(code("x = 1", SAVED[kind]), code("y = 2", []))))
    assert [cell.source for cell in read_submission(path, 10).cells] == ["x = 1", "y = 2"]


def rendered(source: str, attachments: object) -> tuple[str, str]:
    """An answer as our feedback page and as formgrader's page show it."""
    (cell,) = parse_submission(json.dumps(notebook(answer(source, attachments)))).cells
    kept = cell.get("attachments", {})
    ours = MarkdownWithMath(renderer=SafeRenderer(escape=True, attachments=kept))
    formgrader = MarkdownWithMath(renderer=IPythonRenderer(escape=False, attachments=kept))
    return ours.render(cell.source), formgrader.render(cell.source)


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/gif"])
@pytest.mark.parametrize("name", ["image.png", "my drawing.png", "größe.png", "a(1).png"])
@pytest.mark.parametrize("as_lines", [False, True])
def test_a_picture_that_was_pasted_into_an_answer_is_shown(kind, name, as_lines):
    data = [PIXEL[:76] + "\n", PIXEL[76:]] if as_lines else PIXEL
    for page in rendered(f"Look: ![drawn](<attachment:{name}>)", {name: {kind: data}}):
        assert f'src="data:{kind};base64,{PIXEL}"' in page


BAD = {
    "no dictionary": "x",
    "a script": {"a.png": {"text/html": "<script>"}},
    "a drawing that may act": {"a.png": {"image/svg+xml": "PHN2Zz4="}},
    "no base 64": {"a.png": {"image/png": '"><script>'}},
    "numbers": {"a.png": {"image/png": 7}},
    "kinds of no dictionary": {"a.png": 7},
    "another name": {"b.png": {"image/png": PIXEL}},
    "far too many": {f"{i}.png": {"image/png": PIXEL} for i in range(3000)},
    "far too large": {"a.png": {"image/png": "A" * (30 << 20)}},
}


@pytest.mark.parametrize("kind", BAD)
def test_an_attachment_that_is_no_picture_stays_away_and_both_pages_say_so(kind):
    for page in rendered(
        "![a](attachment:a.png) and\n\n![b][c]\n\n[c]: attachment:a.png", BAD[kind]
    ):
        assert ("could not be taken" in page) == (kind not in ("no dictionary", "another name"))
        assert "<script" not in page
        assert "data:" not in page
        assert len(page) < 1000


LANGUAGES = {
    "R": {"kernelspec": {"name": "ir", "language": "R"}, "language_info": {"name": "R"}},
    "julia": {"language_info": {"name": "julia"}},
    "C++17": {"kernelspec": {"language": "C++17"}},
    "?script?": {"language_info": {"name": "<script>"}},
}
PYTHON = [
    {},
    {"kernelspec": {"name": "python3", "language": "python"}},
    {"kernelspec": {"name": "conda-env-r-py"}, "language_info": {"name": "python"}},
    {"language_info": {"name": "ipython"}, "kernelspec": {"language": "Python"}},
    {"kernelspec": None, "language_info": 7},
    {"kernelspec": {"language": ""}},
    {"kernelspec": {"language": "xpython", "name": "xpython"}},
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notebook_of_another_language_is_not_run_as_python_but_named(language):
    text = json.dumps(notebook(code("x <- 1", []), **LANGUAGES[language]))
    with pytest.raises(UnreadableError) as refusal:
        parse_submission(text)
    assert str(refusal.value) == f"is written in {language}; only Python is run"


@pytest.mark.parametrize("metadata", PYTHON)
def test_whatever_an_editor_calls_python_is_run(metadata):
    assert parse_submission(json.dumps(notebook(code("x = 1", []), **metadata))).cells
