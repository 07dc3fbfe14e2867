"""A right solution is right in whatever form it is handed in, and whatever it does on the side."""

import functools
import logging
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import clear_output, display

from pooledu import check
from pooledu.checks import find, observing
from pooledu.checks.calls import Call
from tests.checks.right import SOLUTIONS


class Instance:
    """A right solution behind `__call__`."""

    def __init__(self, function):
        self.function = function

    def __call__(self, *args, **kwargs):
        return self.function(*args, **kwargs)


class Hostile(Instance):
    """Refuses to be asked for anything."""

    def __getattr__(self, name):
        raise RuntimeError


def undecorated(function):
    """A decorator without `functools.wraps`."""

    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def decorated(function):
    return functools.wraps(function)(undecorated(function))


def annotated(function):
    function = decorated(function)
    function.__annotations__ = {"x": "np.ndarray", "return": "np.ndarray"}
    return function


FORMS = {
    "lambda": lambda f: lambda *args, **kwargs: f(*args, **kwargs),
    "partial": functools.partial,
    "instance": Instance,
    "method": lambda f: Instance(f).__call__,
    "undecorated": undecorated,
    "decorated": decorated,
    "annotated": annotated,
    "hostile": Hostile,
}
ALL = [(name, solution) for name, styles in SOLUTIONS.items() for solution in styles]


@pytest.mark.parametrize("number", range(len(ALL)), ids=lambda n: f"{ALL[n][0]}-{n}")
def test_a_right_solution_passes_in_any_form(number):
    name, solution = ALL[number]
    form = list(FORMS)[number % len(FORMS)]
    namespace = {name: FORMS[form](solution), "check": check}
    verdict = check(namespace[name], name)
    assert verdict.passed, (form, verdict.message)


max_pool2d = SOLUTIONS["max_pool2d"][0]
avg_pool2d = SOLUTIONS["avg_pool2d"][0]


@pytest.mark.parametrize("form", FORMS)
def test_the_text_of_the_call_decides_which_exercise_is_meant(form):
    right, also_right = FORMS[form](SOLUTIONS["max_pool2d"][0]), SOLUTIONS["avg_pool2d"][0]
    max_pool2d = right
    avg_pool2d = also_right
    assert check(max_pool2d).passed
    assert check(
        max_pool2d,
    ).passed
    assert check(avg_pool2d).out_of(3).passed
    avg_pool2d = max_pool2d
    verdict = check(avg_pool2d)
    assert (verdict.exercise, verdict.passed) == ("avg_pool2d", False)


def test_without_such_a_text_the_function_s_name_decides():
    def max_pool2d(x, kernel_size, stride=None):
        return SOLUTIONS["max_pool2d"][0](x, kernel_size, stride)

    mine = max_pool2d
    assert check(mine).passed
    assert check(functools.partial(mine)).passed
    assert "has no name of its own" in check(lambda x: x).message


# ---- on the side -------------------------------------------------------------------------------


def opens_figures():
    import matplotlib.pyplot as plt

    plt.figure()
    plt.plot([1, 2])


def shows_a_figure():
    import matplotlib.pyplot as plt

    plt.imshow([[0.0, 1.0]])
    plt.show()


def logs():
    logging.getLogger("mine").warning("a line")


def shows_progress():
    from sys import stderr

    print("\r50 %", end="", file=stderr)


SIDE_EFFECTS = {
    "print": lambda: print("here"),
    "display": lambda: display({"a": 1}),
    "clear_output": lambda: clear_output(wait=True),
    "figures": opens_figures,
    "show": shows_a_figure,
    "logging": logs,
    "progress": shows_progress,
    "stderr": lambda: sys.stderr.write("here"),
}


@pytest.fixture
def shell():
    """IPython as a kernel has it, with a publisher that writes down what reaches the notebook."""
    published = []
    shell = InteractiveShell.instance()
    shell.display_pub.publish = lambda *args, **kwargs: published.append(args)
    yield published
    InteractiveShell.clear_instance()


@pytest.mark.parametrize("effect", SIDE_EFFECTS)
def test_what_a_right_function_shows_on_the_side_is_free_and_does_not_flood_the_notebook(
    effect, shell, capsys
):
    console = logging.StreamHandler(sys.stderr)
    logging.getLogger().addHandler(console)

    def shows(x, kernel_size, stride=None):
        SIDE_EFFECTS[effect]()
        return max_pool2d(x, kernel_size, stride)

    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    try:
        verdict = check(shows, "max_pool2d")
    finally:
        logging.getLogger().removeHandler(console)
    assert verdict.passed, verdict.message
    assert plt.get_fignums() == before
    assert shell == []
    assert capsys.readouterr() == ("", "")
    assert console.stream is not None


def starts_a_fork():
    if os.fork() == 0:
        os._exit(0)


def asks_a_pool():
    with ProcessPoolExecutor(1) as pool:
        pool.submit(abs, 1).result()


NOT_THERE = {
    "waits for someone at the keyboard": (lambda: input(), lambda: breakpoint()),
    "starts another process": (
        starts_a_fork,
        asks_a_pool,
        lambda: multiprocessing.Pool(1).map(abs, [1]),
        lambda: multiprocessing.Queue(),
        lambda: subprocess.run(["true"]),
        lambda: os.system("true"),
        lambda: os.popen("true").read(),
        lambda: os.posix_spawn("/bin/true", ["true"], {}),
        lambda: os.spawnlp(os.P_WAIT, "true", "true"),
    ),
    "from the network": (
        lambda: urllib.request.urlopen("http://localhost:9", timeout=1),
        lambda: socket.create_connection(("127.0.0.1", 9)),
        lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", ("127.0.0.1", 9)),
        lambda: socket.gethostbyname("localhost"),
    ),
}


@pytest.mark.parametrize(
    ("words", "asks"), [(words, asks) for words, kind in NOT_THERE.items() for asks in kind]
)
def test_a_function_is_told_at_once_what_will_not_be_there_when_it_is_graded(words, asks):
    def helped(x, kernel_size, stride=None):
        asks()
        return max_pool2d(x, kernel_size, stride)

    verdict = check(helped, "max_pool2d")
    assert words in " ".join(verdict.says)
    assert verdict.score == 0


def test_outside_of_a_check_processes_and_the_network_are_as_before():
    check(max_pool2d)
    assert subprocess.run(["true"]).returncode == 0
    assert multiprocessing.Lock().acquire()
    assert socket.gethostbyname("127.0.0.1") == "127.0.0.1"


# ---- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pooled_size", "dense_head_parameters", "padding_in_corner"])
def test_the_right_number_in_another_form_is_called_right_and_its_form_is_named(name):
    answer = find(name).oracle
    for form in (str(answer), float(answer), f" {answer} ", [answer], (str(answer),)):
        says = " ".join(check(form, name).says)
        assert "is right, and not an int" in says
        assert "is not the answer" not in says
    assert "is not the answer" in " ".join(check("forty", name).says)


@pytest.mark.parametrize("form", ["c", " C ", "C", "C.", "(c)", "'C'"])
def test_a_choice_may_be_written_small(form):
    assert check(form, "other_image_size").passed
    assert check(" a", "other_image_size").misconception == "larger_kernels"


def test_a_shape_as_an_array_is_called_right():
    said = check(np.array([1, 3, 14, 14]), "pooled_shape").says
    assert said[0].startswith("It is right, and not a tuple of ints")


# ---- both ways to run calls --------------------------------------------------------------------


@pytest.fixture(params=[True, False], ids=["in a thread", "in this thread"])
def threads(request, monkeypatch):
    """With threads as everywhere, or as in a browser, whose page sends a signal now and then."""
    monkeypatch.setattr(observing, "THREADS", request.param)
    ended = threading.Event()

    def tick():
        while not ended.wait(0.1):
            signal.raise_signal(observing.TICK)

    before = signal.signal(observing.TICK, lambda *_: None)
    thread = threading.Thread(target=tick)
    thread.start()
    yield
    ended.set()
    thread.join()
    signal.signal(observing.TICK, before)


def test_a_right_function_passes_with_threads_and_without(threads):
    assert check(max_pool2d, "max_pool2d").passed


def test_an_endless_loop_is_stopped_with_threads_and_without(threads):
    def late(x, kernel_size, stride=None):
        while x.shape == (7, 8):
            x.sum()
        return max_pool2d(x, kernel_size, stride)

    verdict = check(late, "max_pool2d", time_limit=0.3)
    assert 0 < verdict.score < 1
    assert "did not finish in time" in verdict.message
    assert sys.gettrace() is None


@pytest.mark.parametrize("limit", [0.3, 0.6])
def test_a_loop_that_catches_everything_is_stopped_with_threads_and_without(threads, limit):
    def stubborn(x, kernel_size, stride=None):
        while True:
            try:
                while True:
                    x.sum()
            except:  # noqa: E722
                pass

    verdict = check(stubborn, "max_pool2d", time_limit=limit)
    assert verdict.score == 0
    assert "did not finish in time" in verdict.message
    assert sys.gettrace() is None


def test_what_is_seen_is_told_at_once_with_threads_and_without(threads):
    told = []
    calls = [Call((n,)) for n in range(3)]

    def work(n):
        return len(told)

    seen = observing.observe(work, calls, seen=told.append)
    assert [observation.value for observation in seen] == [0, 1, 2]
    assert told == seen


def test_an_exception_is_told_with_its_line_with_threads_and_without(threads):
    def raises(x, kernel_size, stride=None):
        raise KeyError("lost")

    assert "It happened in `line" in " ".join(check(raises, "max_pool2d").says)


def test_a_line_of_compiled_code_is_not_taken_for_the_student_s():
    def draws(x, kernel_size, stride=None, *, rng):
        return rng.choice([1.0, 2.0], p=[0.5, 0.6])

    says = " ".join(check(draws, "stochastic_pool2d").says)
    assert "return rng.choice" in says
