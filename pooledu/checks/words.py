"""All that the engine says, in one room: a sentence for each code of a `Finding`.

Here nothing is decided. A sentence is a template, or a function of the finding's arguments where
grammar needs one. An exercise's own words stand in its module, and are looked up first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pooledu.checks.calls import Opaque
from pooledu.checks.finding import Finding
from pooledu.figures import number

Sentence = str | Callable[..., str]  # a template, or a function of the finding's arguments
MAX_KIND, MAX_QUOTE = 60, 200  # characters of an exception's name, and of its words
COUNTS = {1: "one", 2: "two", 3: "three"}


def say(finding: Finding | str, words: Mapping[str, Sentence] | None = None) -> str:
    """Put a finding into words.

    Parameters
    ----------
    finding
        What was found; a text is said as it is. An argument that is a finding is said first.
    words
        An exercise's own sentences, by code.

    Examples
    --------
    >>> say(Finding("scaled", ratio=2.0))
    'Every number is 2 times what it should be.'
    >>> say(Finding("tall", rows=3), {"tall": "It has {rows} rows."})
    'It has 3 rows.'
    """
    if isinstance(finding, str):
        return finding
    sentence = (words or {}).get(finding.code) or SENTENCES[finding.code]
    arguments = {
        name: say(value, words) if isinstance(value, Finding) else value
        for name, value in finding.arguments.items()
    }
    if callable(sentence):
        return sentence(**arguments)
    return sentence.format(**arguments) if arguments else sentence


# ---- grammar -----------------------------------------------------------------------------------


def a(noun: str) -> str:
    """Put the article before a noun.

    Examples
    --------
    >>> a("int"), a("list")
    ('an int', 'a list')
    """
    return f"{'an' if noun[:1].lower() in set('aeiou') else 'a'} {noun}"


def counted(count: int, noun: str) -> str:
    """Count something.

    Examples
    --------
    >>> counted(1, "item"), counted(3, "item")
    ('1 item', '3 items')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


def clause(sentence: str) -> str:
    """Let a sentence follow a colon."""
    return sentence[:1].lower() + sentence[1:]


def capital(text: str) -> str:
    """Begin a sentence with a text."""
    return text[:1].upper() + text[1:]


def place(at: tuple[int, ...]) -> str:
    """Name a cell: 'row 0, column 2', or its whole index where there are more dimensions."""
    if len(at) == 2:
        return f"row {at[0]}, column {at[1]}"
    if not at:
        return "the number"
    return f"the number at [{', '.join(map(str, at))}]"


def apart(one: Any, other: Any) -> tuple[str, str]:
    """Write two different numbers with digits enough to tell them apart."""
    digits = next((d for d in (3, 6, 10) if number(one, d) != number(other, d)), 17)
    return number(one, digits), number(other, digits)


def kind(value: Any) -> str:
    """Name what a value is.

    Examples
    --------
    >>> kind(np.zeros((2, 3))), kind([1, 2]), kind(None), kind(2.5)
    ('an array of shape (2, 3)', 'a list', 'None', 'the float 2.5')
    """
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, Opaque):
        return value.what
    if value is None:
        return "None"
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__}"
    return f"the {type(value).__name__} {short(repr(value))}"


def _way_out(value: Any) -> str:
    """Say how to get at the results where they are near."""
    what = value.what if isinstance(value, Opaque) else ""
    if what == "an array of dtype object":
        return " Numbers are wanted in it: `np.array(..., dtype=float)`."
    if what == "a coroutine":
        return " Write `def`, not `async def`."
    if what == "a generator":
        return " `yield` makes a generator: collect the results, and `return` them."
    return ""


def kind_of(value: Any) -> str:
    """Name the type of an answer.

    Examples
    --------
    >>> kind_of("16"), kind_of(16.0), kind_of((1.0, 2))
    ('a str', 'a float', 'a tuple that holds other things than ints')
    """
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} that holds other things than ints"
    return a(type(value).__name__)


def short(text: str, limit: int = 80) -> str:
    """Cut a text that a student's function made."""
    return text if len(text) <= limit else f"{text[:limit]} ..."


# ---- sentences that need grammar ---------------------------------------------------------------


def _wrong(count: int, size: int) -> str:
    return f"{_numbers(count, size)} wrong."


def _nan(count: int, size: int) -> str:
    return f"{_numbers(count, size)} NaN."


def _numbers(count: int, size: int) -> str:
    """Count cells: '3 of 16 numbers are'."""
    if count == size:
        return "Both numbers are" if size == 2 else f"All {size} numbers are"
    return f"{count} of {size} numbers {'is' if count == 1 else 'are'}"


def _first_wrong(at: tuple[int, ...], actual: Any, expected: Any) -> str:
    have, want = apart(actual, expected)
    return f"{capital(place(at))} is {have}, and {want} was expected."


def _surplus(axis: str, count: int) -> str:
    amount = abs(count)
    noun = axis if amount == 1 else f"{axis}s"
    return f"That is {COUNTS.get(amount, amount)} {noun} too {'many' if count > 0 else 'few'}."


def _shifted(axis: str, by: int) -> str:
    return f"It is off by one {axis}: {axis} i holds what belongs into {axis} i {'+-'[by < 0]} 1."


def _offset(offset: float) -> str:
    more = "more" if offset > 0 else "less"
    return f"Every number is {number(abs(offset), 4)} {more} than it should be."


def _ratio(ratio: float) -> str:
    """Write a factor with digits enough to tell it from 1."""
    return number(ratio, 4) if number(ratio, 4) != "1" else apart(ratio, 1.0)[0]


def _value(actual: Any, expected: Any) -> str:
    if isinstance(expected, bool | str):
        return f"It returned {short(repr(actual))}, and {expected!r} was expected."
    return f"It returned {number(actual, 6)}, and {number(expected, 6)} was expected."


def _repeated(answer: Any) -> str:
    """Repeat an answer as it was written."""
    items = answer if isinstance(answer, list | tuple) else [answer]
    simple = len(items) <= 20 and all(isinstance(item, int | float | str) for item in items)
    return f"`{short(repr(answer))}`" if simple else capital(kind(answer))


def _at(where: str) -> str:
    """Add the line of an exception."""
    return f" It happened in `{where}`." if where else ""


def quoted(error: str) -> str:
    r"""Write an exception so that its words are seen to be the function's own: in quotes, cut.

    Examples
    --------
    >>> quoted("ValueError: 3 of `x`\nare wrong")
    'ValueError: "3 of \'x\' are wrong"'
    """
    kind, _, message = error.partition(": ")
    kind = "".join(letter for letter in kind if letter.isalnum() or letter in "_.")[:MAX_KIND]
    words = " ".join("".join(x if x.isprintable() else " " for x in message).split())
    words = words.replace("`", "'").replace('"', "'")
    if len(words) > MAX_QUOTE:
        words = f"{words[:MAX_QUOTE]} ..."
    return f'{kind}: "{words}"' if words else kind


def _raised(error: str, where: str) -> str:
    return f"It raised {quoted(error)}.{_at(where)}"


def _ended(error: str, where: str) -> str:
    return f"It tried to end the program: it raised {quoted(error)}.{_at(where)}"


def _placed(sentence: str) -> Sentence:
    """A sentence, with the line that it speaks of behind it."""
    return lambda where: f"{sentence}{_at(where)}"


def _writes(error: str, where: str) -> str:
    return (
        f"It writes into its input, which is read-only here: {quoted(error)}. Work on a copy, or "
        f"on a new array.{_at(where)}"
    )


SENTENCES: dict[str, Sentence] = {
    # the result in a line
    "right": "`{exercise}` is right in all {cases} cases.",
    "partly": "`{exercise}` is right in {passed} of {cases} cases.",
    "answer right": "`{exercise}`: right.",
    "answer wrong": "`{exercise}`",
    "called already": "`{exercise}` asks for the function itself: write `check({exercise})`, "
    "without calling it.",
    "no function": lambda got: (
        f"`check` asks for a function that you wrote, and got {kind(got)}. Hand over the function "
        'itself, without calling it; for a question, `check(answer, exercise="its name")`.'
    ),
    "judged later": "`{exercise}` is judged when your notebook is graded; nothing is decided here",
    "no such exercise": lambda name, near: (
        f"There is no exercise named {short(name)!r}. "
        + (
            f"Is it {' or '.join(near)}?"
            if near
            else "A problem set begins with a list of its own."
        )
    ),
    "odd seed": lambda got: (
        f"`seed` is a whole number from 0 on, such as `seed=1`; it was {kind(got)}."
    ),
    "odd time limit": lambda got: (
        f"`time_limit` is a number of seconds above 0, such as `time_limit=10`; it was {kind(got)}."
    ),
    "nameless": lambda name: (
        f"This function has no name of its own ({name}). Say which exercise it is for: "
        '`check(function, "max_pool2d")`.'
    ),
    "left behind": lambda exercise, files: (
        f"`{exercise}` needs {' and '.join(f'`{file}`' for file in files)}. Only the notebook is "
        "handed in, unless the assignment asks for more: put that code into the notebook."
    ),
    # after success
    "no solution while graded": "Solutions are not shown while work is graded.",
    "not solved yet": "`{exercise}` has not passed in this session yet. Once `check({exercise})` "
    "says that it is right, solutions are shown beside yours.",
    "no solution here": "No model solution of `{exercise}` comes with this course.",
    "measured on": "Time of one call. {what}",
    # a known mistake
    "known": lambda says: f"The results are those of a known mistake: {clause(says)}",
    "as if": lambda says: f"In the cases that fail, it behaves as if this were so: {clause(says)}",
    # why there is no result
    "slow": "It did not finish in time and was stopped. Is there a loop that never ends? The cases "
    "after this one were not tried.",
    "stuck": "It did not finish in time and could not be stopped: it waits for something. Restart "
    "the kernel before you go on.",
    "skipped": "It was not tried, because an earlier call did not finish in time.",
    "unwritten": "It is not written yet.",
    "recursion": _placed("It calls itself without end (RecursionError)."),
    "ended": _ended,
    "waits": _placed(
        "It waits for someone at the keyboard, with `input()` or `breakpoint()`. A function gets "
        "all that it needs through its parameters."
    ),
    "process": _placed(
        "It starts another process, with `subprocess`, `multiprocessing` or a line that begins "
        "with `!`. A notebook is graded in a single process, where that cannot work; threads can."
    ),
    "network": _placed(
        "It asks for something from the network, and there is none where the notebook is graded. A "
        "function gets all that it needs through its parameters."
    ),
    "writes": _writes,
    "raised": _raised,
    "refused": lambda error, call: (
        f"It raised {quoted(error)}. Parameters are given by their names, too: `def {call}:`"
    ),
    "another call": lambda error, call: (
        f"It raised {quoted(error)}. It is called as in `def {call}:`"
    ),
    # what was seen beside the result
    "second call": "It is right the first time, and not when it is called again with the same "
    "input. A result may depend on the arguments alone.",
    "unsteady": "Called twice with the same input, it gave two results. A result may depend on the "
    "arguments alone: look for a global variable, a mutable default, random numbers, an array "
    "from `np.empty` that is not filled, or `as_strided` reading beyond its array.",
    "mutated": "It changes what it is given. Work on a copy, or on a new array or list.",
    "shares": "What it returns is a view of its input: who changes the result later would change "
    "the input too. Return a new array, for example with `.copy()`.",
    "reused": "It returns an array that an earlier call returned as well, so the earlier result "
    "changes afterwards. Make a new array in each call.",
    "forbidden": "It uses `{library}`. `{exercise}` is to be written without it.",
    "pooling": "It uses `{operation}`. `{exercise}` is to be written without it.",
    "result on the CPU": "The input lies on another device than the CPU, and the result on the "
    "CPU. Make tensors with `device=x.device`, or from `x` with `x.new_zeros(...)`.",
    "layers on the CPU": "The model lies on another device than the CPU, and the new layers on the "
    "CPU. Make them with the device and the dtype of a parameter of the model, or move them there.",
    "model moved": "It moves the model to another device and leaves it there. Compute where the "
    "model and the images are.",
    "devices mixed": "Tensors on two devices met in `{operation}`: one is on the CPU, the input is "
    "not. Make tensors with `device=x.device`, or from `x` with `x.new_zeros(...)`.",
    "through NumPy": "It goes through NumPy, which knows no devices and no gradients. Stay with "
    "torch's own operations.",
    "seen something": "Something else was seen that does not happen in an honest call.",
    # an answer
    "another form": lambda answer, expected: (
        f"It is right, and not {a(expected)}: `{short(repr(answer))}` is {kind_of(answer)}. Write "
        f"it as {a(expected)}."
    ),
    "unanswered": "It is not answered yet.",
    "not the answer": lambda answer: f"{_repeated(answer)} is not the answer.",
    # how a result differs
    "none": "It returned None: is a `return` missing?",
    "no array": lambda actual: (
        f"It returned {kind(actual)}, and a NumPy array was expected.{_way_out(actual)}"
    ),
    "rows of numbers": lambda actual: (
        f"It returned {kind(actual)}, and a NumPy array was expected. Wrap it: `np.array(...)`."
    ),
    "several results": lambda actual, length: (
        f"It returned {kind(actual)} of {length}, and a NumPy array alone was expected."
    ),
    "shape": "The result has shape {actual}, and {expected} was expected.",
    "surplus": _surplus,
    "common part right": "The numbers that both have are right.",
    "dtype": "The array has dtype {actual}, and {expected} was expected.",
    "only the dtype": "The numbers are right. The array has dtype {actual}, and {expected} was "
    "expected.",
    "wrong": _wrong,
    "NaN": _nan,
    "first wrong": _first_wrong,
    "type": lambda actual, expected: (
        f"It returned {kind(actual)}, and {a(expected)} was expected.{_way_out(actual)}"
    ),
    "value": _value,
    "no sequence": lambda actual, expected, length: (
        f"It returned {kind(actual)}, and a {expected} of {length} was expected.{_way_out(actual)}"
    ),
    "length": lambda kind, actual, expected: (
        f"The {kind} has {counted(actual, 'item')}, and {expected} were expected."
    ),
    "part": "What differs first: {name}.",
    "item": "Item {place} of the {kind} is the first that differs.",
    # relations between a wrong array and the right one
    "transposed": "It is the expected result transposed: rows and columns are swapped.",
    "reversed": "The {axis}s are in the opposite order.",
    "shifted": _shifted,
    "negated": "Every number has the opposite sign.",
    "scaled": lambda ratio: f"Every number is {_ratio(ratio)} times what it should be.",
    "offset": _offset,
    "only the border": "Only numbers at the border of the result are wrong.",
}
