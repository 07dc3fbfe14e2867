"""What is known of an execution, besides the notebook's outputs."""

from dataclasses import asdict, dataclass, field
from typing import Any

from pooledu.grading.sandbox import Layers


@dataclass
class CellRecord:
    """What came of a code cell.

    Parameters
    ----------
    index : int
        Its place in the notebook.
    status : str
        'ok', 'error', 'timeout', 'killed' (the process ended in it) or 'not run'.
    seconds : float
        Wall-clock time.
    """

    index: int
    status: str = "not run"
    seconds: float = 0.0


@dataclass
class Record:
    """What came of a notebook.

    Parameters
    ----------
    cells : list of CellRecord
        One for each code cell.
    layers : dict
        Layer of confinement -> "" where it held, else why it did not.
    stopped : str
        Why the notebook was stopped before its last cell; "" where it was not.
    seconds : float
        Wall-clock time.
    failures : dict
        Exercise -> traceback, where the judge itself failed.
    """

    cells: list[CellRecord] = field(default_factory=list)
    layers: Layers = field(default_factory=dict)
    stopped: str = ""
    seconds: float = 0.0
    failures: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return this as JSON has it."""
        return asdict(self)
