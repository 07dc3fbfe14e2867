"""Nothing that comes in makes the reader, the wire, the judge or the feedback fail: `make fuzz`.

Whatever is sent, what comes of it is a verdict, or an error that is meant for it.
"""

import functools
import json
import os
import signal
import socket
import tempfile
from contextlib import chdir, suppress
from pathlib import Path

import nbformat
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pooledu.checks import exercise_names, find, judging
from pooledu.checks.calls import Observation, Opaque
from pooledu.grading.intake.door import refusal
from pooledu.grading.intake.files import with_submitted
from pooledu.grading.intake.names import take
from pooledu.grading.intake.reading import UnreadableError, parse_submission, read_or_say
from pooledu.grading.wire.channel import ProtocolError
from pooledu.grading.wire.plain import OUTCOMES, Reader, Writer

NUMBERS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(max_size=20),
    st.builds(Opaque, st.text(max_size=20)),
)
ARRAYS = st.one_of(
    arrays.arrays(
        st.sampled_from(["f8", "f4", "f2", "i8", "u1", "?", "c16"]),
        arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    ),
)
VALUES = st.recursive(
    NUMBERS | ARRAYS,
    lambda parts: st.lists(parts, max_size=9) | st.lists(parts, max_size=9).map(tuple),
    max_leaves=12,
)
TEXTS = st.text(max_size=40) | st.sampled_from(
    ["", "mutated", "forbidden: torch", "pooling: max_pool2d", "devices mixed: add", "TypeError: x"]
)
OBSERVATIONS = st.builds(
    Observation,
    st.sampled_from(OUTCOMES),
    VALUES,
    error=TEXTS,
    where=TEXTS,
    notes=st.lists(TEXTS, max_size=3).map(tuple),
    printed=TEXTS,
)


def is_slow(name):
    """Whether the right results of an exercise take long."""
    return find(name).driver not in ("call", "value")


def near(value, change):
    """Something that is almost what is expected: one part of it is another."""
    if isinstance(value, tuple | list) and value and not isinstance(change, str):
        at = hash(repr(change)) % len(value)
        parts = [near(part, change) if i == at else part for i, part in enumerate(value)]
        return type(value)(parts)
    if isinstance(value, np.ndarray) and isinstance(change, bool):
        return value.astype(bool) if change else np.zeros((0,) * value.ndim)
    return change


@functools.cache
def expected(name):
    """The right results of an exercise, case by case."""
    exercise = find(name)
    return [exercise.expect(case) for case in exercise.cases(1)]


def judged(name, data):
    """Judge observations of which most are odd, and show the verdict."""
    exercise = find(name)
    count = len(judging.plan(exercise, 1))
    seen = [data.draw(OBSERVATIONS), *[data.draw(OBSERVATIONS)] * (count - 1)]
    kind = data.draw(st.sampled_from(["odd", "almost", "truths", "empty"]))
    if kind != "odd":
        change = data.draw(NUMBERS | ARRAYS) if kind == "almost" else kind == "truths"
        almost = [Observation("returned", near(each, change)) for each in expected(name)]
        seen = [*almost, *seen][:count]
    verdict = judging.judge(exercise, 1, seen)
    assert 0 <= verdict.score < 1 or exercise.is_question
    json.dumps(verdict.out_of(3)._repr_mimebundle_()).encode()


@pytest.mark.parametrize("name", exercise_names())
def test_the_judge_gives_a_verdict_whatever_was_seen(name):
    """Fewer examples than of other tests: each makes the whole ladder of an exercise."""
    examples = settings().max_examples // 10

    @settings(max_examples=max(2, examples // 10) if is_slow(name) else examples)
    @given(data=st.data())
    def run(data):
        judged(name, data)

    run()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.sampled_from(["list", "tuple", "dict", "array", "scalar", "opaque", "<f8", "|b1", "<i8"]),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(max_size=5), parts),
    max_leaves=15,
)


@given(JSON, st.lists(st.binary(max_size=40), max_size=3))
def test_the_wire_reads_data_or_says_that_it_is_none(written, buffers):
    with suppress(ProtocolError):
        value = Reader(buffers).value(written)
        Writer().value(value)
    with suppress(ProtocolError):
        Reader(buffers).observations(written, 1)


@given(VALUES)
def test_what_is_written_to_the_wire_is_read_as_it_was(value):
    writer = Writer()
    written = json.loads(json.dumps(writer.value(value)))
    again = Reader(writer.buffers).value(written)
    assert repr(again)[:500] == repr(value)[:500] or "\ud800" in repr(value)


CELLS = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "markdown", "raw", "x"]) | JSON, "source": JSON},
    optional={"metadata": JSON, "outputs": JSON, "attachments": JSON, "id": JSON},
)
NOTEBOOKS = st.fixed_dictionaries(
    {"cells": st.lists(CELLS, max_size=4) | JSON, "nbformat": st.sampled_from([2, 3, 4, 5]) | JSON},
    optional={"metadata": JSON, "nbformat_minor": JSON, "worksheets": JSON},
)


@given(st.one_of(NOTEBOOKS.map(json.dumps), JSON.map(json.dumps), st.text(max_size=200)))
def test_the_reader_makes_a_notebook_or_says_that_it_is_none(text):
    with suppress(UnreadableError):
        nbformat.validate(parse_submission(text))


def put_socket(path):
    with chdir(path.parent), socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


KINDS = {
    "text": lambda path: path.write_text("{}"),
    "time": lambda path: path.write_text("2026-09-30 17:45:00 UTC"),
    "bytes": lambda path: path.write_bytes(bytes(range(256))),
    "folder": lambda path: path.mkdir(),
    "pipe": os.mkfifo,
    "socket": put_socket,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "secret": lambda path: path.symlink_to("/etc/passwd"),
    "itself": lambda path: path.symlink_to(path.name),
    "nothing": lambda path: path.symlink_to("nothing"),
    "large": lambda path: (path.touch(), os.truncate(path, 1 << 40)),
    "closed": lambda path: (path.mkdir(), path.chmod(0)),
}
PLAIN = ["timestamp.txt", "ps1.ipynb", "other.ipynb", "data.csv", "data"]
ODD = ["\N{LATIN SMALL LETTER A WITH DIAERESIS}", "a\N{COMBINING DIAERESIS}", "\x1b[2J"]
NAMES = st.sampled_from([*PLAIN, *ODD, os.fsdecode(b"\xff")])


class SlowError(Exception):
    """It waits for something that a student put there."""


@given(st.dictionaries(NAMES, st.sampled_from(sorted(KINDS)), max_size=5))
def test_whatever_lies_in_a_submission_is_read_at_once_and_from_there_alone(files):
    def too_slow(*_):
        raise SlowError(files)

    before = signal.signal(signal.SIGALRM, too_slow)
    signal.setitimer(signal.ITIMER_REAL, 10)
    try:
        with tempfile.TemporaryDirectory() as root:
            folder = Path(root, "submitted", "s01", "ps1")
            folder.mkdir(parents=True)
            for name, kind in files.items():
                KINDS[kind](folder / name)
            if not refusal(folder):
                take(folder, ["ps1"])
                notebook = read_or_say(folder / "ps1.ipynb", 5)
                assert "root:" not in json.dumps(notebook)
                for file in with_submitted([], str(folder), [], ["*"]):
                    assert b"root:" not in file.content
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
