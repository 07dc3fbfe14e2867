"""Problem set 3: one number for each channel, bins for any size, and maps of what was seen."""

# mypy: disallow-untyped-defs=False
# Misconceptions are written as students write them.

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pooledu import functional, geometry
from pooledu.checks.exercise import Case, Draw, Exercise, Index, question
from pooledu.checks.showing import plane
from pooledu.checks.windows import alternating, arranged, reals

SET = "ps3_global_adaptive"
GLOBAL = "book/global-and-adaptive.html#global-by-hand"
BINS = "book/global-and-adaptive.html#global-bins"
HEAD = "book/global-and-adaptive.html#global-switch"
MAPS = "book/global-and-adaptive.html#global-cam"


# ---- global_avg_pool2d -------------------------------------------------------------------------


def _batches(rng: Draw) -> Iterator[Case]:
    """The ladder of global_avg_pool2d."""
    yield Case("one image, one channel", (arranged(rng, 1, 1, 2, 2),))
    yield Case("three channels of one cell each", (arranged(rng, 1, 3, 1, 1),))
    yield Case("two channels", (arranged(rng, 1, 2, 2, 2),))
    yield Case("two images", (arranged(rng, 2, 1, 2, 2),))
    yield Case("more columns than rows", (arranged(rng, 1, 2, 2, 5),))
    yield Case("more rows than columns", (arranged(rng, 2, 3, 4, 1),))
    yield Case("negative numbers only", (arranged(rng, 2, 2, 3, 3, low=-40, high=-1),))
    yield Case("zeros among the numbers", (np.maximum(arranged(rng, 2, 3, 3, 4, low=-40), 0),))
    yield Case("a batch", (reals(rng, 4, 3, 5, 6),))
    yield Case("an input that is read-only", (reals(rng, 2, 5, 3, 4),), layout="readonly")
    yield Case("an input in Fortran order", (reals(rng, 3, 2, 4, 5),), layout="F")
    yield Case("a view of another array", (reals(rng, 2, 3, 6, 5),), layout="strided")
    yield Case("very large numbers", (reals(rng, 2, 2, 4, 4) * 1e300,))


def _show_all(case: Case, at: Index | None) -> list[dict[str, Any]]:
    """Draw the plane of the wrong number, all of it in the window."""
    values, where = plane(case.args[0], at)
    return [{"values": values, "title": f"x{where}", "window": (0, 0, *values.shape)}]


global_avg_pool2d = Exercise(
    "global_avg_pool2d",
    SET,
    oracle=functional.global_avg_pool,
    ladder=_batches,
    tolerance=1e-9,
    show=_show_all,
    link=GLOBAL,
)


@global_avg_pool2d.mistake("Which axes are the height and the width of (N, C, H, W)?", GLOBAL)
def channels_averaged(x):
    """It averages over the channels as well, and keeps one number for each image."""
    return x.mean((1, 2, 3))


@global_avg_pool2d.mistake("Each image of a batch is pooled by itself.", GLOBAL)
def batch_averaged(x):
    """It averages over the images as well, and keeps one number for each channel."""
    return x.mean((0, 2, 3))


@global_avg_pool2d.mistake("A number remains for each image and each channel.", GLOBAL)
def everything_averaged(x):
    """It averages over everything and keeps a single number."""
    return np.array(x.mean())


@global_avg_pool2d.mistake("The axes are (N, C, H, W): the channels come second, not last.", GLOBAL)
def channels_taken_for_last(x):
    """It averages over axes 1 and 2, as if the channels came last."""
    return x.mean((1, 2))


@global_avg_pool2d.mistake(
    "The contract asks for (N, C): leave the two axes of length 1 out.", GLOBAL
)
def axes_kept(x):
    """It keeps the height and the width as axes of length 1."""
    return x.mean((2, 3), keepdims=True)


@global_avg_pool2d.mistake("An average is a sum divided by how many numbers there are.", GLOBAL)
def not_divided(x):
    """It adds the numbers of each channel and does not divide."""
    return x.sum((2, 3))


@global_avg_pool2d.mistake("How many cells has a plane of H rows and W columns?", GLOBAL)
def divided_by_height_squared(x):
    """It divides by `H * H`, which is right for square planes only."""
    return x.sum((2, 3)) / x.shape[2] ** 2


@global_avg_pool2d.mistake("Both the height and the width are averaged over.", GLOBAL)
def width_only(x):
    """It averages over the width only."""
    return x.mean(3)


@global_avg_pool2d.mistake("Global max pooling is another layer; here every cell counts.", GLOBAL)
def takes_maximum(x):
    """It takes the maximum of each channel."""
    return x.max((2, 3))


@global_avg_pool2d.mistake("A 0 is a number like any other.", GLOBAL)
def zeros_left_out(x):
    """It averages over the cells that are not 0."""
    return x.sum((2, 3)) / np.maximum((x != 0).sum((2, 3)), 1)


# ---- adaptive_bins -----------------------------------------------------------------------------


def _bin_sizes(rng: Draw) -> Iterator[Case]:
    """The ladder of adaptive_bins."""

    def cells(size: int, out_size: int) -> int:
        """Add the same number of cells for each bin: what is left over stays as it is."""
        return size + out_size * int(rng.integers(4))

    n = cells(2, 1)
    yield Case("one bin for everything", (n, 1))
    yield Case("as many bins as cells", (n, n))
    yield Case("bins that divide the input", (cells(4, 2), 2))
    yield Case("two bins over five cells overlap", (5, 2))
    yield Case("three bins over seven cells", (7, 3))
    yield Case("three bins over eight cells", (8, 3))
    yield Case("five bins over seven cells", (7, 5))
    yield Case("seven bins over ten cells", (10, 7))
    yield Case("one bin less than cells", (6, 5))
    yield Case("more bins than cells", (3, 5))
    yield Case("many more bins than cells", (2, 7))
    yield Case("a single cell for several bins", (1, int(rng.integers(2, 5))))
    yield Case("seven bins over a deep feature map", (cells(17, 7), 7))
    yield Case("eleven bins", (cells(26, 11), 11))
    yield Case("NumPy integers", (np.int64(cells(31, 9)), np.int64(9)))
    yield Case("sizes by name", (), {"in_size": cells(58, 13), "out_size": 13})


def _show_cells(case: Case, at: Index | None) -> list[dict[str, Any]]:
    """Draw the cells, with the bin of the first wrong place."""
    given = dict(zip(("in_size", "out_size"), case.args, strict=False)) | case.kwargs
    bins = geometry.adaptive_bins(**given)
    start, end = bins[at[0] if at and at[0] < len(bins) else 0]
    title = f"{given['in_size']} cells, and bin {at[0] if at else 0}"
    return [
        {"values": [range(given["in_size"])], "window": (0, start, 1, end - start), "title": title}
    ]


adaptive_bins = Exercise(
    "adaptive_bins",
    SET,
    oracle=geometry.adaptive_bins,
    ladder=_bin_sizes,
    show=_show_cells,
    link=BINS,
)


@adaptive_bins.mistake(
    "A bin ends where the last cell that it touches ends: round the end up.", BINS
)
def end_rounded_down(in_size, out_size):
    """It rounds the end of each bin down, so bins never overlap."""
    return [(i * in_size // out_size, (i + 1) * in_size // out_size) for i in range(out_size)]


@adaptive_bins.mistake(
    "A bin begins at the first cell that it touches: round the start down.", BINS
)
def start_rounded_up(in_size, out_size):
    """It rounds the start of each bin up."""
    return [
        (-(-i * in_size // out_size), -(-(i + 1) * in_size // out_size)) for i in range(out_size)
    ]


@adaptive_bins.mistake("Round the start down and the end up; `round` goes to the nearest.", BINS)
def rounded_to_nearest(in_size, out_size):
    """It rounds both ends to the nearest whole number."""
    cuts = [int(i * in_size / out_size + 0.5) for i in range(out_size + 1)]
    return list(itertools.pairwise(cuts))


@adaptive_bins.mistake("What happens to the cells that are left over?", BINS)
def equal_bins(in_size, out_size):
    """It makes all bins `in_size // out_size` long and leaves the rest out."""
    length = in_size // out_size
    return [(i * length, (i + 1) * length) for i in range(out_size)]


@adaptive_bins.mistake("The bins are spread evenly; none is there to take what is left.", BINS)
def rest_in_the_last_bin(in_size, out_size):
    """It makes all bins `in_size // out_size` long and gives the rest to the last one."""
    length = in_size // out_size
    return [
        (i * length, in_size if i == out_size - 1 else (i + 1) * length) for i in range(out_size)
    ]


@adaptive_bins.mistake(
    "`np.array_split` makes the first parts longer. Here the bins overlap instead.", BINS
)
def first_bins_longer(in_size, out_size):
    """It makes the first bins one cell longer, as `np.array_split` does."""
    length, longer = divmod(in_size, out_size)
    cuts = [i * length + min(i, longer) for i in range(out_size + 1)]
    return list(itertools.pairwise(cuts))


@adaptive_bins.mistake("The bins are not all of one length: compute the end of each.", BINS)
def constant_length(in_size, out_size):
    """It makes every bin `ceil(in_size / out_size)` long from its start on."""
    length = -(-in_size // out_size)
    return [(i * in_size // out_size, i * in_size // out_size + length) for i in range(out_size)]


@adaptive_bins.mistake(
    "The length of the step differs from bin to bin if the sizes do not divide.", BINS
)
def step_rounded_up(in_size, out_size):
    """It moves by `ceil(in_size / out_size)` cells from bin to bin."""
    step = -(-in_size // out_size)
    return [(min(i * step, in_size), min((i + 1) * step, in_size)) for i in range(out_size)]


@adaptive_bins.mistake("As in `range`, the end is the first cell that is not in the bin.", BINS)
def end_inclusive(in_size, out_size):
    """It gives the last cell of each bin and not the one after it."""
    return [(start, end - 1) for start, end in geometry.adaptive_bins(in_size, out_size)]


@adaptive_bins.mistake("The contract asks for (start, end).", BINS)
def length_for_end(in_size, out_size):
    """It gives the length of each bin and not its end."""
    return [(start, end - start) for start, end in geometry.adaptive_bins(in_size, out_size)]


@adaptive_bins.mistake("Which of the two sizes are you dividing up?", BINS)
def sizes_swapped(in_size, out_size):
    """It takes the two sizes for each other."""
    return geometry.adaptive_bins(out_size, in_size)


# ---- adaptive_avg_pool2d -----------------------------------------------------------------------


def _adaptive_batches(rng: Draw) -> Iterator[Case]:
    """The ladder of adaptive_avg_pool2d."""
    yield Case("a single bin", (arranged(rng, 1, 1, 2, 2), 1))
    yield Case("as many bins as cells", (arranged(rng, 1, 1, 2, 3), (2, 3)))
    yield Case("bins that divide the input", (arranged(rng, 1, 1, 4, 4), 2))
    yield Case("bins that overlap", (arranged(rng, 1, 1, 5, 5), 2))
    yield Case("more columns than rows", (arranged(rng, 1, 1, 3, 7), 3))
    yield Case("a pair of sizes", (arranged(rng, 1, 1, 5, 7), (2, 3)))
    yield Case("a pair of sizes as a list", (arranged(rng, 1, 1, 7, 4), [4, 1]))
    yield Case("more bins than cells", (arranged(rng, 1, 1, 2, 2), 3))
    yield Case("more bins than rows, fewer than columns", (arranged(rng, 1, 1, 2, 7), (3, 4)))
    yield Case("several images and channels", (arranged(rng, 2, 3, 5, 4), (3, 2)))
    yield Case("an input that is read-only", (reals(rng, 2, 2, 7, 6), 3), layout="readonly")
    yield Case("an input in Fortran order", (reals(rng, 2, 2, 8, 11), (5, 4)), layout="F")
    yield Case("a view of another array", (reals(rng, 1, 3, 10, 13), (3, 5)), layout="strided")
    yield Case("NumPy integers as sizes", (reals(rng, 1, 2, 9, 9), np.int64(4)))
    yield Case("very large numbers", (reals(rng, 1, 1, 5, 6) * 1e300, (2, 3)))


def _two(output_size: Any) -> tuple[int, int]:
    """Read an int or a pair."""
    if np.ndim(output_size) == 0:
        return int(output_size), int(output_size)
    rows, columns = output_size
    return int(rows), int(columns)


def _adaptive_avg_pool2d(x, output_size):
    """The oracle."""
    return functional.adaptive_avg_pool2d(x, _two(output_size))


def _show_bin(case: Case, at: Index | None) -> list[dict[str, Any]]:
    """Draw the plane of the wrong number, with its bin."""
    x, output_size = case.args
    values, where = plane(x, at)
    shown: dict[str, Any] = {"values": values, "title": f"x{where}"}
    if at:
        sizes = zip(values.shape, _two(output_size), at[-2:], strict=True)
        (top, bottom), (left, right) = (geometry.adaptive_bins(n, o)[i] for n, o, i in sizes)
        shown["window"] = (top, left, bottom - top, right - left)
    return [shown]


adaptive_avg_pool2d = Exercise(
    "adaptive_avg_pool2d",
    SET,
    oracle=_adaptive_avg_pool2d,
    ladder=_adaptive_batches,
    tolerance=1e-9,
    show=_show_bin,
    link=BINS,
)

Bins = Callable[[int, int], list[tuple[int, int]]]


def _pool_bins(x, output_size, bins: Bins = geometry.adaptive_bins, reduce=np.mean):
    """Reduce each bin of every plane."""
    rows, columns = (bins(n, o) for n, o in zip(x.shape[2:], output_size, strict=True))
    return np.stack(
        [
            np.stack([reduce(x[:, :, a:b, c:d], axis=(2, 3)) for c, d in columns], axis=-1)
            for a, b in rows
        ],
        axis=-2,
    )


@adaptive_avg_pool2d.mistake(
    "A bin ends where the last cell that it touches ends: round the end up."
)
def bins_do_not_overlap(x, output_size):
    """It rounds the end of each bin down, so bins never overlap."""
    return _pool_bins(x, _two(output_size), end_rounded_down)


@adaptive_avg_pool2d.mistake("What happens to the cells that are left over?")
def bins_of_equal_length(x, output_size):
    """It makes all bins `in_size // out_size` long and leaves the rest out."""
    return _pool_bins(x, _two(output_size), equal_bins)


@adaptive_avg_pool2d.mistake("The bins are spread evenly; none is there to take what is left.")
def rest_in_last_bin(x, output_size):
    """It gives what is left over to the last bin of each axis."""
    return _pool_bins(x, _two(output_size), rest_in_the_last_bin)


@adaptive_avg_pool2d.mistake(
    "`np.array_split` makes the first parts longer. Here the bins overlap."
)
def split_as_array_split(x, output_size):
    """It makes the first bins one cell longer, as `np.array_split` does."""
    return _pool_bins(x, _two(output_size), first_bins_longer)


@adaptive_avg_pool2d.mistake(
    "One kernel and one stride do not fit sizes that do not divide: the bins differ in length."
)
def fixed_kernel_and_stride(x, output_size):
    """It pools with one kernel and one stride, computed from the sizes."""

    def windows(in_size: int, out_size: int) -> list[tuple[int, int]]:
        stride = in_size // out_size
        kernel = in_size - (out_size - 1) * stride
        return [(i * stride, i * stride + kernel) for i in range(out_size)]

    return _pool_bins(x, _two(output_size), windows)


@adaptive_avg_pool2d.mistake("The rows come from `x.shape[2]`, the columns from `x.shape[3]`.")
def bins_of_the_height_for_both(x, output_size):
    """It takes the bins of the height for the width as well."""
    rows, columns = _two(output_size)
    across = geometry.adaptive_bins(x.shape[2], columns)
    return _pool_bins(
        x, (rows, columns), lambda n, o: across if o == columns else geometry.adaptive_bins(n, o)
    )


@adaptive_avg_pool2d.mistake("The pair is (rows, columns).")
def pair_swapped(x, output_size):
    """It takes the pair for (columns, rows)."""
    return _pool_bins(x, _two(output_size)[::-1])


@adaptive_avg_pool2d.mistake("A pair asks for different numbers of rows and columns.")
def first_size_for_both(x, output_size):
    """It uses the first size of the pair for the columns as well."""
    return _pool_bins(x, _two(output_size)[:1] * 2)


@adaptive_avg_pool2d.mistake("Bins differ in length: divide by the cells that are in the bin.")
def divided_by_the_average_bin(x, output_size):
    """It divides every sum by the same number, the average size of a bin."""
    rows, columns = _two(output_size)
    cells = x.shape[2] * x.shape[3] / (rows * columns)
    return _pool_bins(x, (rows, columns), reduce=np.sum) / cells


@adaptive_avg_pool2d.mistake(
    "Adaptive max pooling is another layer; here every cell of a bin counts."
)
def takes_the_maximum(x, output_size):
    """It takes the maximum of each bin."""
    return _pool_bins(x, _two(output_size), reduce=np.max)


@adaptive_avg_pool2d.mistake("The result has the axes (N, C, rows, columns).")
def rows_and_columns_swapped(x, output_size):
    """It swaps the rows and the columns of the result."""
    return _pool_bins(x, _two(output_size)).swapaxes(2, 3).copy()


# ---- class_activation_map ----------------------------------------------------------------------


def _features(rng: Draw) -> Iterator[Case]:
    """The ladder of class_activation_map."""

    def some(channels: int, rows: int, columns: int, classes: int, index: int) -> tuple:
        weights = arranged(rng, classes, channels, low=-9, high=9)
        return arranged(rng, channels, rows, columns, low=0), weights, index

    def any_sign(channels: int, rows: int, columns: int, classes: int, index: Any) -> tuple:
        features = alternating(rng, channels, rows, columns)
        return features, alternating(rng, classes, channels), index

    yield Case("one channel, one class", some(1, 2, 2, 1, 0))
    yield Case("two channels", some(2, 2, 2, 1, 0))
    yield Case("the first of two classes", some(2, 2, 3, 2, 0))
    yield Case("the second of two classes", some(2, 3, 2, 2, 1))
    yield Case("as many classes as channels", some(3, 2, 2, 3, 1))
    yield Case("more classes than channels", some(2, 3, 3, 5, 3))
    yield Case("more channels than classes", some(6, 3, 2, 3, 2))
    negative = arranged(rng, 2, 3, 3, low=-30, high=-1)
    yield Case("negative features", (negative, arranged(rng, 2, 2), 1))
    yield Case("a map of one cell", some(4, 1, 1, 3, 1))
    yield Case("an input that is read-only", any_sign(5, 4, 3, 4, 2), layout="readonly")
    yield Case("an input in Fortran order", any_sign(4, 5, 6, 10, 7), layout="F")
    yield Case("a view of another array", any_sign(3, 4, 4, 5, 4), layout="strided")
    yield Case("a NumPy integer as class", any_sign(8, 3, 3, 10, np.int64(9)))


def _class_activation_map(features, weights, class_index):
    """The oracle."""
    return np.tensordot(weights[class_index], features, axes=1)


def _show_features(case: Case, at: Index | None) -> list[dict[str, Any]]:
    """Draw the first channels and the weights of the class."""
    features, weights, index = case.args
    cell = {"window": (at[0], at[1], 1, 1)} if at else {}
    shown = [
        {"values": channel, "title": f"features[{i}]", **cell}
        for i, channel in enumerate(features[:2])
    ]
    return [*shown, {"values": weights[index], "title": f"weights[{index}]"}]


class_activation_map = Exercise(
    "class_activation_map",
    SET,
    oracle=_class_activation_map,
    ladder=_features,
    tolerance=1e-9,
    show=_show_features,
    link=MAPS,
)


@class_activation_map.mistake(
    "Each row of `weights` belongs to a class: `weights[class_index]`.", MAPS
)
def weights_transposed(features, weights, class_index):
    """It takes column `class_index` of the weights and not the row."""
    return np.tensordot(weights[:, class_index], features, axes=1)


@class_activation_map.mistake("Add the channels; do not average them.", MAPS)
def channels_averaged_not_added(features, weights, class_index):
    """It averages over the channels and does not add."""
    return _class_activation_map(features, weights, class_index) / len(features)


@class_activation_map.mistake("The map is not to be scaled: it may be negative, or large.", MAPS)
def scaled_to_one(features, weights, class_index):
    """It scales the map to the range from 0 to 1."""
    cam = _class_activation_map(features, weights, class_index)
    return (cam - cam.min()) / max(np.ptp(cam), 1e-300)


@class_activation_map.mistake(
    "Negative evidence belongs into the map. Setting it to 0 is Grad-CAM's step.", MAPS
)
def negative_set_to_zero(features, weights, class_index):
    """It sets what is negative in the map to 0."""
    return np.maximum(_class_activation_map(features, weights, class_index), 0)


@class_activation_map.mistake(
    "The weights of a class say how much each channel speaks for it.", MAPS
)
def not_weighted(features, weights, class_index):
    """It adds the channels without their weights."""
    return features.sum(0)


@class_activation_map.mistake(
    "A weight may be negative: the channel then speaks against the class.", MAPS
)
def weights_without_sign(features, weights, class_index):
    """It takes the absolute values of the weights."""
    return np.tensordot(np.abs(weights[class_index]), features, axes=1)


@class_activation_map.mistake("Classes are counted from 0.", MAPS)
def class_counted_from_one(features, weights, class_index):
    """It takes the weights of the class before."""
    return np.tensordot(weights[class_index - 1], features, axes=1)


@class_activation_map.mistake("`class_index` chooses one row of the weights.", MAPS)
def all_classes(features, weights, class_index):
    """It makes a map for each class."""
    return np.tensordot(weights, features, axes=1)


@class_activation_map.mistake(
    "The map keeps the places: weigh before you average over the plane.", MAPS
)
def averaged_first(features, weights, class_index):
    """It averages each channel over its plane, so one number remains: the score of the class."""
    return np.array(weights[class_index] @ features.mean((1, 2)))


@class_activation_map.mistake(
    "The channel with the largest weight is not the only one that counts.", MAPS
)
def strongest_channel_only(features, weights, class_index):
    """It uses only the channel with the largest weight."""
    best = int(np.argmax(weights[class_index]))
    return weights[class_index, best] * features[best]


# ---- questions ---------------------------------------------------------------------------------

other_image_size = question(
    "other_image_size",
    SET,
    asks="A network was trained on images of 224 x 224 and gets images of 384 x 384. Which one "
    "change lets it take them?",
    answer="C",
    link=HEAD,
    wrong={
        "A": (
            "larger_kernels",
            "Convolutions take images of any size already.",
            "Which layer needs a fixed number of inputs, and what stands before it?",
        ),
        "B": (
            "padding_in_pools",
            "Padding changes the sizes by a cell or two.",
            "Which layer needs a fixed number of inputs, and what stands before it?",
        ),
        "D": (
            "smaller_stride",
            "A smaller stride makes the feature maps larger still.",
            "Which layer needs a fixed number of inputs, and what stands before it?",
        ),
    },
)

dense_head_parameters = question(
    "dense_head_parameters",
    SET,
    asks="How many parameters has nn.Linear(7 * 7 * 1024, 1000), its bias included?",
    answer=7 * 7 * 1024 * 1000 + 1000,
    link=HEAD,
    wrong={
        7 * 7 * 1024 * 1000: (
            "bias_forgotten",
            "That is the weights alone.",
            "The layer has a bias for each of its outputs.",
        ),
        1024 * 1000 + 1000: (
            "pooled_head",
            "That is the layer behind global average pooling.",
            "The dense head sees every cell of the 7 x 7 map.",
        ),
        7 * 7 * 1024 + 1000: (
            "added",
            "That adds inputs and outputs.",
            "Every input is connected with every output.",
        ),
        7 * 1024 * 1000 + 1000: (
            "one_side",
            "That counts 7 cells for each channel.",
            "A map of 7 x 7 has 49 cells.",
        ),
    },
)
