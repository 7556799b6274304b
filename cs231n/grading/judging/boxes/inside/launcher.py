"""The first program inside the box. It sets the limits, installs the system-call filter and becomes the Jupyter kernel.

Run it as ``python launcher.py SETTINGS CONNECTION_FILE``. SETTINGS is a JSON object with these keys:
``limits`` (resource name to number), ``filter`` (whether to install the system-call filter), ``path`` (folders to
import from), ``boxed`` (whether bubblewrap is used) and ``sockets`` (address to file descriptor).

It runs in the process that will run the submission, before any code of the submission. The submission cannot undo the
limits or the filter.
"""

import ctypes
import json
import os
import platform
import signal
import struct
import sys

# The Linux system calls that no answer needs. They start other programs, change namespaces, sessions or limits, reach
# other processes (their memory, files and priorities), use special interfaces of the kernel, create shared memory that
# counts against no limit, or lock and watch files: other boxes see the same ones. A call that an architecture does not
# have is missing from its list. The ignored calls do nothing and report success: Python's `shutil.copy` makes them, but
# the box shows the machine's own /dev/null, whose rights root could change, and whose times could carry a message from
# one submission to the next.
# Source of the numbers: the tables arch/*/syscalls of the Linux kernel.
SYSTEM_CALLS = {
    "x86_64": {
        "audit": 0xC000003E, "clone": 56, "clone3": 435, "kill": 62, "tgkill": 234, "prlimit64": 302, "socket": 41,
        "prctl": 157, "fcntl": 72,
        "denied": (
            29, 64, 68, 240, 319, 447,  # shmget, semget, msgget, mq_open, memfd_create, memfd_secret
            57, 58, 59, 322,  # fork, vfork, execve, execveat
            101, 310, 311, 438, 440, 424, 200, 129, 297,  # ptrace, process_vm_*, pidfd_*, process_madvise, tkill, rt_*
            109, 112, 141, 160, 203, 251,  # setpgid, setsid, setpriority, setrlimit, sched_setaffinity, ioprio_set
            155, 161, 165, 166, 272, 308, 428, 429, 430, 431, 432, 433, 442,  # mounts and namespaces
            246, 248, 249, 250, 298, 300, 321, 323, 425, 426, 427,  # kexec, keys, perf, fanotify, bpf, faults, io_uring
            73, 206, 253, 294,  # flock, io_setup (its limit is the whole machine's), inotify_*
            188, 189, 190, 463,  # *setxattr*
        ),
        "ignored": (90, 91, 268, 452, 132, 235, 261, 280),  # *chmod*, *utime*
    },
    "aarch64": {
        "audit": 0xC00000B7, "clone": 220, "clone3": 435, "kill": 129, "tgkill": 131, "prlimit64": 261, "socket": 198,
        "prctl": 167, "fcntl": 25,
        "denied": (
            194, 190, 186, 180, 279, 447,
            221, 281,
            117, 270, 271, 438, 440, 424, 130, 138, 240,
            154, 157, 140, 164, 122, 30,
            41, 51, 40, 39, 97, 268, 428, 429, 430, 431, 432, 433, 442,
            104, 217, 218, 219, 241, 262, 280, 282, 425, 426, 427,
            32, 0, 26,
            5, 6, 7, 463,
        ),
        "ignored": (52, 53, 452, 88),
    },
}  # fmt: skip
# What must not be asked of fcntl: locks of two kinds, each with and without waiting; a lease, for which everybody else
# who opens the file waits 45 seconds; a notice of changes in a folder (fcntl.h).
LOCKS = (6, 7, 37, 38, 1024, 1026)
# The operations of the kernel's BPF machine, and the return values of a filter (linux/bpf_common.h, linux/seccomp.h).
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000, 0x80000000  # an error number is added to REFUSE
EPERM, ENOSYS, CLONE_THREAD, AF_UNIX, AF_NETLINK = 1, 38, 0x10000, 1, 16
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER_MODE = 1, 38, 22, 2


def _load_argument(number: int, upper: bool = False) -> tuple[int, int, int, int]:
    """The line that loads the lower or upper half of a system call's argument. Both machines are little-endian."""
    return (LOAD, 0, 0, 16 + 8 * number + 4 * upper)


def filter_program(table: dict, process: int) -> list[tuple[int, int, int, int]]:
    """The filter as a program for the kernel's BPF machine.

    Arguments:
        table: one of `SYSTEM_CALLS`.
        process: the number of the process that is filtered. It may send signals to itself only.

    Returns:
        The lines of the program: (operation, lines to jump if true, lines to jump if false, number).
    """
    refuse, ignore, allow = (RETURN, 0, 0, REFUSE | EPERM), (RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)
    program = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, table["audit"]), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0)]
    program += [(AT_LEAST, 0, 1, 0x40000000), refuse]  # the system calls of the x32 interface
    for number in table["denied"]:
        program += [(EQUAL, 0, 1, number), refuse]
    for number in table["ignored"]:
        program += [(EQUAL, 0, 1, number), ignore]
    # Threads are allowed, other processes are not. A filter can read the flags of clone, but not those of clone3. So it
    # reports that clone3 does not exist; glibc then starts threads with clone.
    program += [(EQUAL, 0, 1, table["clone3"]), (RETURN, 0, 0, REFUSE | ENOSYS)]
    program += [(EQUAL, 0, 4, table["clone"]), _load_argument(0), (ANY_BIT, 1, 0, CLONE_THREAD), refuse, allow]
    for name in ("kill", "tgkill"):
        program += [(EQUAL, 0, 4, table[name]), _load_argument(0), (EQUAL, 1, 0, process), refuse, allow]
    program += [
        (EQUAL, 0, 6, table["prlimit64"])
    ]  # its argument 2 is the address of new limits; 0 if it only reads them
    program += [_load_argument(2), (EQUAL, 0, 2, 0), _load_argument(2, upper=True), (EQUAL, 1, 0, 0), refuse, allow]
    program += [(EQUAL, 0, 4, table["prctl"]), _load_argument(0), (EQUAL, 0, 1, PR_SET_PDEATHSIG), refuse, allow]
    jumps = range(len(LOCKS), 0, -1)
    program += [(EQUAL, 0, len(LOCKS) + 3, table["fcntl"]), _load_argument(1)]
    program += [*((EQUAL, jump, 0, number) for jump, number in zip(jumps, LOCKS)), allow, refuse]
    program += [(EQUAL, 0, 5, table["socket"]), _load_argument(0), (EQUAL, 2, 0, AF_UNIX), (EQUAL, 1, 0, AF_NETLINK)]
    return [*program, refuse, allow, allow]


def install_filter() -> bool:
    """Make Linux refuse new processes, other programs, the network, and the denied calls of the table, permanently.

    Returns:
        Whether the filter is installed.
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


def set_limits(limits: dict[str, int]) -> None:
    """Set soft and hard resource limits, under their names in the module ``resource``. Windows has no such limits."""
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


def use_inherited_sockets(sockets: dict[str, int]) -> None:
    """Make zmq use the sockets that were opened outside, because the kernel cannot create files in their folder.

    Arguments:
        sockets: address (``"ipc:///..."``) to the file descriptor of a socket that already listens there.
    """
    import zmq

    bind = zmq.Socket.bind

    def bind_or_inherit(socket: zmq.Socket, address: str, *arguments: object) -> object:
        if address in sockets:
            socket.setsockopt(zmq.USE_FD, sockets[address])
        return bind(socket, address, *arguments)

    zmq.Socket.bind = bind_or_inherit  # type: ignore[method-assign, assignment]


def die_with_parent() -> None:
    """End the kernel when nbval's process ends. A box would do that. On other systems than Linux, ipykernel does it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def leave_out_debugger() -> None:
    """Make ipykernel believe that debugpy is not installed. Importing it would double the time of a forked start."""
    sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]


def shut_doors(settings: dict, sockets: dict[str, int]) -> None:
    """Set the limits and install the filter, for ever. Nothing of a submission may run before.

    Arguments:
        settings: a dictionary with ``limits`` and ``filter``, see the top of this file.
        sockets: see `use_inherited_sockets`.
    """
    import numpy  # noqa: F401  (before the limits are set: the first import needs more memory than the rest)
    from ipykernel import kernelapp  # noqa: F401

    leave_out_debugger()
    use_inherited_sockets(sockets)
    set_limits(settings["limits"])
    if settings["filter"] and not install_filter():
        sys.exit("the system-call filter cannot be installed")


def run_kernel(connection_file: str) -> None:
    """Run the Jupyter kernel in this process until it ends."""
    from ipykernel.kernelapp import launch_new_instance

    sys.argv = ["ipykernel", "-f", connection_file, "--HistoryManager.enabled=False", "--IPKernelApp.log_level=ERROR"]
    launch_new_instance()


def main() -> None:
    """Prepare this process, then run the Jupyter kernel in it."""
    settings, connection_file = json.loads(sys.argv[1]), sys.argv[2]
    sys.path[:1] = settings["path"]
    if settings["boxed"]:
        os.environ.pop(
            "JPY_PARENT_PID", None
        )  # in the box the parent has number 1; ipykernel takes that for a dead parent
    else:
        die_with_parent()
    shut_doors(settings, settings["sockets"])
    run_kernel(connection_file)


if __name__ == "__main__":
    main()
