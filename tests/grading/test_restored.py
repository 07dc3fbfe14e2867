"""Whatever an editor or a tidy student does to the cells, each function is the student's own."""

from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell

from pooledu.grading.intake.cells import restored
from pooledu.grading.intake.reading import rebuilt
from pooledu.grading.intake.released import Released

NAMES = "fgh"
STUB = "def {0}(x):\n    # YOUR CODE HERE\n    raise NotImplementedError"
RIGHT = (
    "def {0}(x):\n    return x + 1",
    "async_ = 1\r\n\r\ndef {0}(x):\r\n    return x + 1",
    "def helper(x):\n    return x + 1\n\n\n{0} = helper",
    "{0} = lambda x: x + 1",
    "{0}: object = lambda x: x + 1",
    "{0}, other = (lambda x: x + 1), 0",
    "other = {0} = lambda x: x + 1",
    "other = 0; {0} = lambda x: x + 1",
    "if True:\n    def {0}(x):\n        return x + 1\nelse:\n    {0} = None",
    "try:\n    {0} = lambda x: x + 1\nfinally:\n    pass",
    "class {0}(int):\n    def __new__(cls, x):\n        return x + 1",
)
SIZES = (
    "size = 2",
    "size: int = 2",
    "(size, other) = 2, 0",
    "other, *rest, size = 0, 1, 2",
    "other = size = 1 + 1",
    "other = 1;size = 2",
    "if True:\n    size = 2",
    "size=2",
)
WHY = "YOUR ANSWER HERE"
QUESTION = "## Why?\n\nSay it in a sentence."


def cell(name, source, kind="code", grade=False, locked=True) -> Released:
    flags = {"grade_id": name, "grade": grade, "solution": not locked, "locked": locked}
    return Released(name, kind, source, locked, flags | ({"points": 1} if grade else {}))


RELEASED = [
    cell("set-up", "one = 1"),
    *(
        each
        for name in NAMES
        for each in (
            cell(f"{name}-code", STUB.format(name), locked=False),
            cell(name, f"{name}(one)", grade=True),
        )
    ),
    cell("size-code", "size = None", locked=False),
    cell("size", "size", grade=True),
    Released("prose 8", "markdown", QUESTION, True, {}),
    cell("why", WHY, "markdown", grade=True, locked=False),
    Released("prose 10", "markdown", "## Hand it in", True, {}),
]
HOW = (
    "stays",
    "moved up",
    "in a new cell",
    "with the one before",
    "in the set-up cell's company",
    "joined with the check before",
    "its stub behind",
    "its stub before",
    "as text",
    "raw",
)
KNOWN_BY_NAME = HOW[-4:]
WORDS = "Because it **is** so."
WRITTEN = (
    "in its cell",
    "in two",
    "below the stub",
    "above the stub",
    "with a stub behind",
    "as code",
)


def raw_cell(kind, source, name=None):
    """A cell as it stands in a file."""
    metadata = {"nbgrader": {"grade_id": name}} if name else {}
    return {"cell_type": kind, "metadata": metadata, "source": source}


def answer_in_words(how) -> list[dict]:
    """The answer in words, and what stands beside it."""
    answer, stub = raw_cell("markdown", WORDS, "why"), raw_cell("markdown", WHY, "why")
    own = raw_cell("markdown", WORDS)
    return {
        "in its cell": [answer],
        "in two": [answer, raw_cell("markdown", "And more.")],
        "below the stub": [stub, own],
        "above the stub": [own, stub],
        "with a stub behind": [answer, stub],
        "as code": [answer | {"cell_type": "code"}],
    }[how]


@st.composite
def handed_in(draw):
    """A right submission after what editors and people do to cells."""
    top, rest, before = [], [], None
    fragile = False  # some cell is known by its name alone
    for original in RELEASED:
        name = original.name.removesuffix("-code")
        if name == "why":
            how = draw(st.sampled_from(WRITTEN))
            fragile = fragile or how in ("with a stub behind", "as code")
            rest += answer_in_words(how)
            continue
        made = raw_cell(original.cell_type, original.source, original.name)
        if not original.name.endswith("-code"):
            rest.append(made if original.metadata else made | {"metadata": {}})
            continue
        made["source"] = draw(st.sampled_from(SIZES if name == "size" else RIGHT)).format(name)
        stub = made | {"source": original.source}
        how = draw(st.sampled_from(HOW))
        fragile = fragile or how in KNOWN_BY_NAME
        if how == "moved up":
            top.append(made)
        elif how == "in a new cell":
            top.append(raw_cell("code", f"import math\n\n{made['source']}"))
        elif how == "with the one before" and before is not None:
            before["source"] += f"\n\n{made['source']}"
        elif how == "in the set-up cell's company":
            rest.insert(0, raw_cell("code", made["source"]))
        elif how == "joined with the check before" and before is not None:
            rest[-1]["source"] += f"\n\n{made['source']}"
        elif how in ("its stub behind", "its stub before"):
            rest += [made, stub] if how == "its stub behind" else [stub, made]
        else:
            made["cell_type"] = {"as text": "markdown", "raw": "raw"}.get(how, "code")
            rest.append(made)
            before = made
    cells = [*top, *rest]
    lost = draw(st.sampled_from(["nothing"] if fragile else ["nothing", "some", "all"]))
    for each in cells:
        if lost == "all" or (lost == "some" and draw(st.booleans())):
            each["metadata"] = {}
    return rebuilt(cells).cells


def run(cells) -> dict[str, object]:
    """What each graded cell comes to, and the text of the answer in words."""
    names, results = {}, {}
    for each in cells:
        name = each.metadata.get("nbgrader", {}).get("grade_id")
        if each.cell_type == "markdown":
            results |= {name: each.source} if name else {}
        elif each.metadata.get("nbgrader", {}).get("grade"):
            try:
                results[name] = eval(each.source, names)
            except Exception as error:
                results[name] = repr(error)
        else:
            exec(each.source, names)
    return results


@given(handed_in())
def test_a_right_function_is_found_wherever_it_stands_and_no_stub_takes_its_place(cells):
    together = restored(cells, RELEASED)
    claimed = [each.metadata["nbgrader"]["grade_id"] for each in together if each.metadata]
    assert len(claimed) == len(set(claimed))
    assert {each.name for each in RELEASED if each.metadata.get("grade")} <= set(claimed)
    assert run(together) == dict.fromkeys(NAMES, 2) | {
        "size": 2,
        "why": WORDS,
    }


@given(st.sets(st.sampled_from([each.name for each in RELEASED]), min_size=1))
def test_what_is_deleted_comes_back_where_it_was(deleted):
    cells = [
        (new_markdown_cell if each.cell_type == "markdown" else new_code_cell)(
            each.source, metadata={"nbgrader": {"grade_id": each.name}}
        )
        for each in RELEASED
        if each.metadata and each.name not in deleted
    ]
    together = restored(cells, RELEASED)
    assert [each.metadata["nbgrader"]["grade_id"] for each in together] == [
        each.name for each in RELEASED if each.metadata
    ]
