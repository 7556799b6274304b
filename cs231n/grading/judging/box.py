"""The box in which a submission's kernel runs: what it can see, what it may use, and how it is started.

With bubblewrap (Linux) the kernel has no network, and sees the operating system, Python and its course library, all
read-only; not the reference, not other submissions, not the grader, not your home. It can write to two small file
systems of its own that live in memory and end with it, and it talks to the grader through sockets that were opened for
it. Inside, the launcher sets resource limits and a system-call filter (no new processes, no other programs). Without
bubblewrap only the limits and the filter are left: ``grade --unboxed``.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ...support import threads
from .inside import launcher

INSIDE = Path(launcher.__file__).resolve().parent
COURSE = "/course"  # where the box shows the library
HELPERS = "/helpers"  # where it shows the launcher and the probes' helper
MEGABYTE = 2**20
SYSTEM_FOLDERS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
UBUNTU_REMEDY = (
    "On Ubuntu 23.10 and later an AppArmor profile has to allow it: write to /etc/apparmor.d/bwrap\n"
    "    abi <abi/4.0>,\n    include <tunables/global>\n"
    "    profile bwrap /usr/bin/bwrap flags=(unconfined) {\n      userns,\n    }\n"
    "and run: sudo systemctl reload apparmor"
)


class NoBox(Exception):
    """There is no box on this machine; the message says what to do."""


@dataclass(frozen=True)
class Limits:
    """What one kernel may use.

    Attributes:
        cell_seconds: wall time of one cell.
        seconds: wall time of one submission, with all that is run again.
        cpu_seconds: processor time of one kernel.
        memory: bytes of address space.
        threads: how many one kernel may have; more are seen within a second, and end it.
        file_size, files: bytes of one file, and how many may be open at once.
        scratch: bytes of each of the box's temporary file systems.
        message: bytes of one part of a message of the kernel; a longer one breaks its connection.
        output: bytes of all messages of one cell.
        judge_memory: bytes of address space of the process that listens to the kernels: what fills it ends it, and
            is taken for a cell that stopped the kernel.
    """

    cell_seconds: float = 15
    seconds: float = 300
    cpu_seconds: int = 120
    memory: int = 3072 * MEGABYTE
    threads: int = 200
    file_size: int = 16 * MEGABYTE
    files: int = 256
    scratch: int = 64 * MEGABYTE
    message: int = 4 * MEGABYTE
    output: int = 8 * MEGABYTE
    judge_memory: int = 4096 * MEGABYTE

    def resources(self):
        """The limits that the launcher sets, by their names in the module ``resource``."""
        return {
            "RLIMIT_CPU": self.cpu_seconds, "RLIMIT_AS": self.memory, "RLIMIT_FSIZE": self.file_size,
            "RLIMIT_NOFILE": self.files, "RLIMIT_CORE": 0, "RLIMIT_MSGQUEUE": 0,
        }  # fmt: skip


@dataclass(frozen=True)
class Box:
    """One way to start kernels.

    Attributes:
        library: the folder that holds the box's ``cs231n/``.
        bwrap: path of bubblewrap, or None for no box (limits and filter only).
        limits: what a kernel may use.
    """

    library: str
    bwrap: str | None
    limits: Limits = field(default_factory=Limits)

    def to_json(self):
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text):
        values = json.loads(text)
        return cls(**{**values, "limits": Limits(**values["limits"])})

    def command(self, private, connection_file, sockets):
        """The command that starts a kernel.

        Arguments:
            private: the kernel's private folder: read-only in the box; without one, its home.
            connection_file: Jupyter's connection file, in that folder.
            sockets: dictionary from the address of a socket to the number of an open file that listens there; the
                kernel inherits it.
        """
        boxed = self.bwrap is not None
        paths = [COURSE, HELPERS] if boxed else [self.library, str(INSIDE)]
        settings = {
            "limits": self.limits.resources(), "doors": filter_available(), "path": paths, "boxed": boxed,
            "sockets": sockets,
        }  # fmt: skip
        start = HELPERS if boxed else str(INSIDE)
        kernel = [sys.executable, "-s", f"{start}/launcher.py", json.dumps(settings)]
        walls = [self.bwrap, *self._walls(str(private))] if boxed else []
        return [*walls, *kernel, str(connection_file)]

    def _walls(self, private):
        walls = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "box"]
        walls += ["--proc", "/proc", "--dev", "/dev"]
        for folder in ("/tmp", "/dev/shm"):
            walls += ["--size", str(self.limits.scratch), "--tmpfs", folder]
        for folder in visible_folders():  # last: Python may be installed in /tmp
            walls += ["--ro-bind-try", folder, folder]
        walls += ["--ro-bind", self.library, COURSE, "--ro-bind", str(INSIDE), HELPERS, "--ro-bind", private, private]
        # /proc, too: through it root would change the machine's settings, and anybody the box's first process.
        return [*walls, "--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"]

    def environment(self, private):
        """The environment variables of a kernel: nothing of the grader's own."""
        home = "/tmp" if self.bwrap else str(private)
        environment = {
            "HOME": home, "USERPROFILE": home, "TMPDIR": home, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8",
            "MPLBACKEND": "Agg",
            "IPYTHONDIR": f"{home}/ipython", "MPLCONFIGDIR": f"{home}/matplotlib", "CS231N_AUTOMATED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            **threads.limited_to(1),
        }  # fmt: skip
        kept = ("SYSTEMROOT", "SYSTEMDRIVE", "TEMP", "PATH") if os.name == "nt" else ()  # Python finds its DLLs by PATH
        return environment | {name: os.environ[name] for name in kept if name in os.environ}


def filter_available():
    """Whether the launcher's system-call filter exists for this machine."""
    return sys.platform == "linux" and platform.machine() in launcher.SYSTEM_CALLS


def visible_folders():
    """What of the operating system and of Python a box shows, read-only."""
    prefixes = [sys.prefix, sys.base_prefix, os.path.dirname(os.path.realpath(sys.executable))]
    outside = [str(folder) for folder in dict.fromkeys(prefixes) if not _within(folder, "/usr")]
    return [*SYSTEM_FOLDERS, *outside]


def _within(path, folder):
    return Path(path).resolve().is_relative_to(Path(folder).resolve())


def open_box(library, unboxed=False, limits=None, hidden=()):
    """The box of this machine.

    Arguments:
        library: the folder that holds the box's ``cs231n/``.
        unboxed: True for limits only, where there is no bubblewrap or somebody wants none.
        limits: a `Limits`, or None for the usual ones.
        hidden: folders that must not be visible in the box: the course with its reference, the submissions, the grades.

    Raises:
        NoBox: where a box cannot be had, or would show what it is to hide; the message names the remedy.
    """
    limits = limits or Limits()
    if _is_installed():
        raise NoBox(f"a copy of the course is installed in {sys.prefix}: submissions would find it. Uninstall it")
    if unboxed:
        return Box(str(library), None, limits)
    bwrap = shutil.which("bwrap")
    if sys.platform != "linux" or bwrap is None:
        where = "install bubblewrap (Debian, Ubuntu: sudo apt install bubblewrap)"
        where = where if sys.platform == "linux" else "grade on Linux, or in a Linux virtual machine or container"
        raise NoBox(
            f"there is no bubblewrap here, so a submission could read and change whatever you can: {where}; or, for "
            "people whom you trust, give --unboxed"
        )
    for path in hidden:
        shown = next((folder for folder in visible_folders() if _within(path, folder)), None)
        if shown:
            raise NoBox(f"{path} lies in {shown}, which every submission can read: move it elsewhere")
    _try(bwrap)
    return Box(str(library), bwrap, limits)


def _try(bwrap):
    walls = ["--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
    attempt = subprocess.run([bwrap, *walls, "true"], capture_output=True, text=True, errors="replace")
    if attempt.returncode != 0:
        said = (attempt.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise NoBox(f"bubblewrap does not work here: {said}\n{UBUNTU_REMEDY}\nIn a container, it needs user namespaces")


def _is_installed():
    """Whether Python finds a cs231n without being told where: then every submission would find it, too."""
    return subprocess.run([sys.executable, "-I", "-c", "import cs231n"], capture_output=True).returncode == 0


def isolation(box):
    """What keeps a submission in: one line per layer, for a person to read."""
    limits = box.limits
    walls = "bubblewrap: no network, read-only system, files in memory only" if box.bwrap else "NONE (--unboxed)"
    doors = "no new processes, no other programs" if filter_available() else "none on this machine"
    root = os.name == "posix" and os.geteuid() == 0
    return [
        f"box: {walls}",
        *(["you are root: whatever got out of the box would be, too; grade as an ordinary user"] if root else []),
        f"system-call filter: {doors}",
        f"limits per kernel: {limits.cell_seconds:g} s a cell, {limits.cpu_seconds} s of processor time, "
        f"{limits.memory // MEGABYTE} MB of memory, {limits.threads} threads, {limits.output // MEGABYTE} MB of output "
        f"a cell, {limits.scratch // MEGABYTE} MB of scratch space, {limits.files} open files",
        f"limit per submission: {limits.seconds:g} s",
    ]
