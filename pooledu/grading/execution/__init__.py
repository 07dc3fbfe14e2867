"""Run a notebook in a confined process and record what came of it."""

from pooledu.grading.execution.policy import DeviceMissingError, Policy, SandboxMissingError
from pooledu.grading.execution.record import CellRecord, Record
from pooledu.grading.execution.run import execute

__all__ = ["CellRecord", "DeviceMissingError", "Policy", "Record", "SandboxMissingError", "execute"]
