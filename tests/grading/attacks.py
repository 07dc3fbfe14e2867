"""What hostile notebooks try against the machine, and what came of it.

Each source prints a word where it got what it wanted. As a program, with the path of a
`Target` in JSON, it runs all of them and prints the outcomes; so they can run as another user.
"""

import dataclasses
import json
import sys
from pathlib import Path

from nbformat.v4 import new_code_cell, new_notebook

from pooledu.grading.execution import Policy, execute


@dataclasses.dataclass(frozen=True)
class Target:
    """What is to be protected: a file that anyone may write, a port, a process."""

    folder: str
    port: int
    pid: int

    @property
    def file(self) -> str:
        return f"{self.folder}/work.txt"


FILES = {
    "read": "print(GOT, open(FILE).read())",
    "read by memmap": "import numpy; print(GOT, numpy.memmap(FILE, 'u1', 'r')[:5])",
    "read with numpy": "import numpy; print(GOT, numpy.fromfile(FILE, 'u1'))",
    "read through C": "assert libc.open(FILE.encode(), 0) >= 0; print(GOT)",
    "read past the C library": (
        "assert libc.syscall(257, -100, FILE.encode(), 0, 0) >= 0; print(GOT)"
    ),
    "read through a symbolic link": "os.symlink(FILE, 'mine'); print(GOT, open('mine').read())",
    "read through a hard link": "os.link(FILE, 'mine'); print(GOT, open('mine').read())",
    "read through a path descriptor": (
        "d = os.open(FOLDER, os.O_PATH); print(GOT, os.open('work.txt', os.O_RDONLY, dir_fd=d))"
    ),
    "read through /proc": "print(GOT, open(f'/proc/{PID}/root{FILE}').read())",
    "list": "print(GOT, os.listdir(FOLDER))",
    "list what is above": "print(GOT, os.listdir('..'), os.listdir('/'))",
    "learn that it exists": "os.stat(FILE); print(GOT)",
    "overwrite": "open(FILE, 'w').write('mine'); print(GOT)",
    "append": "open(FILE, 'a').write('mine'); print(GOT)",
    "truncate": "os.truncate(FILE, 0); print(GOT)",
    "remove": "os.remove(FILE); print(GOT)",
    "rename": "os.rename(FILE, FILE + '2'); print(GOT)",
    "replace by mine": "open('m', 'w').close(); os.replace('m', FILE); print(GOT)",
    "create beside it": "open(FOLDER + '/new', 'w').close(); print(GOT)",
    "make a folder": "os.mkdir(FOLDER + '/new'); print(GOT)",
    "change its mode": "os.chmod(FILE, 0); print(GOT)",
    "change its owner": "os.chown(FILE, os.getuid(), os.getgid()); print(GOT)",
    "change its time": "os.utime(FILE, (0, 0)); print(GOT)",
    "give it attributes": "os.setxattr(FILE, 'user.a', b'b'); print(GOT)",
    "open by handle": "assert libc.syscall(304, -100, b'0' * 16, 0) >= 0; print(GOT)",
    "write to /var/tmp": "open('/var/tmp/left-behind', 'w').close(); print(GOT)",
    "write to shared memory": "open('/dev/shm/left-behind', 'w').close(); print(GOT)",
    "poison a library": "import numpy; open(numpy.__file__, 'a').write('\\n'); print(GOT)",
    "poison by bytecode": (
        "import numpy; open(os.path.dirname(numpy.__file__) + '/x.py', 'w'); print(GOT)"
    ),
    "read the memory of init": "print(GOT, open('/proc/1/environ').read())",
    "read the grader's memory": "print(GOT, open(f'/proc/{PID}/mem', 'rb').read(1))",
    "read the password file": "print(GOT, open('/etc/passwd').read())",
    "another root": "os.mkdir('r'); os.chroot('r'); print(GOT)",
    "mount": "assert libc.mount(b'/', b'.', None, 4096, None) == 0; print(GOT)",
    "unmount": "assert libc.umount2(os.getcwd().encode(), 2) == 0; print(GOT)",
    "a new namespace": "assert libc.unshare(0x10000000) == 0; print(GOT)",
    "a device": "os.mknod('disk', 0o60600, os.makedev(254, 0)); print(GOT)",
}
NETWORK = {
    "TCP": "import socket; socket.create_connection(('127.0.0.1', PORT), 2); print(GOT)",
    "UDP": (
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"
        ".sendto(b'x', ('127.0.0.1', PORT)); print(GOT)"
    ),
    "a Unix socket": (
        "import socket; s = socket.socket(socket.AF_UNIX); s.connect(FOLDER + '/socket')"
        "; print(GOT)"
    ),
    "a datagram by a pair": (
        "import socket; s, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)"
        "; s.sendto(b'x', FOLDER + '/datagrams'); print(GOT)"
    ),
    "a datagram by an abstract name": (
        "import socket; s, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)"
        "; s.sendto(b'x', '\\0' + FOLDER); print(GOT)"
    ),
    "netlink": "import socket; socket.socket(socket.AF_NETLINK, 3, 0); print(GOT)",
    "a URL": "import urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{PORT}'); "
    "print(GOT)",
    "past the C library": "assert libc.syscall(41, 2, 1, 0) >= 0; print(GOT)",
    "io_uring": "assert libc.syscall(425, 8, bytes(120)) >= 0; print(GOT)",
    "listen": "import socket; socket.create_server(('127.0.0.1', 0)); print(GOT)",
}
PROCESSES = {
    "kill the grader": "os.kill(PID, 9); print(GOT)",
    "kill everyone": "os.kill(-1, 9); print(GOT)",
    "kill the warm process": "os.kill(os.getppid(), 9); print(GOT)",
    "signal by pidfd": "os.pidfd_open(PID); print(GOT)",
    "signal by tgkill": "assert libc.syscall(234, PID, PID, 9) == 0; print(GOT)",
    "signal by file owner": ("import fcntl; r, w = os.pipe(); fcntl.fcntl(r, 8, PID); print(GOT)"),
    "signal by a driver's file owner": (
        "import fcntl, socket, struct\ns, t = socket.socketpair()\n"
        "fcntl.ioctl(s, 0x8901, struct.pack('i', PID)); print(GOT)"
    ),
    "signal by a socket's group": (
        "import fcntl, socket, struct\ns, t = socket.socketpair()\n"
        "fcntl.ioctl(s, 0x8902, struct.pack('i', PID)); print(GOT)"
    ),
    "signal by queue": "assert libc.sigqueue(PID, 9, 0) == 0; print(GOT)",
    "trace": "assert libc.ptrace(16, PID, 0, 0) == 0; print(GOT)",
    "read memory": "assert libc.process_vm_readv(PID, b'', 0, b'', 0, 0) >= 0; print(GOT)",
    "limit the grader": (
        "import resource; resource.prlimit(PID, resource.RLIMIT_CPU, (0, 0)); print(GOT)"
    ),
    "raise my limits": (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1)); print(GOT)"
    ),
    "fork": "os.fork(); print(GOT)",
    "fork past the C library": "assert libc.syscall(57) >= 0; print(GOT)",
    "clone past the C library": "assert libc.syscall(56, 17, 0, 0, 0, 0) >= 0; print(GOT)",
    "clone3": "assert libc.syscall(435, bytes(88), 88) >= 0; print(GOT)",
    "subprocess": "import subprocess; subprocess.run(['true'], check=True); print(GOT)",
    "a shell": "assert os.system('true') == 0; print(GOT)",
    "replace myself": "os.execv('/bin/true', ['true']); print(GOT)",
    "a process pool": ("import multiprocessing as m; m.Pool(1).map(abs, [1]); print(GOT)"),
    "a program from memory": "os.memfd_create('x'); print(GOT)",
    "a kernel key": "assert libc.syscall(248, b'user', b'a', b'b', 1, -3) >= 0; print(GOT)",
    "bpf": "assert libc.syscall(321, 0, bytes(64), 64) >= 0; print(GOT)",
    "perf": "assert libc.syscall(298, bytes(112), 0, -1, -1, 0) >= 0; print(GOT)",
    "userfaultfd": "assert libc.syscall(323, 0) >= 0; print(GOT)",
    "the other system call table": "assert libc.syscall(0x40000000 + 57) >= 0; print(GOT)",
    "shared memory": "assert libc.shmget(5, 4096, 0o1666) >= 0; print(GOT)",
    "a message queue": "assert libc.mq_open(b'/q', 0o102, 0o666, None) >= 0; print(GOT)",
    "others' shared memory": (
        "libc.shmat.restype = ctypes.c_long\n"
        "assert any(libc.shmat(i, None, 0) != -1 for i in range(40_000)); print(GOT)"
    ),
    "others' semaphores": (
        "assert any(libc.semctl(i, 0, 11) != -1 for i in range(40_000)); print(GOT)"
    ),
    "others' message queues": (
        "read = ctypes.create_string_buffer(999)\n"
        "assert any(libc.msgrcv(i, read, 900, 0, 0o4000) != -1 for i in range(40_000)); print(GOT)"
    ),
    "processors of another": (
        "os.sched_setaffinity(PID, {min(os.sched_getaffinity(0))}); print(GOT)"
    ),
    "to outlive the grader": "assert libc.prctl(1, 0) == 0; print(GOT)",
    "the clock": "import time; time.clock_settime(0, 0); print(GOT)",
    "the host's name": "import socket; socket.sethostname('x'); print(GOT)",
    "priority": "os.setpriority(os.PRIO_USER, 0, 19); print(GOT)",
    "become root": "os.setuid(0); os.chroot('.'); print(GOT)",
    "gain capabilities": (
        "assert libc.capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)"
        "(*[2**32 - 1] * 6)) == 0; print(GOT)"
    ),
    "inherited descriptors": (
        "import stat\n"
        "for d in range(3, 1000):\n"
        "    try: its = os.fstat(d)\n"
        "    except OSError: continue\n"
        "    file = stat.S_ISREG(its.st_mode) and its.st_nlink  # none that holds its own prints\n"
        "    if stat.S_ISDIR(its.st_mode) or file: print(GOT, d)"
    ),
    "the grader's environment": "print(*[GOT] * ('GRADERS_SECRET' in os.environ))",
}
EXHAUSTION = {
    "memory": "x = [bytearray(2**24) for _ in range(200)]; print(GOT)",
    "shared memory of my own": "import mmap; m = mmap.mmap(-1, 2**32); print(GOT)",
    "address space": "import numpy; numpy.empty(2**34); print(GOT)",
    "threads": (
        "import threading, time\n"
        "for _ in range(300): threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "time.sleep(5); print(GOT)"
    ),
    "descriptors": "d = [os.dup(0) for _ in range(2000)]; print(GOT)",
    "one large file": "open('f', 'wb').write(bytes(2**25)); print(GOT)",
    "many files": (
        "import shutil\nfor i in range(100): open(f'f{i}', 'wb').write(bytes(2**20))\nprint(GOT)"
    ),
    "many empty files": "for i in range(30000): open(f'f{i}', 'w').close()\nprint(GOT)",
    "deep folders": "for i in range(20000): os.mkdir('d'); os.chdir('d')\nprint(GOT)",
    "output": "for i in range(60): print('x' * 2**19)",
    "output beneath Python": "for i in range(60): os.write(1, b'x' * 2**19)",
    "a display of 60 MB": (
        "from IPython.display import display\ndisplay({'text/html': 'x' * 60 * 2**20}, raw=True)"
    ),
    "a hundred thousand displays": (
        "from IPython.display import display\n"
        "for i in range(10**5): display({'text/plain': 'x'}, raw=True)"
    ),
    "an exception of 60 MB": "raise ValueError('x' * 60 * 2**20)",
    "recursion in C": ("import sys; sys.setrecursionlimit(10**9)\ndef f(): return f()\nf()"),
    "time": "while True: pass",
    "time, and no interrupt": (
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    ),
    "time, in C": "import re; re.match('(a*)*b', 'a' * 60)",
    "exceptions swallowed": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
    ),
    "stopped": "os.kill(os.getpid(), 19)",
    "ended": "os._exit(0)",
    "aborted": "os.abort()",
    "crashed": "ctypes.string_at(0)",
}
PROTOCOL = {
    "garbage": "s.sendall(bytes(range(256)) * 100)",
    "a message of 4 GB": "s.sendall(b'\\xff' * 4 + bytes(1000))",
    "half a message": "s.sendall(b'\\x00\\x00\\x10\\x00{'); import time; time.sleep(60)",
    "no object": "send(b'[]')",
    "deep": "send(b'[' * 1000000)",
    "a number of a million digits": "send(b'{\"op\": ' + b'9' * 10**6 + b'}')",
    "no sizes": 'send(b\'{"op": "done"}\')',
    "negative sizes": 'send(b\'{"op": "done", "buffers": [-5]}\')',
    "sizes beyond reason": 'send(b\'{"op": "done", "buffers": [99999999999]}\')',
    "an unknown request": 'send(b\'{"op": "seed", "buffers": []}\')',
    "a check of nothing": 'send(b\'{"op": "check", "buffers": []}\')',
    "an output of no kind": 'send(b\'{"op": "output", "kind": [], "buffers": []}\')',
    "a stream without text": (
        'send(b\'{"op": "output", "kind": "stream", "content": {}, "buffers": []}\')'
    ),
    "an image that is none": (
        'send(b\'{"op": "output", "kind": "display_data", "content": '
        '{"data": {"image/png": 5}}, "buffers": []}\')'
    ),
    "closed": "s.close()",
    "a flood": 'while True: send(b\'{"op": "output", "kind": "clear_output", "content": {},'
    ' "buffers": []}\')',
}
FIND_SOCKET = """
import gc, socket, struct
from pooledu.grading.wire.channel import Channel
s = next(each for each in gc.get_objects() if type(each) is Channel).connection
s.setblocking(True)
def send(header): s.sendall(struct.pack('>I', len(header)) + header)
"""
ALL = {
    f"{group}: {name}": source
    for group, sources in {
        "files": FILES,
        "network": NETWORK,
        "processes": PROCESSES,
        "exhaustion": EXHAUSTION,
        "protocol": PROTOCOL,
    }.items()
    for name, source in sources.items()
}
POLICY = Policy(cell_seconds=1, memory=256 << 20, file_size=8 << 20, output_characters=100_000)


def run(name: str, target: Target) -> dict:
    """Run one attack; return what it said, and what is known of the run."""
    head = (
        "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "GOT = 'TA' + 'KEN'  # a word that stands in no traceback\n"
        f"FILE, FOLDER, PORT, PID = {(target.file, target.folder, target.port, target.pid)!r}\n"
    )
    if name.startswith("protocol"):
        head += FIND_SOCKET
    notebook = new_notebook(cells=[new_code_cell(head), new_code_cell(ALL[name])])
    executed, record = execute(notebook, POLICY)
    return {
        "said": json.dumps(executed.cells[1].outputs),
        "size": len(json.dumps(executed.cells)),
        "head": record.cells[0].status,
        "status": record.cells[1].status,
        "stopped": record.stopped,
        "layers": record.layers,
        "seconds": record.seconds,
    }


if __name__ == "__main__":
    aim = Target(**json.loads(Path(sys.argv[1]).read_text()))
    print(json.dumps({name: run(name, aim) for name in ALL}))
