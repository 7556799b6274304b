"""The first program of a box in which kernels are forked. (A zygote is a process that is only there to be forked.)

Starting Python and importing NumPy, IPython and the library takes most of a kernel's start. This program does it once.
Then it waits for connections. For each one it forks a *supervisor*, and the supervisor forks the *kernel*:

- The supervisor makes the kernel's own walls inside the box: namespaces, empty temporary file systems, no rights. It
  stays outside of the kernel's process namespace, so the kernel cannot reach it. It ends the kernel when the connection
  closes, passes signals on, and reports how the kernel ended.
- The kernel is the first process of its namespace and sees no other process.

Messages on the connection, in their order: the request (JSON, with the kernel's sockets); ``started`` from the kernel
or ``failed: why``; numbers of signals; ``ended N`` with the exit status.

Run it as ``python zygote.py SETTINGS``. SETTINGS is a JSON object with the keys ``limits``, ``filter`` and ``path`` of
`launcher`, and ``server`` (descriptor of the listening socket), ``scratch`` (bytes of a temporary file system),
``scratch_files`` (files in it), ``folders`` (read-only folders that lie in a temporary file system), ``modules`` (what
to import).
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import struct
import sys
from typing import NoReturn

launcher = importlib.import_module("launcher")  # it lies beside this file, which runs as a program
SCRATCH_FOLDERS = ("/tmp", "/dev/shm")  # the temporary file systems
CONNECTION = "/connection"  # the folder that holds Jupyter's connection file, read-only
MAX_REQUEST, MAX_SOCKETS = 2**16, 8
# The namespaces of a kernel: mount, cgroup, uts, ipc, user, pid, net (linux/sched.h).
NAMESPACES = 0x20000 | 0x2000000 | 0x4000000 | 0x8000000 | 0x10000000 | 0x20000000 | 0x40000000
READ_ONLY, NO_SUID, NO_DEVICES, NO_PROGRAMS, REMOUNT, BIND, RECURSIVE = 1, 2, 4, 8, 32, 4096, 16384  # linux/mount.h
PR_CAPBSET_DROP, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 24, 47, 4
CAPABILITY_VERSION = 0x20080522
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.mount.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]


def call(name: str, *arguments: object) -> None:
    """Call a function of the C library that returns 0. Raises OSError with its name and its texts if it fails."""
    if getattr(LIBC, name)(*arguments) != 0:
        number = ctypes.get_errno()
        texts = [part.decode(errors="replace") for part in arguments if isinstance(part, bytes)]
        raise OSError(number, f"{' '.join([name, *texts])}: {os.strerror(number)}")


def mount(kind: str, folder: str, flags: int, options: str = "") -> None:
    """Mount a new file system of a kind."""
    call("mount", kind.encode(), folder.encode(), kind.encode(), flags | NO_SUID | NO_DEVICES, options.encode())


def drop_rights() -> None:
    """Give up all capabilities for ever, in this process and all that come from it."""
    for capability in range(64):
        if LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:  # there are no more, or we may not
            break
    LIBC.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    call("capset", struct.pack("Ii", CAPABILITY_VERSION, 0), bytes(24))
    call("prctl", launcher.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def uncover_proc() -> None:
    """Remove the mounts with which bubblewrap covers parts of /proc if root runs it.

    Linux lets nobody mount a new /proc while parts of the old one are covered. The new one is read-only as a whole.
    """
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        covered = [line.split()[1] for line in mounts if line.split()[1].startswith("/proc/")]
    for path in reversed(covered):
        call("umount2", path.encode(), 0)


def accept_and_fork(server: socket.socket) -> socket.socket:
    """Wait for connections for ever, and fork at each. Returns the connection, in the child only."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended children vanish
    while True:
        connection, _ = server.accept()
        if os.fork() == 0:
            server.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return connection
        connection.close()


def make_walls(settings: dict, connection_file: str) -> None:
    """Put this process and its children into namespaces of their own, with empty temporary file systems.

    Arguments:
        settings: see the top of this file.
        connection_file: the content of Jupyter's connection file.
    """
    user, group = os.getuid(), os.getgid()
    call("unshare", NAMESPACES)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    kept = {folder: os.open(folder, os.O_PATH | os.O_DIRECTORY) for folder in settings["folders"]}
    for folder in SCRATCH_FOLDERS:  # one file more than may be: so the watchdog sees that there are too many
        mount("tmpfs", folder, 0, f"size={settings['scratch']},nr_inodes={settings['scratch_files'] + 1}")
    for folder, descriptor in kept.items():  # Python may be installed in /tmp
        os.makedirs(folder, exist_ok=True)
        call("mount", f"/proc/self/fd/{descriptor}".encode(), folder.encode(), None, BIND | RECURSIVE, None)
        os.close(descriptor)
    mount("tmpfs", CONNECTION, NO_PROGRAMS, "size=64k,nr_inodes=4")
    with open(f"{CONNECTION}/connection.json", "w", encoding="utf-8") as file:
        file.write(connection_file)
    mount("tmpfs", CONNECTION, REMOUNT | BIND | READ_ONLY | NO_PROGRAMS)


def supervise(connection: socket.socket, kernel: int) -> NoReturn:
    """Pass signals on to the kernel until it ends, and end it if the connection closes. Then report how it ended."""
    drop_rights()
    ended = os.pidfd_open(kernel)
    watched = select.poll()
    watched.register(ended, select.POLLIN)
    watched.register(connection, select.POLLIN)
    while not any(descriptor == ended for descriptor, _ in watched.poll()):
        order = connection.recv(16)
        os.kill(kernel, int(order) if order else signal.SIGKILL)
        if not order:
            watched.unregister(connection)
    status = os.waitstatus_to_exitcode(os.waitpid(kernel, 0)[1])
    with contextlib.suppress(OSError):  # the other end may be gone
        connection.send(f"ended {status}".encode())
    os._exit(0)


def enter_walls(environment: dict[str, str], inherited: list[int]) -> None:
    """Prepare the forked kernel: what it sees, what it may do, and what must not be the same in every kernel.

    Arguments:
        environment: its environment variables.
        inherited: the descriptors that stay open, beside standard input, output and error.
    """
    os.setsid()
    mount("proc", "/proc", READ_ONLY | NO_PROGRAMS)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) not in inherited:
            with contextlib.suppress(OSError):  # the descriptor of the listing itself
                os.close(int(name))
    os.dup2(1, 2)  # standard error was the grader's log, standard output is /dev/null
    os.chdir(SCRATCH_FOLDERS[0])
    os.environ.clear()
    os.environ.update(environment)
    random.seed()
    sys.modules["numpy"].random.seed()
    drop_rights()
    launcher.die_with_parent()


def fork_kernel(connection: socket.socket, settings: dict) -> None:
    """Read the request, make the walls and fork the kernel. Returns in the kernel only, when all its walls stand."""
    try:
        text, descriptors, _, _ = socket.recv_fds(connection, MAX_REQUEST, MAX_SOCKETS)
        request = json.loads(text)
        sockets = dict(zip(request["addresses"], descriptors))
        environment = request["environment"]
        if len(descriptors) > len(sockets):
            environment["CS231N_RECORDS"] = str(descriptors[len(sockets)])
        make_walls(settings, request["connection"])
        kernel = os.fork()
        if kernel:
            for descriptor in descriptors:
                os.close(descriptor)
            supervise(connection, kernel)
        enter_walls(environment, [*descriptors, connection.fileno()])
        launcher.shut_doors(settings, sockets)
    except Exception as error:
        connection.send(f"failed: {error}".encode()[:1000])
        os._exit(1)
    connection.send(b"started")  # Linux tells the other end the number of the process that sends this
    connection.close()


def main() -> None:
    """Import the modules, then fork kernels. Every kernel leaves this function like a program of its own."""
    settings = json.loads(sys.argv[1])
    sys.path[:1] = settings["path"]
    uncover_proc()
    drop_rights()
    launcher.leave_out_debugger()
    for name in settings["modules"]:
        with contextlib.suppress(ModuleNotFoundError):  # other versions of IPython may lack it
            importlib.import_module(name)
    importlib.import_module("warm_up").warm_up()
    if len(os.listdir("/proc/self/task")) > 1:
        sys.exit("importing the modules started a thread: a forked kernel would miss it")
    gc.collect()
    gc.freeze()  # so that a kernel's garbage collections do not copy the memory that it shares
    with socket.socket(fileno=settings["server"]) as server:
        connection = accept_and_fork(server)
    fork_kernel(connection, settings)
    launcher.run_kernel(f"{CONNECTION}/connection.json")


if __name__ == "__main__":
    main()
