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
    devices : tuple of str
        Device files that a job may use, such as those of a GPU.
    """

    modules: tuple[str, ...]
    without: tuple[str, ...]
    devices: tuple[str, ...]


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
