"""On which devices functions of torch are checked, and who decides it.

Where there is no CUDA device, the wire is: the process that would make the calls is replaced by
one that makes them on the CPU, whatever the judge asks for. The tests marked `cuda` do without.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook

from pooledu.checks.calls import Call
from pooledu.checks.observing import observe
from pooledu.grading.execution import DeviceMissingError, Policy, execute
from pooledu.grading.judge.judge import Judge
from pooledu.grading.wire.plain import Reader, Writer
from tests.grading.test_judge import RIGHT, SECRET, grade_cell

NAME = "max_pool2d_autograd"
no_cuda = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")


def on_torch(x, kernel_size, stride=None):
    """A right solution of ps4's exercise."""
    step = kernel_size if stride is None else stride
    height, width = (kernel_size,) * 2 if np.ndim(kernel_size) == 0 else kernel_size
    down, right = (step,) * 2 if np.ndim(step) == 0 else step
    windows = x.unfold(2, height, down).unfold(3, width, right).flatten(4)
    return windows.max(dim=4).values


class Student:
    """The student's end of the wire: makes the calls on the CPU, notes where they were wanted."""

    def __init__(self, functions) -> None:
        self.functions = functions
        self.wanted: list[set[str]] = []
        self.text = ""

    def send(self, message, buffers) -> None:
        if message["op"] == "verdict":
            self.text = message["text"]
            return
        calls = Reader(buffers).calls(message["calls"])
        self.wanted.append({call.setting["device"] for call in calls})
        (device,) = self.wanted[-1]
        here = [replace(call, setting=call.setting | {"device": "cpu"}) for call in calls]
        self.writer = Writer()
        self.seen = self.writer.observations(observe(self.functions[device], here))

    def receive(self, seconds):
        return {"op": "seen", "seen": self.seen}, self.writer.buffers


def judged(devices, functions, name=NAME):
    judge, student = Judge(SECRET, devices), Student(functions)
    judge.answer(
        grade_cell(f"check({name})", name),
        {"op": "check", "exercise": name, "callable": True},
        student,
    )
    return judge.verdicts[name], student.wanted


def test_a_function_of_torch_is_checked_on_each_device():
    verdict, wanted = judged(("cpu", "cuda"), {"cpu": on_torch, "cuda": on_torch})
    assert wanted == [{"cpu"}, {"cuda"}]
    assert verdict.passed
    assert verdict.devices == ("cpu", "cuda")


@pytest.mark.parametrize("where", ["cpu", "cuda"])
def test_the_worse_verdict_counts(where):
    functions = {"cpu": on_torch, "cuda": on_torch} | {where: lambda x, *_, **__: x}
    verdict, _ = judged(("cpu", "cuda"), functions)
    assert not verdict.passed


def test_a_function_of_numpy_is_checked_on_the_cpu_alone():
    names: dict = {}
    exec(RIGHT, names)
    verdict, wanted = judged(("cpu", "cuda"), {"cpu": names["max_pool2d"]}, "max_pool2d")
    assert wanted == [{"cpu"}]
    assert verdict.passed
    assert verdict.devices == ("cpu",)


def test_the_verdict_says_where_it_was_checked():
    verdict, _ = judged(("cpu", "cuda"), {"cpu": on_torch, "cuda": on_torch})
    assert "Checked on: cpu, cuda" in verdict.message
    assert "Checked on: cpu, cuda" in verdict.html
    assert "Checked on" not in replace(verdict, devices=()).html


def test_the_driver_puts_the_input_on_the_device_that_is_asked_for():
    """'meta' needs no hardware, but its tensors hold no numbers that could be fetched."""

    def seen_on(device):
        setting = {"dtype": "float32", "grad": np.ones((1, 1)), "device": device}
        call = Call((np.ones((1, 1)),), driver="autograd", setting=setting)
        return observe(lambda x: x * 2, [call])[0]

    assert seen_on("cpu").outcome == "returned"
    assert "meta" in seen_on("meta").error


@no_cuda
@pytest.mark.slow
def test_without_a_cuda_device_nothing_is_run_in_its_name():
    policy = Policy(devices=("cuda",)).forbidding(())
    with pytest.raises(DeviceMissingError, match=r"CUDA|NVIDIA"):
        execute(new_notebook(cells=[new_code_cell("1")]), policy)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
def test_a_confined_notebook_is_checked_on_the_cuda_device():
    solution = (
        "import numpy as np, torch\nfrom pooledu import check\nplaces = set()\n"
        "def max_pool2d_autograd(x, kernel_size, stride=None):\n"
        "    places.add(x.device.type)\n"
        "    step = kernel_size if stride is None else stride\n"
        "    height, width = (kernel_size,) * 2 if np.ndim(kernel_size) == 0 else kernel_size\n"
        "    down, right = (step,) * 2 if np.ndim(step) == 0 else step\n"
        "    windows = x.unfold(2, height, down).unfold(3, width, right).flatten(4)\n"
        "    return windows.max(dim=4).values"
    )
    cells = [new_code_cell(solution), grade_cell(f"check({NAME})", NAME), new_code_cell("places")]
    policy = Policy(devices=("cpu", "cuda")).forbidding(())
    judge = Judge(SECRET, policy.devices)
    executed, record = execute(new_notebook(cells=cells), policy, judge)
    assert record.stopped == ""
    assert judge.verdicts[NAME].passed, judge.verdicts[NAME].message
    assert "'cuda'" in executed.cells[2].outputs[0].data["text/plain"]
