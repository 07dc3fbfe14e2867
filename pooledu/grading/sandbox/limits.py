"""Resource limits of one job."""

import contextlib
import os
import resource

PAGE = os.sysconf("SC_PAGE_SIZE")
BLOCK = 512  # bytes, in which files are counted
ENTRIES, DEPTH = 10_000, 100  # files and folders of a job, and folders in one another


def limit(
    memory: int, file_size: int, seconds: float, threads: int | None, cuda: bool = False
) -> None:
    """Limit this process.

    Parameters
    ----------
    memory : int
        Bytes of address space; with `cuda`, of memory that it writes and shares with nobody.
    file_size : int
        Bytes of a file.
    seconds : float
        Time on the processor.
    threads : int, optional
        Threads and processes of this user; meant for a user namespace of its own, because
        elsewhere the user's other processes count. It does not bind root.
    cuda : bool
        Whether CUDA is to run: its driver reserves addresses by the terabyte, so that what the
        process writes is counted, in place of its addresses.
    """
    _limit(resource.RLIMIT_DATA if cuda else resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_FSIZE, file_size)
    _limit(resource.RLIMIT_CPU, int(seconds) + 1)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, 256)
    _limit(resource.RLIMIT_MEMLOCK, 0)
    if threads is not None:
        _limit(resource.RLIMIT_NPROC, threads)


def first_to_die() -> None:
    """Tell the kernel to kill this process first when the machine runs out of memory."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def _limit(which: int, value: int) -> None:
    """Lower a limit, soft and hard."""
    hard = resource.getrlimit(which)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(which, (value, value))


def used(cuda: bool = False) -> int:
    """Return the bytes that this process has now, of those that `limit` counts as memory."""
    with open("/proc/self/statm") as file:
        total, _, _, _, _, data, _ = map(int, file.read().split())
    return (data if cuda else total) * PAGE


def larger(folder: str, size: int) -> bool:
    """Say whether the files in a folder have more bytes than that together, or cannot be counted.

    For a job without a file system of its own, whose size the kernel would bound.
    """
    below, entries = [(folder, 0)], 0
    while below:
        path, depth = below.pop()
        try:
            with os.scandir(path) as found:
                for each in found:
                    entries += 1
                    if each.is_dir(follow_symlinks=False):
                        below.append((each.path, depth + 1))
                    with contextlib.suppress(FileNotFoundError):  # it is gone by now
                        size -= each.stat(follow_symlinks=False).st_blocks * BLOCK
                    if size < 0 or entries > ENTRIES:
                        return True
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:  # a folder that may not be listed, or whose path is too long
            return True
        if depth > DEPTH:
            return True
    return False
