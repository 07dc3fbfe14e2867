"""What is said of a wrong solution is true of it."""

from pooledu import check
from tests.checks.right import ps2_ps3, ps4
from tests.checks.wrong import padded_max


def said(solution, exercise):
    """The verdict in one line."""
    return " ".join(str(check(solution, exercise)).split())


def test_a_maximum_of_absolute_values_is_not_taken_for_padding_that_won():
    def pool(x, kernel_size, stride=None, padding=0):
        return padded_max(abs(x), kernel_size, stride, padding)

    assert "padding wins" not in said(pool, "max_pool2d_padded")


def test_padding_with_a_number_that_wins_is_told_with_the_number():
    pool = ps2_ps3.max_with(
        lambda x, k, s, p, _, reduce: ps2_ps3.padded_first(x, k, s, p, -1, reduce)
    )
    assert "The padding wins: it holds -1," in said(pool, "max_pool2d_padded")


def test_a_span_that_is_too_long_is_not_taken_for_a_missing_plus_one():
    def count(size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        return (size + 2 * padding - dilation * kernel_size) // (stride or kernel_size) + 1

    text = said(count, "output_size")
    assert "+ 1" not in text
    assert "It returned 8, and 9 was expected: one window too few." in text


def test_one_number_returned_again_and_again_looks_like_no_mistake_in_particular():
    def consistency(model, images, shift):
        shifted = images.roll(shift, -1)
        return float((model(images).argmax(1) == model(shifted).argmax(1)).all())

    assert "compares the scores" not in said(consistency, "shift_consistency")


def test_the_values_and_places_of_a_maximum_in_torch_are_a_tuple_where_a_tensor_is_expected():
    def pool(x, kernel_size, stride=None):
        step = stride or kernel_size
        windows = x.unfold(2, kernel_size, step).unfold(3, kernel_size, step)
        return windows.flatten(-2).max(dim=-1)

    text = said(pool, "max_pool2d_autograd")
    assert ".values" in text
    assert "NumPy" not in text


def test_a_list_of_tensors_is_not_sent_to_numpy():
    def pool(x, kernel_size, stride=None):
        return list(ps4.autograd_gather(x, kernel_size, stride))

    text = said(pool, "max_pool2d_autograd")
    assert "torch.stack" in text
    assert "NumPy" not in text


def test_what_is_said_of_a_size_from_the_top_is_true_of_the_formula_walked_forwards():
    def field(layers):
        size = jump = 1
        for kernel, stride in layers:
            size, jump = (size - 1) * stride + kernel, jump * stride
        return size, jump

    text = said(field, "receptive_field")
    assert "opposite order" in text
    assert "goes through" not in text
