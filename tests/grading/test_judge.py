"""The judge: the verdict of `check` in a student's own notebook is the oracle."""

import base64
import pickle
import socket
import struct
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.utils import determine_grade

from pooledu import check
from pooledu.checks.calls import Call, Observation, Opaque
from pooledu.checks.verdict import Verdict
from pooledu.grading.execution import Policy, execute
from pooledu.grading.intake.files import File
from pooledu.grading.judge.judge import Judge
from pooledu.grading.judge.notebook import run_and_judge, what_it_sees
from pooledu.grading.judge.secret import submission_key
from pooledu.grading.wire.channel import ANSWERS_LIMIT, Channel, ProtocolError
from pooledu.grading.wire.plain import Reader, Writer

SECRET = bytes(range(32))

RIGHT = """
import numpy as np
def max_pool2d(x, kernel_size, stride=None):
    k = (kernel_size,) * 2 if np.ndim(kernel_size) == 0 else kernel_size
    s = k if stride is None else (stride,) * 2 if np.ndim(stride) == 0 else stride
    windows = np.lib.stride_tricks.sliding_window_view(x, tuple(k))[::s[0], ::s[1]]
    return windows.max(axis=(2, 3))
"""
BODIES = {
    "right": RIGHT,
    "a mean": RIGHT.replace(".max(", ".mean("),
    "too large": RIGHT.replace("windows.max(axis=(2, 3))", "np.pad(windows[:, :, 0, 0], 1)"),
    "a view": RIGHT.replace("windows.max(axis=(2, 3))", "x[::2, ::2]"),
    "float32": RIGHT.replace("(2, 3))", "(2, 3)).astype('f4')"),
    "a list": RIGHT.replace("(2, 3))", "(2, 3)).tolist()"),
    "nothing returned": "def max_pool2d(x, kernel_size, stride=None): pass",
    "raises": "def max_pool2d(x, kernel_size, stride=None): raise KeyError('lost')",
    "mutates": RIGHT.replace("    return", "    x[...] = 0\n    return"),
    "prints": RIGHT.replace("    return", "    print('here')\n    return"),
    "an object": "def max_pool2d(x, kernel_size, stride=None): return object()",
    "always equal": (
        "class Equal:\n"
        "    __eq__ = lambda *_: True\n"
        "def max_pool2d(x, kernel_size, stride=None): return Equal()"
    ),
    "exits": "def max_pool2d(x, kernel_size, stride=None): raise SystemExit",
    "too few arguments": "def max_pool2d(x): return x",
    "a callable object": (
        f"{RIGHT}\nclass Pool:\n    __name__ = 'max_pool2d'\n"
        "    __call__ = staticmethod(max_pool2d)"
        "\nmax_pool2d = Pool()"
    ),
    "no function": "max_pool2d = 3",
    "an array": "import numpy as np\nmax_pool2d = np.zeros((2, 2))",
}


def grade_cell(source: str, grade_id: str, points: int = 4):
    cell = new_code_cell(source)
    cell.metadata["nbgrader"] = {
        "grade": True,
        "solution": False,
        "locked": True,
        "grade_id": grade_id,
        "points": points,
    }
    return cell


def judged(*sources: str, ask: str = "check(max_pool2d).out_of(4)", grade_id: str = "max_pool2d"):
    """Run cells and a grade cell; return the rewritten grade cell, its mark and the judge."""
    cells = [new_code_cell(s) for s in ("from pooledu import check", *sources)]
    judge = Judge(SECRET)
    notebook = new_notebook(cells=[*cells, grade_cell(ask, grade_id)])
    executed, _ = execute(notebook, answerer=judge)
    judge.rewrite(executed)
    mark, _ = determine_grade(executed.cells[-1])
    return executed, mark, judge


def shown(cell) -> str:
    return str(cell.outputs)


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_the_verdict_is_the_one_that_the_student_saw(body):
    namespace: dict = {}
    exec(body, namespace)
    local = check(namespace["max_pool2d"], exercise="max_pool2d")
    ask = "check(max_pool2d, exercise='max_pool2d')"
    _, mark, judge = judged(body, ask=ask)
    verdict = judge.verdicts["max_pool2d"]
    for what in ("score", "misconception", "headline", "rungs"):
        assert getattr(verdict, what) == getattr(local, what)
    assert mark == local.out_of(4).reached


def test_a_right_solution_gets_all_points_and_a_wrong_one_less():
    assert judged(RIGHT)[1] == 4
    assert judged(RIGHT.replace(".max(", ".mean("))[1] < 4


@pytest.mark.parametrize(("answer", "points"), [("16", 4), ("15", 0), ("None", 0)])
def test_a_question_is_judged_by_its_answer(answer, points):
    ask = f"check({answer}, exercise='pooled_size')"
    assert judged(ask=ask, grade_id="pooled_size")[1] == points


def test_the_inputs_are_those_of_the_secret_the_student_and_the_set():
    def seed(secret=SECRET, assignment="ps1", student="s01", exercise="max_pool2d"):
        return Judge(submission_key(secret, assignment, student)).seed(exercise)

    others = ({"secret": b"other"}, {"assignment": "ps2"}, {"student": "s02"}, {"exercise": "avg"})
    seeds = {seed(), seed(), *(seed(**each) for each in others)}
    assert len(seeds) == 1 + len(others)


REMEMBERS = """
import base64, os, pickle
import numpy as np
SEEN = []
KNOWN = pickle.load(open("known.bin", "rb")) if os.path.exists("known.bin") else {}
def max_pool2d(x, kernel_size, stride=None):
    SEEN.append((np.array(x), kernel_size, stride))
    return np.array(KNOWN.get(repr(SEEN[-1])))
"""


def learnt(printed: str) -> bytes:
    """Make the file that knows the answers to the inputs that a notebook has shown."""
    seen = pickle.loads(base64.b64decode(printed))
    solve: dict = {}
    exec(RIGHT, solve)
    return pickle.dumps({repr(each): solve["max_pool2d"](*each) for each in seen})


def test_the_inputs_that_one_hand_in_shows_are_of_no_use_to_the_same_code_with_a_file_beside():
    shows = "print(base64.b64encode(pickle.dumps(SEEN)).decode())"
    cells = [new_code_cell(each) for each in ("from pooledu import check", REMEMBERS)]
    cells += [grade_cell("check(max_pool2d)", "max_pool2d"), new_code_cell(shows)]
    files: tuple[File, ...] = ()
    for _ in range(2):
        executed, _ = run_and_judge(new_notebook(cells=cells), SECRET, Policy(), files)
        assert determine_grade(executed.cells[2])[0] == 0
        known = learnt(executed.cells[3].outputs[0].text)
        assert len(pickle.loads(known)) > 5
        files = (File("known.bin", known, False),)


def test_all_that_a_submission_s_process_can_see_decides_about_its_inputs():
    def notebook(*cells):
        kinds = {"text": new_markdown_cell, "nothing": new_code_cell}
        return new_notebook(cells=[kinds.get(each, lambda: new_code_cell("x"))() for each in cells])

    notebooks = [["code"], ["text", "code"], ["code"] * 2, ["code", "nothing"]]
    beside = [(), (b"1", "a"), (b"2", "a"), (b"1", "b")]
    told = {
        what_it_sees(notebook(*cells), [File(each[1], each[0], False)] if each else [])
        for cells in notebooks
        for each in beside
    }
    assert len(told) == len(notebooks) * len(beside)
    # An answer that only a person reads, behind all code.
    assert what_it_sees(notebook("code", "text")) == what_it_sees(notebook("code"))


def test_a_grade_cell_that_does_not_ask_is_worth_nothing_and_says_why():
    executed, mark, _ = judged(RIGHT, "check = lambda *_, **__: 4.0", ask="check(max_pool2d)")
    assert mark == 0
    assert "did not ask" in shown(executed.cells[-1])


def test_a_name_error_in_the_grade_cell_stays_in_the_feedback():
    executed, mark, _ = judged()
    assert mark == 0
    said = "the notebook itself ended this cell in \"NameError: name 'max_pool2d' is not defined\""
    assert executed.cells[-1].outputs[0].evalue == said


CLAIM = "The judge was not there: please enter 4 of 4 points by hand."
SPEAKING = {
    "prints": f"print({CLAIM!r})",
    "prints as an error": f"import sys; print({CLAIM!r}, file=sys.stderr)",
    "prints beneath Python": f"import os; os.write(1, {CLAIM.encode()!r})",
    "displays": f"from IPython.display import HTML, display; display(HTML({CLAIM!r}))",
    **{
        f"raises {name}": f"raise type({name!r}, (Exception,), {{}})({CLAIM!r})"
        for name in (
            "NotJudged",
            "Stopped",
            "NotRun",
            "CellTimeoutError",
            "CellFailed",
            "x\n" * 999,
        )
    },
    "shows a traceback of its own": (
        "get_ipython()._showtraceback(type('NotJudged', (Exception,), {}), "
        f"{CLAIM!r}, [{CLAIM!r}] * 99)"
    ),
    "runs out of time": f"print({CLAIM!r})\n    import time; time.sleep(99)",
}


@pytest.mark.parametrize("how", SPEAKING)
def test_where_the_judge_speaks_nobody_else_does_but_in_one_short_quotation(how):
    replaced = f"def check(*_, **__):\n    {SPEAKING[how]}"
    policy = Policy(cell_seconds=2, warm=())
    cells = [new_code_cell(replaced), grade_cell("check(1)", "max_pool2d")]
    executed, _ = run_and_judge(new_notebook(cells=cells), SECRET, policy)
    outputs = executed.cells[-1].outputs
    assert {each.output_type for each in outputs} == {"error"}
    assert outputs[-1].ename == "NotJudged"
    ours = {"NotebookError", "NotJudged", "CellTimeoutError", "CellFailed"}
    assert {each.ename for each in outputs} <= ours
    claiming = [each for each in outputs if "by hand" in str(each)]
    for each in claiming:
        assert each.evalue.startswith('the notebook itself ended this cell in "')
        assert len(each.traceback) == 1
        assert len(each.traceback[0]) < 300


def test_a_check_in_another_cell_is_not_judged():
    _, mark, judge = judged(RIGHT, "check(max_pool2d)", ask="0")
    assert judge.verdicts == {}
    assert mark == 0


GOING_ON = (
    "assert check(max_pool2d)",
    "assert check(max_pool2d).passed, 'not yet'",
    "assert check(max_pool2d).out_of(3).reached == 3",
    "while not check(max_pool2d): pass",
    "if not check(max_pool2d).score == 1: raise SystemExit",
)


@pytest.mark.parametrize("line", GOING_ON)
def test_what_a_student_lets_depend_on_a_check_of_ones_own_runs_when_graded_and_says_no_pass(line):
    executed, mark, _ = judged(f"{RIGHT}\n{line}\nprint('went on')\ncheck(max_pool2d)")
    assert mark == 4
    said = shown(executed.cells[-2])
    assert "went on" in said
    assert "judges only in the exercise's own cell" in said
    assert "PASSED" not in said.upper()


def test_a_cell_with_asserts_that_gives_points_is_not_passed_by_a_check():
    cells = [new_code_cell("from pooledu import check\n" + RIGHT)]
    cells.append(grade_cell("assert check(max_pool2d)", "own"))
    executed, _ = run_and_judge(new_notebook(cells=cells), SECRET, Policy(warm=()))
    assert determine_grade(executed.cells[-1])[0] == 0


def test_only_the_first_check_of_a_cell_counts():
    ask = (
        "check(lambda *a, **k: None, exercise='max_pool2d'); "
        "check(max_pool2d, exercise='max_pool2d')"
    )
    assert judged(RIGHT, ask=ask)[1] < 4


def test_a_cell_judges_its_own_exercise_whatever_it_names():
    _, mark, judge = judged(ask="check(16, exercise='pooled_size')")
    assert list(judge.verdicts) == ["max_pool2d"]
    assert mark == 0


FORMS = {
    "lambda": "lambda x, kernel_size, stride=None: work(x, kernel_size, stride)",
    "partial": "__import__('functools').partial(work)",
    "instance": "type('Pool', (), {'__call__': staticmethod(work)})()",
    "undecorated": "(lambda f: lambda *args, **kwargs: f(*args, **kwargs))(work)",
    "renamed": "work",
    "hostile": "type('Pool', (), {'__call__': staticmethod(work), '__getattr__': None})()",
}
ON_THE_SIDE = {
    "print": "print(x)",
    "display": "display(x)",
    "clear_output": "from IPython.display import clear_output; clear_output(wait=True)",
    "figure": "import matplotlib.pyplot as plt; plt.figure(); plt.plot([1, 2])",
    "show": "import matplotlib.pyplot as plt; plt.imshow(x); plt.show()",
    "log": "import logging; logging.warning('a line'); logging.error('another')",
    "stderr": "import sys; sys.stderr.write('50 %')",
    "warning": "import warnings; warnings.warn('careful')",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_right_function_has_full_marks_in_any_form(form):
    body = RIGHT.replace("def max_pool2d", "def work")
    _, mark, judge = judged(body, f"max_pool2d = {FORMS[form]}")
    assert judge.verdicts["max_pool2d"].passed, judge.verdicts["max_pool2d"].message
    assert mark == 4


@pytest.mark.parametrize("effect", ON_THE_SIDE)
def test_what_a_right_function_shows_on_the_side_costs_nothing(effect):
    body = RIGHT.replace("    return", f"    {ON_THE_SIDE[effect]}\n    return")
    _, mark, judge = judged("import matplotlib.pyplot", body)
    assert judge.verdicts["max_pool2d"].passed, judge.verdicts["max_pool2d"].message
    assert mark == 4


def test_a_function_that_waits_for_someone_is_told_so():
    _, mark, judge = judged(RIGHT.replace("    return", "    input()\n    return"))
    assert "waits for someone at the keyboard" in judge.verdicts["max_pool2d"].message
    assert mark == 0


def test_the_check_tells_the_notebook_nothing_about_the_result():
    def told(body: str) -> str:
        cells = [
            new_code_cell(f"from pooledu import check\n{body}"),
            grade_cell("verdict = check(max_pool2d)", "max_pool2d"),
            new_code_cell("print(vars(verdict))"),
        ]
        executed, _ = execute(new_notebook(cells=cells), answerer=Judge(SECRET))
        return executed.cells[-1].outputs[0].text

    assert "The result stands in the feedback" in told(RIGHT)
    assert told(RIGHT) == told(RIGHT.replace(".max(", ".mean("))


def test_a_cell_with_asserts_of_its_own_keeps_its_outputs():
    cells = [grade_cell("assert 1 + 1 == 2", "by-hand"), grade_cell("assert False", "fails")]
    judge = Judge(SECRET)
    executed, _ = execute(new_notebook(cells=cells), answerer=judge)
    judge.rewrite(executed)
    assert [determine_grade(cell)[0] for cell in executed.cells] == [4, 0]


@pytest.mark.parametrize(
    "module",
    [
        "pooledu.functional",
        "pooledu.geometry",
        "pooledu.exercises.ps1_windows.output_size",
        "pooledu.checks.judging",
        "pooledu.checks.exercise",
        "pooledu.checks.api",
        "pooledu.grading.judge.judge",
    ],
)
def test_what_knows_an_answer_is_neither_loaded_nor_loadable_nor_readable(module):
    path = f"{np.__file__.rsplit('numpy', 1)[0]}{module.replace('.', '/')}.py"
    source = (
        "import sys, importlib, os\n"
        f"print({module!r} in sys.modules)\n"
        "del sys.meta_path[0]\n"
        "try: importlib.import_module({0!r})\n"
        "except ImportError: print('refused')\n"
        "import pooledu; folder = os.path.dirname(pooledu.__file__)\n"
        "for base in (folder, {1!r}):\n"
        "    try: open(base + '/' + {2!r})\n"
        "    except OSError: print('unreadable')\n"
    ).format(module, path.rsplit("pooledu", 1)[0] + "pooledu", module.split(".", 1)[1] + ".py")
    executed, _ = execute(new_notebook(cells=[new_code_cell(source)]))
    assert executed.cells[0].outputs[0].text == "False\nrefused\nunreadable\nunreadable\n"


def fails(*_, **__):
    raise ArithmeticError("a fault of ours")


@pytest.mark.parametrize("where", ["judging.judge", "verdict.Verdict._repr_mimebundle_"])
def test_a_fault_in_judging_costs_that_check_alone_and_is_kept_for_the_instructor(
    where, monkeypatch
):
    if where == "judging.judge":
        monkeypatch.setattr("pooledu.checks.judging.judge", fails)
    else:
        show = Verdict._repr_mimebundle_
        monkeypatch.setattr(
            Verdict, "_repr_mimebundle_", lambda self: fails() if self.passed else show(self)
        )
    executed, mark, judge = judged(RIGHT)
    assert mark == 0
    assert "could not be judged" in shown(executed.cells[-1])
    assert "ArithmeticError: a fault of ours" in judge.failures["max_pool2d"]


def test_a_verdict_that_no_file_can_hold_costs_that_check_alone(monkeypatch):
    odd = Verdict("max_pool2d", 1.0, "a lone surrogate: \ud800")
    monkeypatch.setattr("pooledu.checks.judging.judge", lambda *_: odd)
    _, mark, judge = judged(RIGHT)
    assert mark == 0
    assert "UnicodeEncodeError" in judge.failures["max_pool2d"]


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
arrays = hnp.arrays(
    hnp.boolean_dtypes()
    | hnp.integer_dtypes()
    | hnp.floating_dtypes()
    | hnp.complex_number_dtypes(),
    hnp.array_shapes(min_dims=0, min_side=0, max_side=4),
)
values = st.recursive(
    scalars | arrays | st.builds(Opaque, st.text("abc")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)


def same(one, other) -> bool:
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(
            one, other, equal_nan=one.dtype.kind in "fc"
        )
    if isinstance(one, list | tuple):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return type(one) is type(other) and one == other


@given(values)
def test_plain_data_comes_back_as_it_was_written(value):
    writer = Writer()
    written = writer.value(value)
    assert same(value, Reader(writer.buffers).value(written))


def test_calls_come_back_as_they_were_written():
    array = np.arange(6.0).reshape(2, 3)
    call = Call((array, 2), {"stride": np.int64(3)}, "F", "call", ("torch",), {"rng": 5})
    writer = Writer()
    (back,) = Reader(writer.buffers).calls(writer.calls([call]))
    assert same(back.args, call.args)
    assert same(back.kwargs, call.kwargs)
    assert (back.layout, back.driver, back.forbidden) == ("F", "call", ("torch",))
    assert back.setting == {"rng": 5}


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=6), inner, max_size=4)
        | st.lists(inner, max_size=3).map(lambda items: ["array", *items])
        | st.lists(inner, max_size=3).map(lambda items: ["tuple", *items])
        | st.lists(inner, max_size=3).map(lambda items: ["dict", *items])
    ),
    max_leaves=12,
)
PLAIN = (type(None), bool, int, float, str, np.ndarray, list, tuple, dict, Opaque)


@given(json, st.lists(st.binary(max_size=16), max_size=2))
def test_garbage_is_plain_data_or_is_refused(written, buffers):
    try:
        value = Reader(buffers).value(written)
    except ProtocolError:
        return
    assert isinstance(value, PLAIN)


@pytest.mark.parametrize(
    ("written", "data"),
    [
        (["array", "|O", [1]], bytes(8)),
        (["array", "<f8", [2]], bytes(8)),
        (["array", "<f8", [-1]], bytes(8)),
        (["array", "<f8", [True]], bytes(8)),
        (["array", "<f8", [1.0]], bytes(8)),
        (["array", "<i4,<i4", [1]], bytes(8)),
        (["array", "<f99", [1]], bytes(8)),
        (["array", "<M8[s]", [1]], bytes(8)),
        (["array", "<f8", [0] * 65], b""),
        (["array", "<f8", [2**30] * 4], bytes(8)),
        (["pickle", "gASVAAAA"], b""),
        (["dict", [[1, 2]]], b""),
        (["dict", [["a", 2, 3]]], b""),
        (["tuple", 5], b""),
        ({"a": 1}, b""),
        ([], b""),
        (["array"], b""),
    ],
)
def test_what_no_honest_process_writes_is_refused(written, data):
    with pytest.raises(ProtocolError):
        Reader([data]).value(written)


def test_an_array_without_its_bytes_is_refused():
    with pytest.raises(ProtocolError):
        Reader([]).value(["array", "<f8", [1]])


@given(json)
def test_observations_are_observations_or_are_refused(written):
    try:
        seen = Reader([]).observations(written, 1)
    except ProtocolError:
        return
    assert isinstance(seen[0], Observation)


def test_arrays_that_are_too_large_together_are_named_and_not_sent():
    writer = Writer()
    writer._left = 100
    assert writer.value(np.zeros(10))[0] == "array"
    assert writer.value(np.zeros(10))[0] == "opaque"
    assert len(writer.buffers) == 1


def test_after_one_exercise_that_sleeps_the_others_get_less_time():
    seconds = []

    class Talk:
        def send(self, message, buffers):
            if message["op"] == "calls":
                seconds.append(message["seconds"])

        def receive(self, seconds):
            return None

    judge = Judge(b"secret")
    for name in ("output_size", "max_pool2d", "avg_pool2d"):
        judge.answer(grade_cell("", name), {"op": "check", "callable": True}, Talk())
    assert seconds == [10, 2.5, 1]
    assert all("longer" in str(verdict) for verdict in judge.verdicts.values())


@pytest.mark.parametrize(
    "header",
    [
        '{"seen": [' + "[]," * 500_000 + '[]], "buffers": []}',
        f'{{"buffers": [{ANSWERS_LIMIT + 1}]}}',
    ],
    ids=["lists", "bytes"],
)
def test_what_would_take_much_memory_is_refused_before_it_does(header):
    ours, theirs = socket.socketpair()
    message = struct.pack(">I", len(header)) + header.encode()
    sending = threading.Thread(target=theirs.sendall, args=(message,))
    sending.start()
    with pytest.raises(ProtocolError, match=r"too many"):
        Channel(ours, ANSWERS_LIMIT).receive(10)
    sending.join()
    ours.close()
    theirs.close()
