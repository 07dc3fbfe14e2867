"""Bins, shift lab and receptive fields compute, say and refuse what the library does, in any
setting that can be given."""

import functools
import itertools
import re
from collections import Counter

import numpy as np
import pytest

from pooledu import functional, geometry

pytestmark = pytest.mark.browser

SETTINGS = 1200  # of each component
# A component of the page takes each state in turn; None where it refuses, and what it says.
SHOWN = """([tag, states]) => {
  const { HALVINGS, rolled, receptiveFields } = window.PoolPlayground;
  const part = document.querySelector(tag);
  const say = (selector) => part.shadowRoot.querySelector(selector).textContent;
  const found = {
    "pool-bins": () => part.bins(),
    "pool-shift-lab": () => ({
      halved: Object.values(HALVINGS).map((f) => f(rolled(part.state.x, part.state.shift))),
      verdicts: [...part.shadowRoot.querySelectorAll(".verdict")].map((v) => v.textContent),
    }),
    "pool-receptive-field": () => [...part.shadowRoot.querySelectorAll("tbody tr")].map((row) =>
      ["field", "jump", "size"].map((name) => Number(row.querySelector(`.${name}`).textContent))),
  }[tag];
  return states.map((state) => {
    part.adopt(structuredClone(state));
    return [part.problem() ? null : found(), `${say(".where")} ${say(".formula")}`];
  });
}"""
STRANGE = [0, -1, 2.5, "", "two", [2, 3]]  # none of these is a size


def now_and_then(rng, value, others, share=0.02):
    """A value, or rarely one of some others."""
    return others[rng.integers(len(others))] if rng.random() < share else value


def compared(show, tag, states, library):
    """States that both take, with what the library and the component find."""
    page = show(f"<{tag}></{tag}>")
    for state, (found, said) in zip(states, page.evaluate(SHOWN, [tag, states]), strict=True):
        assert not re.search("undefined|NaN|object", said), (state, said)
        try:
            expected = library(state)
        except (ValueError, TypeError, RuntimeError):
            expected = None
        assert (expected is None) == (found is None), (state, expected, found, said)
        if found is not None:
            yield state, expected, found


def assert_every_pair(options):
    """All pairs of values of the options occur in some setting."""
    seen, values = Counter(), {}
    for described in options:
        seen.update(itertools.combinations(sorted(described.items()), 2))
        for name, value in described.items():
            values.setdefault(name, set()).add(value)
    for a, b in itertools.combinations(sorted(values), 2):
        for pair in itertools.product(values[a], values[b]):
            assert seen[((a, pair[0]), (b, pair[1]))], (a, b, pair)


# Bins


def layouts():
    """Bins of both kinds, at most 16 of them over at most 16 cells, and some that are none."""
    rng = np.random.default_rng(0)
    for _ in range(SETTINGS):
        size = int(rng.integers(1, 17))
        kernel = int(rng.integers(1, min(size, 5) + 1))
        kind = str(rng.choice(["adaptive", "fractional"]))
        most = 16 if kind == "adaptive" else size - kernel + 2  # one too many, now and then
        u = float(rng.choice([0, 0.5, rng.random(), 0.99]))
        yield {
            "kind": now_and_then(rng, kind, ["square", ""]),
            "size": now_and_then(rng, size, STRANGE),
            "count": now_and_then(rng, int(rng.integers(1, most + 1)), STRANGE),
            "kernel": now_and_then(rng, kernel, STRANGE),
            "u": now_and_then(rng, u, [1, -0.1, 2, "half", ""]),
            "step": 0,
        }


def laid_out(state):
    """The library's bins."""
    kind, size, count, kernel, u = (state[k] for k in ("kind", "size", "count", "kernel", "u"))
    if kind == "adaptive":
        return geometry.adaptive_bins(size, count)
    if kind != "fractional":
        raise ValueError(kind)
    starts = geometry.fractional_starts(size, count, kernel, u)
    rising = np.zeros((1, 1, size)) + np.arange(size)
    functional.fractional_max_pool2d(rising, (1, kernel), (1, count))  # what it refuses
    return [(start, start + kernel) for start in starts]


def test_bins_are_the_librarys(show):
    taken = list(compared(show, "pool-bins", list(layouts()), laid_out))
    for state, expected, found in taken:
        assert [tuple(each) for each in found] == expected, state
    assert SETTINGS * 0.7 < len(taken) < SETTINGS
    assert_every_pair(
        {"more bins": s["count"] > s["size"], "odd": s["size"] % 2}
        for s, _, _ in taken if s["kind"] == "adaptive" and s["size"] > 1
    )  # fmt: skip
    assert_every_pair(
        {"kernel": s["kernel"], "u": s["u"] < 0.5, "one": s["count"] == 1,
         "tight": s["count"] + s["kernel"] - 1 == s["size"]}
        for s, _, _ in taken if s["kind"] == "fractional"
    )  # fmt: skip


# Shift lab


def signals():
    """Signals of each length that there is, and some that are none, moved by any whole number."""
    rng = np.random.default_rng(1)
    for _ in range(SETTINGS):
        length = int(now_and_then(rng, 2 * rng.integers(2, 9), [0, 2, 5, 15, 17, 18]))
        kind = rng.choice(["digits", "signed", "large", "even"])
        x = {
            "digits": rng.integers(0, 10, length), "signed": rng.normal(size=length).round(3),
            "large": rng.normal(0, 1e6, length), "even": np.full(length, 3),
        }[str(kind)]  # fmt: skip
        x = x.astype(float).tolist()
        shift = int(rng.integers(-length, 2 * length + 1))
        yield {
            "x": now_and_then(rng, x, ["x", 3, None, [1, None, 2, 3], [1, "2", 3, 4], [[1, 2]]]),
            "shift": now_and_then(rng, shift, [0.5, "far", ""]),
            "kind": str(kind),
        }


def halved(x):
    """The library's three poolings, and every second value, of a ring."""
    ring = np.array([*x, *x, *x])[None]  # long enough for windows over both ends
    once = slice(len(x) // 2, len(x))
    largest = functional.max_pool1d(ring, 2, 1)
    blurred = np.convolve(largest[0], [0.25, 0.5, 0.25], "same")[len(x) : 2 * len(x) : 2]
    pools = functional.max_pool1d(ring, 2), functional.avg_pool1d(ring, 2)
    return [np.array(x)[::2], *(pool[0, once] for pool in pools), blurred]


def moved(state):
    """The halvings before and after the shift."""
    x, shift = state["x"], state["shift"]
    if not (isinstance(x, list) and isinstance(shift, int) and len(x) in range(4, 17, 2)):
        raise ValueError(x)
    if not all(isinstance(v, float) for v in x):
        raise TypeError(x)
    return halved(x), halved(np.roll(x, shift))


def number(text):
    return float(text.replace("−", "-").replace("≈", ""))


def test_halvings_and_what_is_said_of_them_are_the_librarys(show):
    taken = list(compared(show, "pool-shift-lab", list(signals()), moved))
    for state, (before, after), found in taken:
        for name, was, now, y, verdict in zip(
            ("stride", "max", "avg", "blur"), before, after, found["halved"], found["verdicts"],
            strict=True,
        ):  # fmt: skip
            np.testing.assert_allclose(y, now, rtol=1e-12, atol=1e-9, err_msg=f"{name} {state}")
            changed, count, by = re.match(
                r"(\d+) of (\d+) values change, by (\S+) in all", verdict
            ).groups()
            assert int(count) == len(now)
            if name in ("stride", "max"):  # means differ in their last digit
                assert int(changed) == (was != now).sum(), state
            assert number(by) == pytest.approx(abs(now - was).sum(), rel=5e-3, abs=0.00501)
            if state["shift"] % 2 == 0 and state["shift"] % len(was) and name == "stride":
                assert "The same values, moved" in verdict
    assert SETTINGS * 0.8 < len(taken) < SETTINGS
    assert_every_pair(
        {"length": len(s["x"]), "kind": s["kind"], "odd": s["shift"] % 2, "left": s["shift"] < 0}
        for s, _, _ in taken
    )


# Receptive fields


def stacks():
    """Stacks of up to six layers, whose last is sometimes too large for what reaches it."""
    rng = np.random.default_rng(2)
    for _ in range(SETTINGS):
        layers = [
            {
                "name": f"layer{i}",
                "kernel": now_and_then(rng, int(rng.integers(1, 6)), STRANGE, 0.005),
                "stride": now_and_then(rng, int(rng.choice([1, 1, 2, 3])), STRANGE, 0.005),
                "padding": now_and_then(rng, int(rng.choice([0, 0, 1, 2])), STRANGE[1:-1], 0.005),
                "dilation": now_and_then(rng, int(rng.choice([1, 1, 2, 4])), STRANGE, 0.005),
            }
            for i in range(rng.integers(0, 7))
        ]
        size = int(rng.choice([8, 32, 224, 4096, rng.integers(1, 4097)]))
        yield {"layers": layers, "size": now_and_then(rng, size, [*STRANGE, 4097])}


def followed(state):
    """Field, jump and size of the library after each layer."""
    size, rows = state["size"], []
    layers = [tuple(layer[k] for k in ("kernel", "stride", "padding", "dilation"))
              for layer in state["layers"]]  # fmt: skip
    if not (isinstance(size, int) and 1 <= size <= 4096):
        raise ValueError(size)
    for layer, field in zip(layers, geometry.receptive_fields(layers), strict=True):
        size = geometry.output_size(size, *layer)
        rows.append([field.size, field.jump, size])
    return rows


def test_receptive_fields_are_the_librarys(show):
    taken = list(compared(show, "pool-receptive-field", list(stacks()), followed))
    for state, expected, found in taken:
        assert found == expected, state
    assert SETTINGS * 0.6 < len(taken) < SETTINGS
    assert {len(state["layers"]) for state, _, _ in taken} == set(range(7))
    assert_every_pair(
        functools.reduce(lambda a, b: a | b, [
            {name: max(layer[name] for layer in s["layers"]) for name in
             ("kernel", "stride", "padding", "dilation")}, {"large": s["size"] > 200},
        ])
        for s, _, _ in taken if s["layers"]
    )  # fmt: skip
