"""What the grader tells the warm process."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """How a warm process is made; all its jobs share it.

    Parameters
    ----------
    modules : tuple of str
        Imported before the first job.
    without : tuple of str
        Packages, or parts of packages such as 'scipy.signal', that no job can read. They can
        be imported as empty modules.
    left_out : tuple of str
        Layers of confinement that are not entered.
    cuda : bool
        Whether each job has the CUDA devices.
    """

    modules: tuple[str, ...]
    without: tuple[str, ...]
    left_out: tuple[str, ...]
    cuda: bool


@dataclass(frozen=True)
class Limits:
    """What one job may use.

    Parameters
    ----------
    memory, file_size : int
        Bytes that the job may take beside what the warm process has, and that a file, or where
        possible all files of the job together, may have.
    seconds : float
        Time on the processor.
    threads : int
        Threads.
    output : int
        Characters of text that a cell may write.
    """

    memory: int
    file_size: int
    seconds: float
    threads: int
    output: int
