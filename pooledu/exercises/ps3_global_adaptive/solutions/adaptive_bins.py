"""Cut an axis of `in_size` cells into `out_size` equal parts: bin `i` begins at `i * in / out`.
A cell that a part only touches belongs to it: round the start down and the end up.
Stay with integers: `//` rounds down, and `-(-a // b)` rounds up.
"""


def integers(in_size, out_size):
    """Only whole numbers: nothing is rounded that one does not see."""
    return [(i * in_size // out_size, -(-(i + 1) * in_size // out_size)) for i in range(out_size)]


def touching(in_size, out_size):
    """Ask each cell which parts it touches: slow, and it needs no formula for the rounding."""
    bins = []
    for i in range(out_size):
        cells = [
            cell
            for cell in range(in_size)
            if cell * out_size < (i + 1) * in_size and (cell + 1) * out_size > i * in_size
        ]
        bins.append((cells[0], cells[-1] + 1))
    return bins


def large():
    """300 cells in 70 bins."""
    return 300, 70
