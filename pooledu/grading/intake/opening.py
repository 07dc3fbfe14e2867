"""Open what a student put there, if it is a file: no link, no pipe, no device, no folder."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


class NotAFileError(Exception):
    """What is there is no file that can be read; the words say what it is instead."""


def open_file(path: Path) -> tuple[BinaryIO, int]:
    """Open a file for reading, without waiting and without following a link; return its size, too.

    Raises
    ------
    FileNotFoundError
        Nothing is there.
    NotAFileError
        Something else is.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno == errno.ELOOP:
            raise NotAFileError("is a link, not a file") from None
        reason = os.strerror(error.errno or 0) if isinstance(error, OSError) else str(error)
        raise NotAFileError(f"cannot be opened: {reason}") from None
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode):
        return open(descriptor, "rb"), status.st_size
    os.close(descriptor)
    is_folder = stat.S_ISDIR(status.st_mode)
    raise NotAFileError("is a folder, not a file" if is_folder else "is a device or pipe")
