"""Whatever an editor or a tidy student does to the cells, each function is the student's own."""

from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell

from pooledu.grading.intake.cells import Released, restored

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
    cell("why", WHY, "markdown", grade=True, locked=False),
]
HOW = ("stays", "moved up", "in a new cell", "with the one before", "in the set-up cell's company")


@st.composite
def handed_in(draw):
    """A right submission after what editors and people do to cells."""
    top, rest, before = [], [], None
    for original in RELEASED:
        name = original.name.removesuffix("-code")
        source = original.source
        if original.name.endswith("-code"):
            forms = SIZES if name == "size" else RIGHT
            source = draw(st.sampled_from(forms)).format(name)
        if original.name == "why":
            source = "Because it **is** so."
        make = new_markdown_cell if original.cell_type == "markdown" else new_code_cell
        made = make(source, metadata={"nbgrader": {"grade_id": original.name}})
        how = draw(st.sampled_from(HOW)) if original.name.endswith("-code") else "stays"
        if how == "moved up":
            top.append(made)
        elif how == "in a new cell":
            top.append(new_code_cell(f"import math\n\n{source}"))
        elif how == "with the one before" and before is not None:
            before.source += f"\n\n{source}"
        elif how == "in the set-up cell's company":
            rest.insert(0, new_code_cell(source))
        else:
            rest.append(made)
            before = made if original.name.endswith("-code") else before
    cells = [*top, *rest]
    lost = draw(st.sampled_from(["nothing", "some", "all"]))
    for each in cells:
        if lost == "all" or (lost == "some" and draw(st.booleans())):
            each.metadata = {}
    return cells


def run(cells) -> dict[str, object]:
    """What each graded cell comes to, and the text of the answer in words."""
    names, results = {}, {}
    for each in cells:
        name = each.metadata.get("nbgrader", {}).get("grade_id")
        if each.cell_type == "markdown":
            results[name] = each.source
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
    assert {each.name for each in RELEASED if each.metadata["grade"]} <= set(claimed)
    assert run(together) == dict.fromkeys(NAMES, 2) | {
        "size": 2,
        "why": "Because it **is** so.",
    }


@given(st.sets(st.sampled_from([each.name for each in RELEASED]), min_size=1))
def test_what_is_deleted_comes_back_where_it_was(deleted):
    cells = [
        (new_markdown_cell if each.cell_type == "markdown" else new_code_cell)(
            each.source, metadata={"nbgrader": {"grade_id": each.name}}
        )
        for each in RELEASED
        if each.name not in deleted
    ]
    together = restored(cells, RELEASED)
    assert [each.metadata["nbgrader"]["grade_id"] for each in together] == [
        each.name for each in RELEASED
    ]
