"""Landlock: which files a process may read, and that it may write in one directory alone.

References
----------
The Linux kernel's documentation, "Landlock: unprivileged access control",
https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
import stat
from collections.abc import Iterable

from pooledu.grading.sandbox import system

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
MAKE_CHAR, MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK = 1 << 6, 1 << 9, 1 << 10, 1 << 11
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV

_FIRST_ABI_WITH = {2: 1 << 13, 3: TRUNCATE, 5: IOCTL_DEV}
_RULE_PATH_BENEATH = 1
_NET_BIND_AND_CONNECT_TCP, _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3, 3


class _Ruleset(ctypes.Structure):
    _fields_ = [("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("access", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def abi() -> int:
    """Return the version of Landlock that the kernel speaks; raise OSError where there is none."""
    return system.syscall("landlock_create_ruleset", None, 0, 1)


def handled(version: int) -> int:
    """Return all access rights to files that a kernel of this version can restrict."""
    rights = (1 << 13) - 1
    for first, right in _FIRST_ABI_WITH.items():
        if version >= first:
            rights |= right
    return rights


class Grants:
    """Paths opened once, to be granted to one job after another.

    Parameters
    ----------
    readable, listable, devices : iterable of str
        What a job may read; directories whose names it may list, at any depth; device files that
        it may read, write and control. Paths that do not exist are left out.
    """

    def __init__(
        self, readable: Iterable[str], listable: Iterable[str], devices: Iterable[str]
    ) -> None:
        self.version = abi()
        read, use = READ_FILE | READ_DIR, READ_FILE | WRITE_FILE | IOCTL_DEV
        self._opened = [
            *_opened(listable, READ_DIR),
            *_opened(readable, read & handled(self.version)),
            *_opened(devices, use & handled(self.version)),
        ]

    def restrict(self, writable: str) -> None:
        """Restrict this process, for good, to what was granted and to writing in `writable`."""
        ruleset = self._ruleset()
        special = MAKE_CHAR | MAKE_SOCK | MAKE_FIFO | MAKE_BLOCK | EXECUTE
        for descriptor, rights in self._opened:
            _add(ruleset, descriptor, rights)
        for descriptor, rights in _opened([writable], handled(self.version) & ~special):
            _add(ruleset, descriptor, rights)
            os.close(descriptor)
        system.prctl(system.PR_SET_NO_NEW_PRIVS, 1)
        system.syscall("landlock_restrict_self", ruleset, 0)
        os.close(ruleset)

    def close(self) -> None:
        """Close the opened paths."""
        for descriptor, _ in self._opened:
            os.close(descriptor)

    def _ruleset(self) -> int:
        """Create a ruleset that denies all the kernel can deny."""
        attributes = _Ruleset(fs=handled(self.version))
        size = 8
        if self.version >= 4:
            attributes.net, size = _NET_BIND_AND_CONNECT_TCP, 16
        if self.version >= 6:
            attributes.scoped, size = _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS, 24
        return system.syscall("landlock_create_ruleset", ctypes.byref(attributes), size, 0)


def _opened(paths: Iterable[str], rights: int) -> list[tuple[int, int]]:
    """Open each path that exists, without reading it; a file takes a file's rights alone."""
    result = []
    for path in paths:
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        is_directory = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        result.append((descriptor, rights if is_directory else rights & OF_A_FILE))
    return result


def _add(ruleset: int, descriptor: int, rights: int) -> None:
    """Grant `rights` on an opened path and all beneath it."""
    rule = _PathBeneath(rights, descriptor)
    system.syscall("landlock_add_rule", ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
