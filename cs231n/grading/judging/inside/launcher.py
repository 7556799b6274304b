"""The first program inside the box: it sets the limits, shuts the doors, and then becomes the Jupyter kernel.

Run as ``python launcher.py SETTINGS CONNECTION_FILE``; SETTINGS is a JSON object: ``limits`` (resource name to
number), ``doors`` (whether to install the system-call filter), ``path`` (folders to import from). It runs before
anything of a submission does, in the process that will run the submission; what it takes away cannot be had back.
"""

import ctypes
import json
import os
import platform
import struct
import sys

# Linux system calls that no answer needs: other programs, namespaces, other processes' memory, kernel interfaces,
# and shared memory that would count against no limit. (Numbers: the kernel's arch/*/syscalls tables.)
SYSTEM_CALLS = {
    "x86_64": {
        "audit": 0xC000003E, "clone": 56, "clone3": 435,
        "denied": (29, 57, 58, 59, 64, 68, 101, 165, 166, 246, 248, 249, 250, 272, 298, 308, 310, 311, 319, 321, 322,
                   323, 425, 426, 427, 447),
    },
    "aarch64": {
        "audit": 0xC00000B7, "clone": 220, "clone3": 435,
        "denied": (39, 40, 97, 104, 117, 186, 190, 194, 217, 218, 219, 221, 241, 268, 270, 271, 279, 280, 281, 282,
                   425, 426, 427, 447),
    },
}  # fmt: skip
LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_BITS, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000, 0x80000000  # REFUSE | errno
EPERM, ENOSYS, CLONE_THREAD = 1, 38, 0x10000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER_MODE = 38, 22, 2


def shut_doors():
    """Refuse new processes, other programs, and everything in the table, from now on and for good.

    Threads may still be started. glibc starts them by clone3, and by clone where clone3 does not exist: clone3's
    flags cannot be looked at by a filter, so it is made not to exist.

    Returns:
        Whether this machine's kernel did it.
    """
    table = SYSTEM_CALLS.get(platform.machine())
    if sys.platform != "linux" or table is None:
        return False
    program = [(LOAD, 0, 0, 4), (JUMP_EQUAL, 1, 0, table["audit"]), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0)]
    program += [(JUMP_AT_LEAST, 0, 1, 0x40000000), (RETURN, 0, 0, REFUSE | EPERM)]  # the x32 numbers
    for number in table["denied"]:
        program += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, REFUSE | EPERM)]
    program += [(JUMP_EQUAL, 0, 1, table["clone3"]), (RETURN, 0, 0, REFUSE | ENOSYS)]
    program += [(JUMP_EQUAL, 0, 3, table["clone"]), (LOAD, 0, 0, 16), (JUMP_BITS, 1, 0, CLONE_THREAD)]
    program += [(RETURN, 0, 0, REFUSE | EPERM), (RETURN, 0, 0, ALLOW)]
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


def main():
    settings, connection_file = json.loads(sys.argv[1]), sys.argv[2]
    sys.path[:1] = settings["path"]
    os.environ.pop("JPY_PARENT_PID", None)  # the box's pid 1 is its parent, which ipykernel takes for a dead one
    import numpy  # noqa: F401  (before memory is limited: its first import needs more than the rest)
    from ipykernel.kernelapp import launch_new_instance

    set_limits(settings["limits"])
    if settings["doors"] and not shut_doors():
        sys.exit("the system-call filter cannot be installed")
    sys.argv = ["ipykernel", "-f", connection_file, "--HistoryManager.enabled=False", "--IPKernelApp.log_level=ERROR"]
    launch_new_instance()


if __name__ == "__main__":
    main()
