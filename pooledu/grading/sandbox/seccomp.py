"""Seccomp: the system calls that a notebook never needs, refused.

A graded notebook is one process with threads. It starts no other process or program, opens no
socket, signals and inspects nobody, and leaves owners of files alone; modes and times too, where it
may see files that are not its own.

References
----------
The Linux kernel's documentation, "Seccomp BPF",
https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

import ctypes
import errno
import os
import struct

from pooledu.grading.sandbox import system

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
LAST_KNOWN = 449  # what later kernels add answers "not implemented", as on an older kernel

# fmt: off
X86_64 = dict(  # noqa: C408
    fork=57, vfork=58, execve=59, execveat=322, socket=41, ptrace=101, unshare=272, setns=308,
    mount=165, umount2=166, pivot_root=155, chroot=161, open_tree=428, move_mount=429, fsopen=430,
    fsconfig=431, fsmount=432, fspick=433, mount_setattr=442, swapon=167, swapoff=168, reboot=169,
    chmod=90, fchmod=91, fchmodat=268, chown=92, fchown=93, lchown=94, fchownat=260, utime=132,
    utimes=235, futimesat=261, utimensat=280, setxattr=188, lsetxattr=189, fsetxattr=190,
    removexattr=197, lremovexattr=198, fremovexattr=199, tkill=200, rt_sigqueueinfo=129,
    rt_tgsigqueueinfo=297, pidfd_open=434, pidfd_send_signal=424, pidfd_getfd=438,
    process_vm_readv=310, process_vm_writev=311, process_madvise=440, process_mrelease=448,
    kcmp=312, bpf=321, perf_event_open=298, userfaultfd=323, io_uring_setup=425,
    io_uring_enter=426, io_uring_register=427, add_key=248, request_key=249, keyctl=250,
    name_to_handle_at=303, open_by_handle_at=304, kexec_load=246, kexec_file_load=320,
    init_module=175, finit_module=313, delete_module=176, acct=163, quotactl=179, quotactl_fd=443,
    syslog=103, settimeofday=164, clock_settime=227, adjtimex=159, clock_adjtime=305,
    sethostname=170, setdomainname=171, personality=135, iopl=172, ioperm=173, setpriority=141,
    ioprio_set=251, sched_setscheduler=144, sched_setparam=142, sched_setattr=314,
    migrate_pages=256, memfd_create=319, memfd_secret=447, shmget=29, msgget=68,
    semget=64, mq_open=240, inotify_init=253, inotify_init1=294, fanotify_init=300,
    shmat=30, shmctl=31, msgsnd=69, msgrcv=70, msgctl=71, semop=65, semctl=66, semtimedop=220,
    mq_unlink=241, move_pages=279, get_robust_list=274,
    clone=56, clone3=435, kill=62, tgkill=234, prlimit64=302, sched_setaffinity=203, fcntl=72,
    ioctl=16, prctl=157, socketpair=53,
)
AARCH64 = dict(  # noqa: C408
    execve=221, execveat=281, socket=198, ptrace=117, unshare=97, setns=268,
    mount=40, umount2=39, pivot_root=41, chroot=51, open_tree=428, move_mount=429, fsopen=430,
    fsconfig=431, fsmount=432, fspick=433, mount_setattr=442, swapon=224, swapoff=225, reboot=142,
    fchmod=52, fchmodat=53, fchown=55, fchownat=54, utimensat=88, setxattr=5, lsetxattr=6,
    fsetxattr=7, removexattr=14, lremovexattr=15, fremovexattr=16, tkill=130, rt_sigqueueinfo=138,
    rt_tgsigqueueinfo=240, pidfd_open=434, pidfd_send_signal=424, pidfd_getfd=438,
    process_vm_readv=270, process_vm_writev=271, process_madvise=440, process_mrelease=448,
    kcmp=272, bpf=280, perf_event_open=241, userfaultfd=282, io_uring_setup=425,
    io_uring_enter=426, io_uring_register=427, add_key=217, request_key=218, keyctl=219,
    name_to_handle_at=264, open_by_handle_at=265, kexec_load=104, kexec_file_load=294,
    init_module=105, finit_module=273, delete_module=106, acct=89, quotactl=60, quotactl_fd=443,
    syslog=116, settimeofday=170, clock_settime=112, adjtimex=171, clock_adjtime=266,
    sethostname=161, setdomainname=162, personality=92, setpriority=140,
    ioprio_set=30, sched_setscheduler=119, sched_setparam=118, sched_setattr=274,
    migrate_pages=238, memfd_create=279, memfd_secret=447, shmget=194, msgget=186,
    semget=190, mq_open=180, inotify_init1=26, fanotify_init=262,
    shmat=196, shmctl=195, msgsnd=189, msgrcv=188, msgctl=187, semop=193, semctl=191,
    semtimedop=192, mq_unlink=181, move_pages=239, get_robust_list=100,
    clone=220, clone3=435, kill=129, tgkill=131, prlimit64=261, sched_setaffinity=122, fcntl=25,
    ioctl=29, prctl=167, socketpair=199,
)
# fmt: on
NUMBERS = {"x86_64": X86_64, "aarch64": AARCH64}
MODES_AND_TIMES = (
    "chmod", "fchmod", "fchmodat", "utime", "utimes", "futimesat", "utimensat",
)  # fmt: skip
DECIDED_BY_ARGUMENT = (
    "clone", "clone3", "kill", "tgkill", "prlimit64", "sched_setaffinity", "fcntl", "ioctl",
    "prctl", "socketpair",
)  # fmt: skip

CLONE_THREAD = 0x00010000
SOCKET_KIND, SOCK_STREAM = 0xF, 1
# Whom the kernel signals when a file is ready, in two ways.
F_SETOWN, F_SETOWN_EX, FIOSETOWN, SIOCSPGRP = 8, 15, 0x8901, 0x8902

# A struct seccomp_data: int nr, u32 arch, u64 instruction_pointer, u64 args[6].
_NUMBER, _ARCH, _ARGUMENT_0, _ARGUMENT_1 = 0, 4, 16, 24
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_AND = 0x54
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_REFUSE, _UNKNOWN = _ERRNO | errno.EPERM, _ERRNO | errno.ENOSYS


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """Assemble one instruction of the filter; jumps count instructions to skip."""
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _by_argument(
    number: int, argument: int, values: list[int], found: int, other: int, jump: int = _JUMP_EQUAL
) -> bytes:
    """Assemble: what comes of this call where one argument is one of these, and where it is not."""
    tests = b"".join(
        _instruction(jump, value, if_true=len(values) - index) for index, value in enumerate(values)
    )
    body = (
        _instruction(_LOAD, argument)
        + tests
        + _instruction(_RETURN, other)
        + _instruction(_RETURN, found)
    )
    return _instruction(_JUMP_EQUAL, number, if_false=len(body) // 8) + body


def program(own_pid: int, alone: bool, machine: str = system.MACHINE) -> bytes:
    """Assemble the filter for the process `own_pid`.

    Parameters
    ----------
    own_pid : int
        The one process that may be signalled, as it sees itself.
    alone : bool
        Whether it sees no file that can be written and is not its own.
    machine : str
        'x86_64' or 'aarch64'.

    Raises
    ------
    NotImplementedError
        On another machine, whose system calls have other numbers.
    """
    if machine not in NUMBERS:
        raise NotImplementedError(f"seccomp: system calls of {machine} are not known")
    numbers = NUMBERS[machine]
    head = [
        _instruction(_LOAD, _ARCH),
        _instruction(_JUMP_EQUAL, AUDIT_ARCH[machine], if_true=1),
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD, _NUMBER),
        _instruction(_JUMP_AT_LEAST, LAST_KNOWN + 1, if_false=1),
        _instruction(_RETURN, _UNKNOWN),
        # Its flags lie in memory, where a filter cannot look; the C library falls back to clone.
        _instruction(_JUMP_EQUAL, numbers["clone3"], if_false=1),
        _instruction(_RETURN, _UNKNOWN),
        _by_argument(numbers["clone"], _ARGUMENT_0, [CLONE_THREAD], _ALLOW, _REFUSE, _JUMP_ANY_BIT),
        *(
            _by_argument(numbers[name], _ARGUMENT_0, own, _ALLOW, _REFUSE)
            for name, own in (
                ("kill", [own_pid]),
                ("tgkill", [own_pid]),
                ("prlimit64", [0, own_pid]),
                ("sched_setaffinity", [0, own_pid]),
            )
        ),
        _by_argument(numbers["fcntl"], _ARGUMENT_1, [F_SETOWN, F_SETOWN_EX], _REFUSE, _ALLOW),
        _by_argument(numbers["ioctl"], _ARGUMENT_1, [FIOSETOWN, SIOCSPGRP], _REFUSE, _ALLOW),
        # Else it would outlive a grader that is killed, where it has no process namespace.
        _by_argument(numbers["prctl"], _ARGUMENT_0, [system.PR_SET_PDEATHSIG], _REFUSE, _ALLOW),
    ]
    # A pair of another kind sends datagrams to any socket whose name is known.
    only_streams = (
        _instruction(_LOAD, _ARGUMENT_1)
        + _instruction(_AND, SOCKET_KIND)
        + _instruction(_JUMP_EQUAL, SOCK_STREAM, if_true=1)
        + _instruction(_RETURN, _REFUSE)
        + _instruction(_RETURN, _ALLOW)
    )
    head.append(_instruction(_JUMP_EQUAL, numbers["socketpair"], if_false=5) + only_streams)
    decided = DECIDED_BY_ARGUMENT + (MODES_AND_TIMES if alone else ())
    denied = [number for name, number in numbers.items() if name not in decided]
    refusals = [
        _instruction(_JUMP_EQUAL, number, if_false=1) + _instruction(_RETURN, _REFUSE)
        for number in denied
    ]
    return b"".join([*head, *refusals, _instruction(_RETURN, _ALLOW)])


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def restrict(alone: bool = False) -> None:
    """Refuse these calls to this process, for good; see :func:`program` for `alone`."""
    code = program(os.getpid(), alone)
    buffer = ctypes.create_string_buffer(code, len(code))
    filter_program = _Program(len(code) // 8, ctypes.addressof(buffer))
    system.prctl(system.PR_SET_NO_NEW_PRIVS, 1)
    system.prctl(
        system.PR_SET_SECCOMP, system.SECCOMP_MODE_FILTER, ctypes.addressof(filter_program)
    )
