"""Linux system calls that Python 3.11 has no function for."""

import contextlib
import ctypes
import os
import platform
import sys

MACHINE = platform.machine()
ON_LINUX = sys.platform == "linux"

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38
PR_SET_DUMPABLE, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 4, 22, 2

SYSCALLS = {
    "pivot_root": {"x86_64": 155, "aarch64": 41},
    "mount_setattr": {"x86_64": 442, "aarch64": 442},
    "landlock_create_ruleset": {"x86_64": 444, "aarch64": 444},
    "landlock_add_rule": {"x86_64": 445, "aarch64": 445},
    "landlock_restrict_self": {"x86_64": 446, "aarch64": 446},
}

_libc = ctypes.CDLL(None, use_errno=True)


def call(function: str, *arguments: object) -> int:
    """Call a function of libc; raise OSError with its name where it returns -1."""
    if not ON_LINUX:
        raise NotImplementedError(f"{function}: Linux only")
    result = getattr(_libc, function)(*arguments)
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")
    return int(result)


def syscall(name: str, *arguments: object) -> int:
    """Make a system call by name; integers are passed as 64-bit values."""
    try:
        number = SYSCALLS[name][MACHINE]
    except KeyError:
        raise NotImplementedError(f"{name}: not known on {MACHINE}") from None
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    try:
        return call("syscall", ctypes.c_long(number), *wide)
    except OSError as error:
        raise OSError(error.errno, f"{name}: {os.strerror(error.errno or 0)}") from None


def prctl(option: int, *arguments: int) -> None:
    """Set an attribute of this process."""
    values = [ctypes.c_ulong(a) for a in (*arguments, 0, 0, 0, 0)[:4]]
    call("prctl", option, *values)


def remove(folder: str) -> None:
    """Remove a folder with folders in it at any depth, where Python's own way is a recursion.

    It starts no process: the first one of this process's namespace may be dead.
    """
    number = 0
    with contextlib.suppress(OSError):
        while entries := [*os.scandir(folder)]:
            for each in entries:
                if not each.is_dir(follow_symlinks=False):
                    os.unlink(each.path)
                    continue
                os.chmod(each.path, 0o700)
                for inner in [*os.scandir(each.path)]:
                    number += 1
                    if inner.is_dir(follow_symlinks=False):
                        os.chmod(inner.path, 0o700)  # whoever may not write in it cannot move it
                    os.rename(inner.path, f"{folder}/moved up {os.getpid()} {number}")
                os.rmdir(each.path)
        os.rmdir(folder)


def unshare(flags: int) -> None:
    """Leave the namespaces named by `flags` for new ones."""
    call("unshare", flags)


def mount(source: str, target: str, kind: str = "none", flags: int = 0, data: str = "") -> None:
    """Mount `source` at `target`."""
    call(
        "mount",
        source.encode(),
        target.encode(),
        kind.encode(),
        ctypes.c_ulong(flags),
        data.encode(),
    )


class _MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]


def make_read_only(path: str) -> None:
    """Make a mount and all mounts beneath it read-only."""
    at_recursive, mount_attr_rdonly, mount_attr_nosuid = 0x8000, 1, 2
    attributes = _MountAttributes(set=mount_attr_rdonly | mount_attr_nosuid)
    size = ctypes.sizeof(attributes)
    syscall("mount_setattr", -100, path.encode(), at_recursive, ctypes.byref(attributes), size)


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


def drop_capabilities() -> None:
    """Give up every capability, for good."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:  # without the right to drop it, or past the last that this kernel knows
            break
    version_3 = 0x20080522
    call("capset", ctypes.byref(_CapabilityHeader(version_3, 0)), (ctypes.c_uint32 * 6)())
