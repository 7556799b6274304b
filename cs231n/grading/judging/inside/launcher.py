"""The first program inside the box: it sets the limits, shuts the doors, and then becomes the Jupyter kernel.

Run as ``python launcher.py SETTINGS CONNECTION_FILE``; SETTINGS is a JSON object: ``limits`` (resource name to
number), ``doors`` (whether to install the system-call filter), ``path`` (folders to import from), ``sockets`` (the
address of a socket to the number of the open file that listens there). It runs before anything of a submission does,
in the process that will run the submission; what it takes away cannot be had back.
"""

import ctypes
import json
import os
import platform
import signal
import struct
import sys

# Linux system calls that no answer needs: other programs, namespaces, other processes (their memory, files and
# priorities), sessions, limits, kernel interfaces, and shared memory that would count against no limit; a name that an
# architecture does not have is left out there. (Numbers: the kernel's arch/*/syscalls tables.)
SYSTEM_CALLS = {
    "x86_64": {
        "audit": 0xC000003E, "clone": 56, "clone3": 435, "kill": 62, "tgkill": 234, "prlimit64": 302, "socket": 41,
        "prctl": 157,
        "denied": (
            29, 64, 68, 240, 319, 447,  # shmget, semget, msgget, mq_open, memfd_create, memfd_secret
            57, 58, 59, 322,  # fork, vfork, execve, execveat
            101, 310, 311, 438, 440, 424, 200, 129, 297,  # ptrace, process_vm_*, pidfd_*, process_madvise, tkill, rt_*
            109, 112, 141, 160, 203, 251,  # setpgid, setsid, setpriority, setrlimit, sched_setaffinity, ioprio_set
            155, 161, 165, 166, 272, 308, 428, 429, 430, 431, 432, 433, 442,  # mounts and namespaces
            246, 248, 249, 250, 298, 300, 321, 323, 425, 426, 427,  # kexec, keys, perf, fanotify, bpf, faults, io_uring
        ),
    },
    "aarch64": {
        "audit": 0xC00000B7, "clone": 220, "clone3": 435, "kill": 129, "tgkill": 131, "prlimit64": 261, "socket": 198,
        "prctl": 167,
        "denied": (
            194, 190, 186, 180, 279, 447,
            221, 281,
            117, 270, 271, 438, 440, 424, 130, 138, 240,
            154, 157, 140, 164, 122, 30,
            41, 51, 40, 39, 97, 268, 428, 429, 430, 431, 432, 433, 442,
            104, 217, 218, 219, 241, 262, 280, 282, 425, 426, 427,
        ),
    },
}  # fmt: skip
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000, 0x80000000  # REFUSE | errno
EPERM, ENOSYS, CLONE_THREAD, AF_UNIX, AF_NETLINK = 1, 38, 0x10000, 1, 16
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER_MODE = 1, 38, 22, 2


def _argument(number, upper=False):
    """Load half of a system call's argument, the lower one or the upper one; both machines are little-endian."""
    return (LOAD, 0, 0, 16 + 8 * number + 4 * upper)


def filter_program(table, process):
    """The filter, as lines (operation, jump if true, jump if false, number) for the kernel's BPF machine.

    Arguments:
        table: one of `SYSTEM_CALLS`.
        process: the number of the process that is filtered: it may send signals to itself only.
    """
    refuse, allow = (RETURN, 0, 0, REFUSE | EPERM), (RETURN, 0, 0, ALLOW)
    program = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, table["audit"]), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0)]
    program += [(AT_LEAST, 0, 1, 0x40000000), refuse]  # the x32 numbers
    for number in table["denied"]:
        program += [(EQUAL, 0, 1, number), refuse]
    # Threads may still be started. glibc starts them by clone3, and by clone where clone3 does not exist: clone3's
    # flags cannot be looked at by a filter, so it is made not to exist.
    program += [(EQUAL, 0, 1, table["clone3"]), (RETURN, 0, 0, REFUSE | ENOSYS)]
    program += [(EQUAL, 0, 4, table["clone"]), _argument(0), (ANY_BIT, 1, 0, CLONE_THREAD), refuse, allow]
    for name in ("kill", "tgkill"):
        program += [(EQUAL, 0, 4, table[name]), _argument(0), (EQUAL, 1, 0, process), refuse, allow]
    program += [(EQUAL, 0, 6, table["prlimit64"])]  # without new limits, an address, it only asks
    program += [_argument(2), (EQUAL, 0, 2, 0), _argument(2, upper=True), (EQUAL, 1, 0, 0), refuse, allow]
    program += [(EQUAL, 0, 4, table["prctl"]), _argument(0), (EQUAL, 0, 1, PR_SET_PDEATHSIG), refuse, allow]
    program += [(EQUAL, 0, 5, table["socket"]), _argument(0), (EQUAL, 2, 0, AF_UNIX), (EQUAL, 1, 0, AF_NETLINK)]
    return [*program, refuse, allow, allow]


def shut_doors():
    """Refuse new processes, other programs, the network, and everything in the table, from now on and for good.

    Returns:
        Whether this machine's kernel did it.
    """
    table = SYSTEM_CALLS.get(platform.machine())
    if sys.platform != "linux" or table is None:
        return False
    program = filter_program(table, os.getpid())
    packed = b"".join(struct.pack("HBBI", *line) for line in program)
    lines = ctypes.create_string_buffer(packed, len(packed))
    header = struct.pack("HxxxxxxP", len(program), ctypes.addressof(lines))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return libc.prctl(PR_SET_SECCOMP, FILTER_MODE, header, 0, 0) == 0


def set_limits(limits):
    """Set soft and hard resource limits, by their names in the module ``resource``; Windows has none."""
    try:
        import resource
    except ImportError:
        return
    for name, number in limits.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        hard = resource.getrlimit(kind)[1]
        number = number if hard == resource.RLIM_INFINITY else min(number, hard)
        try:
            resource.setrlimit(kind, (number, number))
        except (OSError, ValueError):  # macOS refuses some of them
            pass


def bind_given(sockets):
    """Let zmq listen on sockets that are open already, so that the box needs no folder to which it can write.

    Arguments:
        sockets: dictionary from an address (``"ipc:///..."``) to the number of an open file that listens there.
    """
    import zmq

    bind = zmq.Socket.bind

    def bind_or_take(socket, address, *arguments):
        if address in sockets:
            socket.setsockopt(zmq.USE_FD, sockets[address])
        return bind(socket, address, *arguments)

    zmq.Socket.bind = bind_or_take


def die_with_parent():
    """Without a box the kernel itself has to end when nbval's process does; Linux only, ipykernel does the others."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main():
    settings, connection_file = json.loads(sys.argv[1]), sys.argv[2]
    sys.path[:1] = settings["path"]
    if settings["boxed"]:
        os.environ.pop("JPY_PARENT_PID", None)  # the box's pid 1 is its parent, which ipykernel takes for a dead one
    else:
        die_with_parent()
    import numpy  # noqa: F401  (before memory is limited: its first import needs more than the rest)
    from ipykernel.kernelapp import launch_new_instance

    bind_given(settings["sockets"])
    set_limits(settings["limits"])
    if settings["doors"] and not shut_doors():
        sys.exit("the system-call filter cannot be installed")
    sys.argv = ["ipykernel", "-f", connection_file, "--HistoryManager.enabled=False", "--IPKernelApp.log_level=ERROR"]
    launch_new_instance()


if __name__ == "__main__":
    main()
