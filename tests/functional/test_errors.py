"""What torch refuses is refused with its type and phrase, the value, the rule and a way out."""

import itertools
import math
import re
import sys
import types

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from pooledu import functional

IMAGE, LINE, VOLUME = torch.zeros(2, 3, 8, 8), torch.zeros(2, 3, 8), torch.zeros(2, 3, 8, 8, 8)
INPUTS = {"1": LINE, "2": IMAGE, "3": VOLUME}


def both(name: str, *arguments, **options) -> tuple[Exception, Exception]:
    """The exceptions of torch and of the library; the functions with indices speak for max."""
    if name.startswith("max_pool1"):
        options["return_indices"] = True
    found = []
    for library in (F, functional):
        with pytest.raises(Exception) as caught:  # noqa: PT011 - the type is what is compared
            getattr(library, name)(*arguments, **options)
        found.append(caught.value)
    return tuple(found)


def assert_told(theirs: Exception, ours: Exception, phrase: str, value: str) -> None:
    assert type(ours) is type(theirs)
    assert phrase in str(theirs)
    assert phrase in str(ours)
    assert value in str(ours)
    assert re.search(r"\b(Use|Give|Write|Convert|Slice|Add|takes|Only)\b", str(ours)), str(ours)


FIXED = ("max_pool1d", "max_pool2d", "max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d")
REFUSED = [
    ({"kernel_size": 2.5}, "must be tuple of ints, not float", "2.5"),
    ({"kernel_size": "big"}, "must be tuple of ints, not str", "'big'"),
    ({"kernel_size": True}, "must be tuple of ints, not bool", "True"),
    ({"kernel_size": None}, "must be tuple of ints, not NoneType", "None"),
    ({"kernel_size": [2.5] * 3}, "must be tuple of ints", "2.5"),
    ({"kernel_size": 0}, "stride should not be zero", "kernel_size=0"),
    ({"kernel_size": -1}, "kernel size should be greater than zero, but got", "-1"),
    ({"kernel_size": 2, "stride": 0}, "stride should not be zero", "stride=0"),
    ({"kernel_size": 2, "stride": -3}, "stride should be greater than zero, but got", "-3"),
    ({"kernel_size": 2, "stride": 1.5}, "must be tuple of ints, not float", "1.5"),
    ({"kernel_size": 2, "padding": -1}, "pad must be non-negative, but got pad: -1", "-1"),
    ({"kernel_size": 2, "padding": 2}, "pad should be at most half of effective kernel", "pad=2"),
    ({"kernel_size": 2, "ceil_mode": 1}, "must be bool, not int", "1"),
]


@pytest.mark.parametrize("name", FIXED)
@pytest.mark.parametrize(("options", "phrase", "value"), REFUSED)
def test_a_bad_window_is_refused_as_by_torch(name, options, phrase, value):
    assert_told(*both(name, INPUTS[name[8]], **options), phrase, value)


@pytest.mark.parametrize("name", FIXED)
@pytest.mark.parametrize("argument", ["kernel_size", "stride", "padding"])
def test_a_tuple_of_the_wrong_length_is_refused_as_by_torch(name, argument):
    options = {"kernel_size": 3, argument: (1, 1, 1, 1)}
    theirs, ours = both(name, INPUTS[name[8]], **options)
    assert_told(theirs, ours, str(theirs).split("\n")[0], "(1, 1, 1, 1)")


@pytest.mark.parametrize("name", FIXED)
def test_a_kernel_larger_than_the_input_is_refused_as_by_torch(name):
    phrase = "smaller than kernel size" if name == "avg_pool3d" else "Output size is too small"
    assert_told(*both(name, INPUTS[name[8]], 9), phrase, "9")


@pytest.mark.parametrize("name", ["max_pool1d", "max_pool2d", "max_pool3d"])
def test_a_bad_dilation_is_refused_as_by_torch(name):
    phrase = "dilation should be greater than zero, but got"
    assert_told(*both(name, INPUTS[name[8]], 2, dilation=0), phrase, "0")
    # half of the kernel, whatever the dilation
    phrase = "pad should be smaller than or equal to half of kernel size"
    assert_told(*both(name, INPUTS[name[8]], 2, padding=2, dilation=3), phrase, "pad=2")


@pytest.mark.parametrize("name", ["avg_pool2d", "avg_pool3d"])
def test_a_bad_divisor_is_refused_as_by_torch(name):
    x = INPUTS[name[8]]
    assert_told(*both(name, x, 2, divisor_override=0), "divisor must be not zero", "0")
    assert_told(*both(name, x, 2, divisor_override=1.5), "must be int, not float", "1.5")
    assert_told(*both(name, x, 2, count_include_pad=0), "must be bool, not int", "0")


@pytest.mark.parametrize(
    ("name", "axes"),
    [(name, axes) for name in FIXED for axes in range(7) if axes - int(name[8]) not in (1, 2)],
)
def test_the_wrong_number_of_axes_is_refused_as_by_torch(name, axes):
    theirs, ours = both(name, torch.zeros((8,) * axes), 2)
    assert_told(theirs, ours, str(theirs).split("\n")[0], str((8,) * axes))


@pytest.mark.parametrize("name", FIXED)
@pytest.mark.parametrize("empty", [-1, -2, "all"])
def test_an_empty_axis_is_refused_as_by_torch(name, empty):
    shape = list(INPUTS[name[8]].shape)
    if empty == "all":
        shape = [2] + [0] * (len(shape) - 1)
    else:
        shape[empty] = 0
    theirs, ours = both(name, torch.zeros(shape), 2)
    phrase = str(theirs).split("[")[0]
    phrase = phrase.removeprefix("max_pool3d_with_indices_out_cpu_template").lstrip("()")
    assert_told(theirs, ours, phrase, "0")


def test_an_empty_batch_is_pooled():
    for name in FIXED:
        x = INPUTS[name[8]][:0]
        expected = getattr(F, name)(x, 2)
        assert getattr(functional, name)(x, 2).shape == expected.shape
        assert getattr(functional, name)(x.numpy(), 2).shape == expected.shape


@pytest.mark.parametrize(
    ("name", "dtype", "torchs"),
    [
        ("max_pool2d", torch.bool, "Bool"),
        ("max_pool3d", torch.complex64, "ComplexFloat"),
        ("avg_pool2d", torch.int32, "Int"),
        ("avg_pool3d", torch.uint8, "Byte"),
        ("adaptive_avg_pool2d", torch.int64, "Long"),
        ("adaptive_max_pool2d", torch.int64, "Long"),
    ],
)
def test_a_dtype_is_refused_as_by_torch(name, dtype, torchs):
    x = INPUTS[name[-2]].to(dtype)
    phrase = f"not implemented for '{torchs}'"
    assert_told(*both(name, x, 2), phrase, str(dtype).removeprefix("torch."))


@pytest.mark.parametrize("name", FIXED)
@pytest.mark.parametrize("nothing", [None, 3, [[1.0, 2.0]], "x"])
def test_what_is_no_array_is_refused(name, nothing):
    with pytest.raises(TypeError, match=f"must be Tensor, not {type(nothing).__name__}"):
        getattr(functional, name)(nothing, 2)


ADAPTIVE = [f"adaptive_{op}_pool{d}d" for op in ("avg", "max") for d in (1, 2, 3)]


@pytest.mark.parametrize("name", ADAPTIVE)
@pytest.mark.parametrize("size", [-1, "a", True, None, [], (2, 2, 2, 2), [2.5, 2.5, 2.5]])
def test_a_bad_output_size_is_refused_as_by_torch(name, size):
    theirs, ours = both(name, INPUTS[name[-2]], size)
    assert type(ours) is type(theirs)
    assert str(size) in str(ours)


@pytest.mark.parametrize("name", ADAPTIVE)
def test_adaptive_pooling_refuses_shapes_as_torch(name):
    for shape in ((8,), (1,) * 7, (2, 3, 0) + (8,) * (int(name[-2]) - 1)):
        theirs, ours = both(name, torch.zeros(shape), 2)
        assert type(ours) is type(theirs)
        assert str(list(shape)) in str(ours)


@pytest.mark.parametrize("name", ADAPTIVE)
def test_a_result_that_no_memory_holds_is_refused_before_it_is_made(name):
    pooled = int(name[-2])
    with pytest.raises(RuntimeError, match="can't allocate memory"):
        getattr(functional, name)(INPUTS[name[-2]].numpy(), (*[1] * (pooled - 1), 2**46))


@pytest.mark.parametrize(
    ("divisor", "fits"),
    [(-(2**63), True), (2**63 - 1, True), (-(2**63) - 1, False), (2**63, False)],
)
def test_a_divisor_may_be_any_integer_of_64_bits(divisor, fits):
    for pool, window in ((functional.avg_pool2d, 2), (functional.avg_pool, (2, 2))):
        for x in (IMAGE + 1, IMAGE.numpy() + 1):
            if fits:
                y = pool(x, window, divisor_override=divisor)
                assert np.allclose(y, 4 / divisor, rtol=1e-6, atol=0)
            else:
                with pytest.raises((ValueError, RuntimeError), match=str(divisor)):
                    pool(x, window, divisor_override=divisor)


def test_power_pooling_refuses_as_torch():
    assert_told(*both("lp_pool2d", IMAGE, 0, 2), "float division by zero", "norm_type is 0")
    for arguments in ((2, (2, 2, 2)), (2, [2]), ("a", 2), (None, 2), (2, 9), (2, 2.5)):
        theirs, ours = both("lp_pool2d", IMAGE, *arguments)
        assert isinstance(ours, type(theirs))


@pytest.mark.filterwarnings("ignore:invalid value")  # roots of negative numbers
@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.uint8])
@pytest.mark.parametrize("p", [1, 2, 3, 2.0, 1.7, np.float64(2), math.inf, -math.inf])
def test_power_pooling_of_integers_is_torchs(dtype, p):
    x = torch.arange(-12, 60).reshape(2, 6, 6).to(dtype)
    try:
        expected = F.lp_pool2d(x, p, 2)
    except NotImplementedError:
        with pytest.raises(NotImplementedError, match=f"the input is {str(dtype)[6:]}"):
            functional.lp_pool2d(x.numpy(), p, 2)
        return
    for given in (x, x.numpy()):
        found = functional.lp_pool2d(given, p, 2)
        torch.testing.assert_close(torch.as_tensor(found), expected, equal_nan=True)


def test_numpys_integers_are_integers():
    for name in FIXED:
        x, two = INPUTS[name[8]] + 1, np.int64(2)
        expected = getattr(F, name)(x, two, two, padding=np.int64(1))
        assert torch.equal(getattr(functional, name)(x, two, two, padding=np.int64(1)), expected)


@pytest.mark.parametrize("pooled", [2, 3])
def test_fractional_pooling_refuses_as_torch(pooled):
    name, x = f"fractional_max_pool{pooled}d", INPUTS[str(pooled)]
    bad = [
        {},
        {"output_size": 8},
        {"output_size": -1},
        {"output_size": 2.5},
        {"output_size": (2,) * 4},
        {"output_size": (2,)},
        {"kernel_size": [2], "output_size": 2},
        {"kernel_size": 9, "output_size": 2},
        {"kernel_size": 2.5, "output_size": 2},
        {"output_size": 3, "_random_samples": torch.rand(1, 3, pooled)},
        {"output_size": 3, "_random_samples": torch.rand(2, 2, pooled)},
        {"output_size": 3, "_random_samples": torch.rand(2, 3, pooled + 1)},
        {"output_size": 3, "_random_samples": torch.rand(2, 3)},
        {"output_size": 3, "_random_samples": torch.rand(2, 3, pooled).double()},
        {"output_size": 3, "_random_samples": np.zeros((2, 3, pooled))},
    ]
    for options in bad:
        theirs, ours = both(name, x, **{"kernel_size": 2, **options})
        assert_told(
            theirs, ours, str(theirs).split("\n")[0].split(" (")[0][-40:].split(": ")[0], ""
        )


@pytest.mark.parametrize("pooled", [1, 2, 3])
@pytest.mark.parametrize("dtype", [torch.int32, torch.uint8, torch.complex64])
def test_powers_of_a_dtype_are_refused_as_by_torch(pooled, dtype):
    x = INPUTS[str(pooled)].to(dtype)
    power = 2.0 if dtype.is_complex else 2  # a float makes floats of integers
    theirs, ours = both(f"lp_pool{pooled}d", x, power, 2)
    assert_told(theirs, ours, str(theirs).split("not ")[1], str(dtype).removeprefix("torch."))


@pytest.mark.parametrize("pooled", [1, 2, 3])
def test_unpooling_refuses_as_torch(pooled):
    name = f"max_unpool{pooled}d"
    values, indices = getattr(F, f"max_pool{pooled}d")(INPUTS[str(pooled)], 2, return_indices=True)
    too_far = (10,) * pooled
    assert_told(
        *both(name, values, indices, 2, output_size=too_far), "must be between 6 and 10", "10"
    )
    one_more = (8,) * (pooled + 1)
    assert type(both(name, values, indices, 2, output_size=one_more)[1]) is ValueError
    assert_told(*both(name, values, indices, 2, output_size=8), "object of type 'int'", "8")
    no_size = (8,) * (pooled - 1) + (None,)
    assert_told(*both(name, values, indices, 2, output_size=no_size), "NoneType", "(")
    outside = indices + 8**pooled
    volumes = re.search(r"\(output volumes.*?\)", str(both(name, values, outside, 2)[0]))[0]
    assert_told(*both(name, values, outside, 2), "Found an invalid max index", volumes)
    assert_told(*both(name, values, indices - 9999, 2), "Found an invalid max index", "-9999")
    assert_told(
        *both(name, values, indices.float(), 2), "elements in indices should be type int64", "float"
    )
    assert_told(
        *both(name, values, indices[..., :-1], 2), "Expected shape of indices to be same", "3"
    )
    assert_told(*both(name, values[0, 0], indices[0, 0], 2), "Input to max_unpooling", "(4")
    unpool = getattr(functional, name)
    with pytest.raises(RuntimeError, match="Found an invalid max index: -"):
        unpool(values.numpy(), indices.numpy() - 9999, 2)
    with pytest.raises(NotImplementedError, match="complex64"):
        unpool(values.to(torch.complex64), indices, 2)
    with pytest.raises(TypeError, match="must be Tensor, not list"):
        unpool(values.tolist(), indices, 2)


@pytest.mark.parametrize(
    ("name", "dtype", "wide"),
    [
        ("max_pool1d", torch.int32, torch.float64),  # torch pools them with return_indices only
        ("avg_pool3d", torch.float16, torch.float32),  # torch pools them on a GPU only
        ("avg_pool3d", torch.bfloat16, torch.float32),
    ],
)
def test_what_torch_pools_in_some_cases_only_is_pooled_in_all(name, dtype, wide):
    x = (torch.randn(INPUTS[name[8]].shape, generator=torch.Generator().manual_seed(0)) * 9).to(
        dtype
    )
    with pytest.raises(NotImplementedError):
        getattr(F, name)(x, 2)
    expected = getattr(F, name)(x.to(wide), 2).to(dtype)
    assert torch.equal(getattr(functional, name)(x, 2), expected)


CALLS = {
    **dict.fromkeys((*FIXED, *ADAPTIVE), (2,)),
    **{f"lp_pool{d}d": (2, 2) for d in (1, 2, 3)},
    **{f"fractional_max_pool{d}d": (2, 3) for d in (2, 3)},
}
WRONG = {
    "complex": lambda x: x.to(torch.complex64),
    "few axes": lambda x: x[0, 0],
    "many axes": lambda x: x[None],
    "no channels": lambda x: x[:, :0],
}


TAKEN = {("adaptive_avg_pool1d", "no channels"), ("adaptive_avg_pool2d", "no channels")}


@pytest.mark.parametrize(("name", "wrong"), sorted({*itertools.product(CALLS, WRONG)} - TAKEN))
def test_every_function_refuses_an_input_as_torch(name, wrong):
    theirs, ours = both(name, WRONG[wrong](INPUTS[name[-2]]), *CALLS[name])
    # torch names functions of its own in front, and says which shape it got at the end
    phrase = re.sub(r'^("\w+" |\w+\(\): )', "", str(theirs).split("\n")[0])
    assert_told(theirs, ours, phrase.split(":")[0].split("[")[0].rstrip(), "")


def torchs_error_inputs():
    """The calls that torch's own tests want to be refused, each with a pattern of the message."""
    # torch's list of operations imports a package for its other tests, which is not needed here
    sys.modules.setdefault("expecttest", types.SimpleNamespace(TestCase=object, ACCEPT=False))
    from torch.testing._internal.common_methods_invocations import op_db

    for operation in op_db:
        name = operation.name.removeprefix("nn.functional.")
        if hasattr(functional, name) and operation.error_inputs_func:
            for case in operation.error_inputs("cpu"):
                yield name, case


def test_torchs_own_error_inputs_are_refused_with_torchs_type_and_text():
    cases = list(torchs_error_inputs())
    assert len(cases) >= 70
    for name, case in cases:
        call = case.sample_input
        with pytest.raises(case.error_type, match=case.error_regex) as caught:
            getattr(functional, name)(call.input, *call.args, **call.kwargs)
        assert re.search(r"\b(Use|Give|Write|Convert|Slice|takes|Only)\b", str(caught.value))
