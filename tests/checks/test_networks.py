"""A network is judged by what it computes under weights that the judge dictates."""

import copy
from dataclasses import replace

import numpy as np
import pytest

from pooledu.checks import check, exercise_names, find, judging
from pooledu.checks.calls import Observation
from tests.checks.right import ps5_ps6 as right

torch = pytest.importorskip("torch")
FUNCTIONS = [
    name
    for name in exercise_names()
    if not find(name).is_question and find(name).driver != "stochastic"
]


class Behind(torch.nn.Module):
    """A network, and something behind it."""

    def __init__(self, network, change):
        super().__init__()
        self.network, self.change = network, change

    def forward(self, x):
        return self.change(self.network(x))


def norms_trained_by_a_look(model, num_classes):
    """Finds the channels by a run in train mode, which moves the statistics of its copy."""
    made = right.head_in_a_copy(model, num_classes)
    made.train()(
        torch.randn(2, next(made.parameters()).shape[1], 16, 16).to(made.classifier.weight)
    )
    return made.eval()


LOOKS_RIGHT = {
    "zeros": lambda y: 0 * y,
    "squeezed": lambda y: y.squeeze(),
    "scaled": lambda y: 1.001 * y,
    "shifted": lambda y: y + 0.01,
    "another order": lambda y: y.flip(1),
    "another row's": lambda y: y.roll(1, 0),
    "negative numbers lost": lambda y: y.relu(),
    "in lower precision": lambda y: y.half().to(y.dtype),
    "not finite": lambda y: y + torch.inf,
    "no tensor": lambda y: y.tolist(),
    "another dtype": lambda y: y.double() if y.dtype == torch.float32 else y.float(),
}


@pytest.mark.parametrize("change", LOOKS_RIGHT)
@pytest.mark.parametrize(
    ("name", "solution"),
    [("replace_head", right.head_sequential), ("replace_max_pool", right.pools_by_their_names)],
)
def test_a_network_that_only_looks_right_is_refused(name, solution, change):
    verdict = check(lambda *args: Behind(solution(*args), LOOKS_RIGHT[change]), name)
    assert verdict.score < 0.2, verdict.message
    assert verdict.says


def test_statistics_that_a_look_has_moved_are_seen():
    verdict = check(norms_trained_by_a_look, "replace_head")
    assert [tests for tests, passed in verdict.rungs if not passed] == [
        "a normalisation, and a large kernel without padding"
    ]
    assert "in train mode" in verdict.message


def padded(make):
    """Replace each pool by a pad and a convolution, made by a function."""

    def replaced(model):
        new = copy.deepcopy(model)
        for name, pool in model.named_modules():
            if isinstance(pool, torch.nn.MaxPool2d):
                parent, _, leaf = name.rpartition(".")
                convs = [m for m in right._until(model, pool) if isinstance(m, torch.nn.Conv2d)]
                channels = convs[-1].out_channels
                total = 2 * right.one(pool.padding) + 3 - right.one(pool.kernel_size)
                layers = make(channels, right.one(pool.stride), total)
                made = torch.nn.Sequential(*layers).to(next(model.parameters()))
                setattr(new.get_submodule(parent), leaf, made)
        return new

    return replaced


FREE = {
    "no bias": lambda c, s, t: [
        torch.nn.ZeroPad2d((0, t, 0, t)),
        torch.nn.Conv2d(c, c, 3, s, bias=False),
    ],
    "the pad above and on the right": lambda c, s, t: [
        torch.nn.ZeroPad2d((0, t, t, 0)),
        torch.nn.Conv2d(c, c, 3, s),
    ],
    "the edge repeated": lambda c, s, t: [
        torch.nn.ReplicationPad2d((t, 0, t, 0)),
        torch.nn.Conv2d(c, c, 3, s),
    ],
    "a pad of ones": lambda c, s, t: [
        torch.nn.ConstantPad2d((t // 2, t - t // 2, 0, t), 1.0),
        torch.nn.Conv2d(c, c, 3, s),
    ],
    "a kernel for each channel": lambda c, s, t: [
        torch.nn.ZeroPad2d((0, t, 0, t)),
        torch.nn.Conv2d(c, c, 3, s, groups=c),
    ],
}


@pytest.mark.parametrize("freedom", FREE)
def test_what_the_contract_leaves_open_is_taken_from_what_was_handed_in(freedom):
    assert check(padded(FREE[freedom]), "replace_max_pool").passed


def changed(data):
    """The same statements with other numbers."""
    if isinstance(data, np.ndarray):
        return (data * 1.01 + 0.5).astype(data.dtype) if data.dtype.kind == "f" else data + 1
    if isinstance(data, list | tuple):
        return type(data)(map(changed, data))
    return data + 1 if type(data) in (int, float) else data


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_the_students_process_says_of_itself_is_worth_nothing_without_the_numbers(name):
    exercise = find(name)
    calls = judging.plan(exercise, 7)
    plain = replace(exercise, weigh=None)
    seen = {
        case.tests: changed(plain.outcome(exercise.oracle, case).value)
        for case in exercise.cases(7)
    }
    values = [seen[case.tests] for case in exercise.cases(7)]
    values = (values + values[::-1])[: len(calls)]
    verdict = judging.judge(exercise, 7, [Observation("returned", value) for value in values])
    assert verdict.score == 0


ODD = (None, (), (True,) * 8, [], "x", np.zeros(0), (1, 2, 3, [], []), True, [True], {"a": 1})


@pytest.mark.parametrize("name", ["replace_max_pool", "replace_head", "shift_consistency"])
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_nothing_that_a_process_sends_makes_the_judge_fail(name, odd):
    exercise = find(name)
    calls = judging.plan(exercise, 3)
    for value in (odd, (odd,) * 8, (False, False, 0, [], True, "float32", odd, [odd])):
        verdict = judging.judge(exercise, 3, [Observation("returned", value)] * len(calls))
        assert verdict.score == 0
