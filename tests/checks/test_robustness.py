"""Whatever a student's function does, check says so and comes back."""

import _thread
import gc
import signal
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

from pooledu import check
from pooledu.checks.calls import Call
from pooledu.checks.observing import observe

COUNT = {}


def right(x, kernel_size, stride=None):
    """Max pooling with loops."""
    stride = stride or kernel_size
    rows, columns = ((size - kernel_size) // stride + 1 for size in x.shape)
    y = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            y[i, j] = x[i * stride :, j * stride :][:kernel_size, :kernel_size].max()
    return y


def verdict_on(function, **options):
    return check(function, exercise="max_pool2d", **options)


def test_a_right_function_passes():
    assert verdict_on(right).passed


@pytest.mark.parametrize("option", ["seed", "time_limit"])
@pytest.mark.parametrize("value", ["a", None, -1, float("nan"), [1], {}, 1j, np.array([1, 2])])
def test_an_option_that_makes_no_sense_is_named_with_its_value(option, value):
    says = verdict_on(right, **{option: value}).headline
    assert says.startswith(f"`{option}` is a ")
    assert "; it was " in says


def unwritten(x, kernel_size, stride=None):
    raise NotImplementedError


def returns_nothing(x, kernel_size, stride=None):
    right(x, kernel_size, stride)


def raises(x, kernel_size, stride=None):
    raise IndexError("index 4 is out of bounds")


def raises_an_exception_that_cannot_be_printed(x, kernel_size, stride=None):
    class SilentError(Exception):
        def __str__(self):
            raise ValueError

    raise SilentError


def wrong_parameters(x, k):
    return right(x, k)


def recurses(x, kernel_size, stride=None):
    return recurses(x, kernel_size, stride)


def exits(x, kernel_size, stride=None):
    sys.exit(0)


def interrupts(x, kernel_size, stride=None):
    raise KeyboardInterrupt


def changes_its_input(x, kernel_size, stride=None):
    y = right(x, kernel_size, stride)
    if x.flags.writeable:
        x[0, 0] = 0
    return y


def writes_into_a_read_only_input(x, kernel_size, stride=None):
    x += 0
    return right(x, kernel_size, stride)


def returns_a_view(x, kernel_size, stride=None):
    return x if kernel_size == 1 else right(x, kernel_size, stride)


def returns_a_list(x, kernel_size, stride=None):
    return right(x, kernel_size, stride).tolist()


def returns_float32(x, kernel_size, stride=None):
    return right(x, kernel_size, stride).astype(np.float32)


def returns_objects(x, kernel_size, stride=None):
    return right(x, kernel_size, stride).astype(object)


def returns_nan(x, kernel_size, stride=None):
    y = right(x, kernel_size, stride)
    y[-1, -1] = np.nan
    return y


def returns_a_masked_array(x, kernel_size, stride=None):
    y = right(x, kernel_size, stride)
    return np.ma.masked_array(y, mask=y == y.max())


class Liar:
    """Equal to everything."""

    def __eq__(self, other):
        return True

    def __array__(self, *args, **kwargs):
        raise AssertionError("was asked to be an array")


def returns_a_liar(x, kernel_size, stride=None):
    return Liar()


class LyingArray(np.ndarray):
    """An array that is equal to everything, and hides its memory."""

    def __eq__(self, other):
        return np.ones(self.shape, bool)

    def __array_ufunc__(self, *args, **kwargs):
        return np.zeros(self.shape)

    def tobytes(self, *args):
        return b""


def returns_a_lying_array(x, kernel_size, stride=None):
    return (right(x, kernel_size, stride) + 1).view(LyingArray)


def keeps_state(x, kernel_size, stride=None):
    COUNT["calls"] = COUNT.get("calls", 0) + 1
    y = right(x, kernel_size, stride)
    return y + (COUNT["calls"] > 20)


def remembers_by_shape(x, kernel_size, stride=None, memory={}):  # noqa: B006
    key = (x.shape, kernel_size, stride)
    if key not in memory:
        memory[key] = right(x, kernel_size, stride)
    return memory[key]


BUFFER = np.empty(400)


def reuses_one_buffer(x, kernel_size, stride=None):
    y = right(x, kernel_size, stride)
    out = BUFFER[: y.size].reshape(y.shape)
    out[...] = y
    return out


def depends_on_chance(x, kernel_size, stride=None):
    return right(x, kernel_size, stride) + np.random.default_rng().normal()


def is_transposed(x, kernel_size, stride=None):
    return right(x, kernel_size, stride).T.copy()


def uses_torch(x, kernel_size, stride=None):
    import torch

    t = torch.from_numpy(np.array(x))[None]
    stride = stride or kernel_size
    return torch.nn.functional.max_pool2d(t, int(kernel_size), int(stride))[0].numpy()


def uses_pooledu(x, kernel_size, stride=None):
    from pooledu import functional

    return functional.max_pool(x, (int(kernel_size),) * 2, stride)


def uses_scipy(x, kernel_size, stride=None):
    from scipy import ndimage

    ndimage.maximum_filter(x, 3)
    return right(x, kernel_size, stride)


SAYS = {
    unwritten: "not written yet",
    returns_nothing: "is a `return` missing?",
    raises: 'raised IndexError: "index 4 is out of bounds"',
    raises_an_exception_that_cannot_be_printed: "raised SilentError",
    wrong_parameters: "raised TypeError",
    recurses: "calls itself without end",
    exits: "tried to end the program: it raised SystemExit",
    interrupts: "tried to end the program: it raised KeyboardInterrupt",
    changes_its_input: "changes what it is given",
    writes_into_a_read_only_input: "writes into its input",
    returns_a_view: "a view of its input",
    returns_a_list: "returned a list, and a NumPy array was expected",
    returns_float32: "dtype float32, and float64 was expected",
    returns_objects: "an array of dtype object",
    returns_nan: "is NaN, and 9 was expected",
    returns_a_masked_array: "a masked array with masked cells",
    returns_a_liar: "returned a Liar, and a NumPy array was expected",
    returns_a_lying_array: "1 more than it should be",
    keeps_state: "Called twice with the same input, it gave two results",
    reuses_one_buffer: "returns an array that an earlier call returned",
    remembers_by_shape: "returns an array that an earlier call returned",
    depends_on_chance: "Called twice with the same input, it gave two results",
    is_transposed: "swaps the rows and the columns",
    uses_torch: "uses `torch`",
    uses_pooledu: "uses `pooledu`",
    uses_scipy: "uses `scipy`",
}


@pytest.mark.parametrize("function", SAYS, ids=lambda f: f.__name__)
def test_each_mishap_has_its_own_message(function):
    COUNT.clear()
    verdict = verdict_on(function)
    assert not verdict.passed
    text = " ".join(verdict.message.split())
    assert SAYS[function] in text
    others = {says for says in SAYS.values() if says != SAYS[function]}
    assert not [says for says in others if says in text]


def is_off_by_one_row(x, kernel_size, stride=None):
    return np.roll(right(x, kernel_size, stride), 1, axis=0)


def test_a_pattern_is_told_only_if_every_large_result_shows_it():
    """In two rows, an order reversed and a row too far down look the same."""
    message = verdict_on(is_off_by_one_row).message
    assert "row i holds what belongs into row i - 1" in " ".join(message.split())
    assert "opposite order" not in message


@pytest.mark.parametrize(
    ("function", "marks"),
    [(raises, ""), (returns_float32, ""), (returns_nan, "[ ] window   ( ) expected   * wrong")],
)
def test_the_legend_explains_the_marks_that_are_drawn(function, marks):
    message = verdict_on(function).message
    assert (marks or "one window") in message
    assert ("[ ] window" in message, "* wrong" in message) == (bool(marks), bool(marks))


@pytest.mark.parametrize("function", [uses_torch, uses_pooledu, uses_scipy])
def test_a_forbidden_library_scores_nothing(function):
    assert verdict_on(function).score == 0


def collects(x, kernel_size, stride=None):
    gc.collect()
    return right(x, kernel_size, stride)


def loaded_library(text):
    """What a text defines as the module of a library that is loaded and forbidden."""
    import torch

    library = {"__name__": f"{torch.__name__}.lib"}
    exec(textwrap.dedent(text), library)
    return library


def test_a_library_that_only_the_garbage_collector_calls_was_not_used():
    library = loaded_library("def clean(phase, info): info['seen'] = True")
    gc.callbacks.append(library["clean"])
    try:
        assert verdict_on(collects).passed
        assert library["clean"] in gc.callbacks
    finally:
        gc.callbacks.remove(library["clean"])


@pytest.mark.parametrize(
    "text",
    [
        """
        class Left:
            def __del__(self):
                ended.append(self)
        """,
        """
        import weakref
        class Left:
            def __init__(self):
                weakref.finalize(self, lambda: ended.append(0))
        """,
    ],
    ids=["__del__", "weakref"],
)
def test_a_library_that_only_the_end_of_what_it_left_calls_was_not_used(text):
    library = loaded_library(text)
    ended = library["ended"] = []
    for _ in range(3):
        left = library["Left"]()
        left.itself = left
    del left
    assert verdict_on(collects).passed
    assert not ended
    gc.collect()
    assert len(ended) == 3


def test_the_line_that_raised_is_shown():
    message = " ".join(verdict_on(raises).message.split())
    assert 'raise IndexError("index 4 is out of bounds")' in message


# ---- time ------------------------------------------------------------------------------------


def loops(x, kernel_size, stride=None):
    while True:
        pass


def loops_and_catches_everything(x, kernel_size, stride=None):
    while True:
        try:
            while True:
                x.sum()
        except:  # noqa: E722
            pass


def loops_in_a_finally(x, kernel_size, stride=None):
    try:
        x.sum()
    finally:
        while True:
            x.sum()


def prints_without_end(x, kernel_size, stride=None):
    while True:
        print("again and again")


@pytest.mark.parametrize(
    "function", [loops, loops_and_catches_everything, loops_in_a_finally, prints_without_end]
)
def test_a_loop_that_never_ends_is_stopped(function):
    threads = threading.active_count()
    verdict = verdict_on(function, time_limit=0.3)
    assert "did not finish in time and was stopped" in " ".join(verdict.message.split())
    assert verdict.score == 0
    assert threading.active_count() == threads


OF_NUMPY = [name for name in dir(np) if callable(getattr(np, name)) and not name.startswith("_")]


def test_whatever_is_broken_in_numpy_the_calls_end_without_a_traceback_of_ours(monkeypatch):
    told = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    calls = [Call((np.ones((4, 4)), 2), layout=layout) for layout in ("C", "F", "strided")]
    for name in OF_NUMPY:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(np, name, lambda *args, **kwargs: True)
            seen = observe(lambda x, kernel_size: x, calls)
        outcomes = {each.outcome for each in seen}
        assert (len(seen), told) == (3, []), name
        assert outcomes <= {"returned", "raised"}, name


def test_a_function_that_the_machine_keeps_waiting_has_more_time():
    def waits(x, kernel_size, stride=None):
        if x.shape == (7, 8):
            time.sleep(0.6)
        return right(x, kernel_size, stride)

    assert verdict_on(waits, time_limit=0.4).passed


def test_an_import_is_not_broken_off(tmp_path, monkeypatch):
    (tmp_path / "slow_to_import.py").write_text("import time\ntime.sleep(0.6)\nready = True\n")
    monkeypatch.syspath_prepend(tmp_path)

    def imports(x, kernel_size, stride=None):
        import slow_to_import  # noqa: F401

        while True:
            pass

    assert "did not finish" in verdict_on(imports, time_limit=0.1).message
    assert sys.modules.pop("slow_to_import").ready


def test_a_loop_that_never_ends_is_stopped_in_any_thread():
    verdicts = []
    thread = threading.Thread(target=lambda: verdicts.append(verdict_on(loops, time_limit=0.3)))
    thread.start()
    thread.join(10)
    assert "did not finish in time and was stopped" in " ".join(verdicts[0].message.split())


def test_what_cannot_be_interrupted_is_left_behind_with_a_warning():
    woken = threading.Event()

    def waits(x, kernel_size, stride=None):
        woken.wait()

    verdict = verdict_on(waits, time_limit=0.1)
    woken.set()
    assert "could not be stopped" in verdict.message


def test_an_error_of_another_kind_is_not_taken_for_a_known_mistake():
    def raises_where_blocks_do_not_tile(x, kernel_size, stride=None):
        if any(size % kernel_size for size in x.shape) or stride not in (None, kernel_size):
            raise IndexError
        return right(x, kernel_size)

    def reshapes(x, kernel_size, stride=None):
        H, W = x.shape
        return x.reshape(H // kernel_size, kernel_size, W // kernel_size, kernel_size).max((1, 3))

    assert verdict_on(reshapes).misconception == "reshaped_blocks"
    assert verdict_on(raises_where_blocks_do_not_tile).misconception is None


def test_a_function_that_is_slow_only_at_a_late_case_keeps_its_score():
    def late(x, kernel_size, stride=None):
        while x.shape == (7, 8):
            pass
        return right(x, kernel_size, stride)

    verdict = verdict_on(late, time_limit=0.3)
    assert 0 < verdict.score < 1
    assert "finish in time" in verdict.message


@pytest.fixture
def interruptible():
    """Let SIGINT interrupt, though whoever started the tests in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_users_own_interrupt_comes_through_and_stops_the_function(interruptible):
    running = []

    def runs(x, kernel_size, stride=None):
        running.append(threading.current_thread())
        _thread.interrupt_main()
        while True:
            pass

    with pytest.raises(KeyboardInterrupt):
        verdict_on(runs)
    time.sleep(0.01)
    assert not running[0].is_alive()


# ---- what is printed -------------------------------------------------------------------------


def test_megabytes_of_print_are_cut_and_cost_nothing(capsys):
    def chatty(x, kernel_size, stride=None):
        for _ in range(20):
            print("x" * 100_000)
        print("complaint", file=sys.stderr)
        return right(x, kernel_size, stride)

    verdict = verdict_on(chatty)
    assert verdict.passed
    assert capsys.readouterr() == ("", "")


def test_the_print_of_the_failing_case_is_shown_and_cut():
    def chatty(x, kernel_size, stride=None):
        print("shape", x.shape, "x" * 100_000)
        return right(x, kernel_size, stride) + (x.shape == (7, 8))

    verdict = verdict_on(chatty)
    assert "shape (7, 8) xxx" in verdict.message
    assert "cut: 98" in verdict.message
    assert len(verdict.message) < 6000
    assert len(verdict.html) < 40_000


def test_stdout_is_the_old_one_after_a_function_replaced_it():
    before = sys.stdout

    def steals(x, kernel_size, stride=None):
        sys.stdout = None
        return right(x, kernel_size, stride)

    assert verdict_on(steals).passed
    assert sys.stdout is before


# ---- what is handed in -----------------------------------------------------------------------


def test_a_result_instead_of_the_function_is_explained():
    verdict = check(np.zeros((2, 2)), exercise="max_pool2d")
    assert verdict.score == 0
    assert "check(max_pool2d)" in verdict.message


def test_an_unknown_name_is_answered_with_the_nearest_ones():
    def max_pool2(x, kernel_size, stride=None):
        return None

    verdict = check(max_pool2)
    assert verdict.score == 0
    assert "max_pool2d" in verdict.message


@pytest.mark.parametrize("answer", [None, ...])
def test_a_question_without_an_answer_is_not_answered_yet(answer):
    assert "not answered yet" in check(answer, exercise="pooled_size").message


@pytest.mark.parametrize(
    ("answer", "passed"),
    [((1, 3, 14, 14), True), ([1, 3, 14, 14], True), ((1, 3, 14), False), (np.ones(4), False)],
)
def test_a_shape_may_be_a_list_or_a_tuple(answer, passed):
    assert check(answer, exercise="pooled_shape").passed is passed


def test_a_float_is_not_an_answer_to_how_many():
    assert not check(16.0, exercise="pooled_size").passed
    assert check(np.int64(16), exercise="pooled_size").passed


def test_a_class_and_a_partial_are_functions_too():
    import functools

    class Pool:
        def __call__(self, x, kernel_size, stride=None):
            return right(x, kernel_size, stride)

    assert verdict_on(Pool()).passed
    assert verdict_on(functools.partial(right)).passed
