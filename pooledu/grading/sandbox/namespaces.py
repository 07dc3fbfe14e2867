"""Namespaces: a world without other processes, without a network, with few files.

References
----------
Linux manual pages namespaces(7), user_namespaces(7), pid_namespaces(7), mount_namespaces(7).
"""

import os
from collections.abc import Iterable
from pathlib import Path

from pooledu.grading.sandbox import system
from pooledu.grading.sandbox.layers import Layers, attempt
from pooledu.grading.sandbox.limits import ENTRIES

TEMPORARY = "/tmp"


def enter(layers: Layers) -> None:
    """Put this process into namespaces of its own, and its children into one of processes.

    An ordinary user may do so inside a user namespace; root, where that is not allowed, without.
    The process must have one thread.
    """
    attempt(layers, "user namespace", _enter_user_namespace)
    attempt(layers, "process namespace", lambda: system.unshare(system.CLONE_NEWPID))
    attempt(layers, "network namespace", lambda: system.unshare(system.CLONE_NEWNET))
    attempt(layers, "ipc namespace", lambda: system.unshare(system.CLONE_NEWIPC))


def _enter_user_namespace() -> None:
    """Become the same user in a user namespace, where this process has all capabilities."""
    uid, gid = os.getuid(), os.getgid()
    system.unshare(system.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


class ProcessNamespaces:
    """One new process namespace for each child of a process that is in its own already."""

    def __init__(self) -> None:
        self._own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)

    def next_child_alone(self) -> None:
        """Make the next child the first process of a new namespace: all in it die with it."""
        system.call("setns", self._own, system.CLONE_NEWPID)
        system.unshare(system.CLONE_NEWPID)

    def close(self) -> None:
        """Close what leads back to the namespace that this process is in."""
        os.close(self._own)


def room_for(scratch: str, readable: Iterable[str]) -> str:
    """Choose what a job may write: its scratch directory, with `/tmp` or all around where it can.

    A file that an honest notebook writes by its full name lies in `/tmp`, as a rule.

    Examples
    --------
    >>> room_for("/tmp/of-a-user/scratch", ["/usr/lib"])
    '/tmp'
    >>> room_for("/tmp/of-a-user/scratch", ["/usr/lib", "/tmp/venv/lib"])
    '/tmp/of-a-user'
    """
    taken = [*readable]
    for room in (TEMPORARY, os.path.dirname(scratch)):
        inside = room.rstrip("/") + "/"
        if scratch.startswith(inside) and not any(path.startswith(inside) for path in taken):
            return room
    return scratch


def restrict_view(readable: Iterable[str], root: str, room: str) -> None:
    """Make a new root directory of which only some paths are filled, and read-only.

    Parameters
    ----------
    readable : iterable of str
        Absolute paths, without symbolic links, that keep their place.
    root : str
        An empty directory on which the new root is built.
    room : str
        Absolute path of a directory to be made for :func:`fresh_scratch`.
    """
    system.unshare(system.CLONE_NEWNS)
    system.mount("none", "/", flags=system.MS_REC | system.MS_PRIVATE)
    system.mount("tmpfs", root, "tmpfs", system.MS_NOSUID, "mode=755,size=1m")
    for path in _outermost(readable):
        _bind(path, root + path)
    for path in ("/lib", "/lib64", "/usr/lib64"):
        if os.path.islink(path) and not os.path.lexists(root + path):
            os.symlink(os.readlink(path), root + path)
    os.makedirs(root + room)
    if not os.path.lexists(root + TEMPORARY):
        os.symlink(room, root + TEMPORARY)
    os.chdir(root)
    system.syscall("pivot_root", b".", b".")
    system.call("umount2", b".", system.MNT_DETACH)
    os.chdir("/")
    system.make_read_only("/")


def fresh_scratch(room: str, scratch: str, size: int) -> None:
    """Mount an empty directory of at most `size` bytes over the last one, and make `scratch`."""
    if os.path.ismount(room):
        system.call("umount2", room.encode(), system.MNT_DETACH)
    flags = system.MS_NOSUID | system.MS_NODEV
    system.mount("tmpfs", room, "tmpfs", flags, f"mode=700,size={size},nr_inodes={ENTRIES}")
    os.makedirs(scratch, mode=0o700, exist_ok=True)


def _outermost(paths: Iterable[str]) -> list[str]:
    """Drop each path that lies beneath another, and those that do not exist."""
    result: list[str] = []
    for path in sorted(set(paths)):
        if os.path.exists(path) and not any(path.startswith(p.rstrip("/") + "/") for p in result):
            result.append(path)
    return result


def _bind(source: str, target: str) -> None:
    """Show a file or directory at another place."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        open(target, "w").close()
    system.mount(source, target, flags=system.MS_BIND | system.MS_REC)
