"""All verdicts of the exercises that need NumPy alone, on the platform where this runs.

It runs in CPython and in a browser, whose verdicts have to be the same.
"""

import warnings
from dataclasses import replace

import numpy as np

from pooledu.checks import cell, exercise_names, find, indices, judging, observing

IN_BROWSER = ("call", "value", "stochastic")


# Right on every machine of 64 bits: indices that are made int64 by hand.
WIDE = {
    "max_pool2d_backward": """
def max_pool2d_backward(grad_y, indices, input_shape):
    flat = np.asarray(indices, dtype=np.int64).ravel()
    size = int(np.prod(input_shape))
    return np.bincount(flat, grad_y.ravel(), minlength=size).reshape(input_shape)
""",
    "max_unpool2d": """
def max_unpool2d(y, indices, output_shape):
    out = np.zeros(output_shape)
    out.put(indices.astype("int64"), y)
    return out
""",
    "max_pool2d_forward": """
def max_pool2d_forward(x, kernel_size, stride=None):
    stride = stride or kernel_size
    cells = np.arange(x.size, dtype=np.int64).reshape(x.shape)
    views = [
        np.lib.stride_tricks.sliding_window_view(each, (kernel_size, kernel_size))
        for each in (x, cells)
    ]
    values, cells = (view[::stride, ::stride].reshape(-1, kernel_size**2) for view in views)
    best = values.argmax(axis=1).astype(np.int64)
    rows = np.arange(len(best), dtype="int64")
    flat = np.take(cells.ravel(), rows * kernel_size**2 + best)
    shape = views[0][::stride, ::stride].shape[:2]
    return x.ravel().take(flat).reshape(shape), flat.reshape(shape)
""",
    "max_pool2d": """
def max_pool2d(x, kernel_size, stride=None):
    stride = stride or kernel_size
    rows, columns = ((size - kernel_size) // stride + 1 for size in x.shape)
    starts = [np.arange(count, dtype=np.int64) * stride for count in (rows, columns)]
    step = np.repeat(np.array([1]), kernel_size).cumsum() - 1
    down, across = (start[:, None] + step for start in starts)
    strips = np.take(x, down, axis=0).max(axis=1)
    return strips.take(across, axis=1).max(axis=2)
""",
}


def wide(name):
    """A solution of `WIDE`, compiled as a cell is."""
    namespace = {"np": np}
    exec(indices.compiled(WIDE[name], cell.NAME), namespace)
    return namespace[name]


def works(right):
    """Name and work of all that is checked, by exercise: right solutions, then known mistakes."""
    for name in exercise_names():
        exercise = find(name)
        if exercise.driver not in IN_BROWSER:
            continue
        if exercise.is_question:
            yield name, "the answer", exercise.oracle, exercise.forbidden
        solutions = [*right.get(name, ()), *([wide(name)] if name in WIDE else [])]
        for solution in solutions:
            yield name, solution.__name__, solution, exercise.forbidden
        for mistake in exercise.misconceptions:
            yield name, mistake.name, mistake.wrong, ()  # these may use our own functions


def verdicts(right):
    """A row for each: exercise, work, score, name of the mistake, and the whole text."""
    rows = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, label, work, forbidden in works(right):
            exercise = find(name)
            calls = [replace(call, forbidden=forbidden) for call in judging.plan(exercise, 0)]
            verdict = judging.judge(exercise, 0, observing.observe(work, calls))
            rows.append([name, label, verdict.score, verdict.misconception, verdict.message])
    return rows
