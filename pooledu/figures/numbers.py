"""Numbers as they are written into a cell."""

import math
from typing import Any

import numpy as np


def number(value: Any, digits: int = 3) -> str:
    """Write a number as short as it can be read.

    Whole numbers stand bare, others are rounded to `digits` significant digits, infinities are
    written ∞ and −∞.

    Parameters
    ----------
    value
        A Python or NumPy number or bool; anything else is written by `str`.
    digits
        Significant digits of a number that is not whole.

    Examples
    --------
    >>> number(3.0), number(-2), number(1 / 3), number(0.00001234), number(-float("inf"))
    ('3', '−2', '0.333', '1.23e−5', '−∞')
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        return str(value)
    if isinstance(value, complex | np.complexfloating):
        return str(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    whole = value == int(value) and abs(value) < 10 ** max(digits, 6)
    text = str(int(value)) if whole else f"{float(value):.{digits}g}"
    mantissa, _, exponent = text.partition("e")
    if exponent:
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")
