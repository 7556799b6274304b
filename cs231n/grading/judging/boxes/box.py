"""The box in which a submission's kernel runs: what it can see, what it may use, and how it is started.

The box is made by bubblewrap, which needs Linux. In the box, the kernel has no network. It sees the operating system,
Python and its course library, all read-only. It does not see the reference answers, other submissions, the grader or
your home folder. It can write to two small file systems, which are in memory and vanish when it ends. It talks to the
grader through sockets that the grader opened for it.

A kernel is started in one of two ways. Usually it is forked from a process that waits in a box of its own, with walls
of its own (see `kernel_server`). Where that is not possible, each kernel gets a new box, which costs five times the
processor time.

Inside the box, the launcher sets resource limits and a system-call filter (no new processes, no other programs).
Without bubblewrap (``grade --unboxed``), only the limits and the filter are left. Then root can run kernels as another
system user (see `other_user`).
"""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ....support import threads
from . import folders, other_user
from .inside import launcher

INSIDE = Path(launcher.__file__).resolve().parent  # the folder with the files that run inside the box
COURSE = "/course"  # the folder of the box that holds the library
HELPERS = "/helpers"  # the folder of the box that holds the files in INSIDE
SCRATCH_FOLDERS = ("/tmp", "/dev/shm")  # the box's temporary file systems
RECORDS = "records.jsonl"  # the file that a kernel's task cells write their records to, beside the notebook
CONNECTION = "/connection"  # the folder of a forked kernel's connection file
DEVICES = ("null", "zero", "full", "random", "urandom")
DEVICE_LINKS = {"fd": "fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
MEGABYTE = 2**20
WALL = 4  # a limit of wall time, as a multiple of that of processor time: a cell that sleeps uses none
# What a forked kernel has imported before it starts: the kernel itself, and what the notebooks and the grader import.
MODULES = (
    "numpy", "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.debugger",
    "IPython.core.completerlib", "IPython.core.debugger", "IPython.core.logger", "IPython.core.oinspect",
    "IPython.extensions.storemagic", "IPython.utils.capture", "tornado.gen", "tornado.platform.asyncio",
    "tornado.queues", "faulthandler", "pdb",
    "cs231n.assignment.check", "cs231n.assignment.record", "cs231n.compare", "cs231n.data_utils", "cs231n.experiments",
    "cs231n.puzzles", "cs231n.solver", "cs231n.valley", "cs231n.vis_utils",
)  # fmt: skip
LAST_OPTIONS = ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"]
UBUNTU_REMEDY = (
    "On Ubuntu 23.10 and later an AppArmor profile has to allow it: write to /etc/apparmor.d/bwrap\n"
    "    abi <abi/4.0>,\n    include <tunables/global>\n"
    "    profile bwrap /usr/bin/bwrap flags=(unconfined) {\n      userns,\n    }\n"
    "and run: sudo systemctl reload apparmor"
)


class NoBox(Exception):
    """There is no box on this machine. The message says what to do."""


@dataclass(frozen=True)
class Limits:
    """What one kernel may use.

    Attributes:
        cell_seconds: processor time of one cell. Its wall time may be `WALL` times as long.
        seconds: time of one submission, including what is run a second time. Each cell counts with its processor time,
            or with its wall time divided by `WALL`, whichever is more.
        cpu_seconds: processor time of one kernel.
        memory: bytes of address space.
        threads: number of threads of one kernel. A kernel with more is ended within a second.
        file_size: bytes of one file.
        files: number of files that may be open at the same time.
        scratch: bytes of each of the box's two temporary file systems.
        scratch_files: files and folders in each of them. Each takes a kilobyte of the kernel's memory, even if it is
            empty, and bubblewrap has no limit for it. A kernel with more is ended within a second.
        message: bytes of one part of a message from the kernel. A longer part breaks the connection.
        output: bytes of all messages of one cell.
        judge_memory: bytes of address space of the process that listens to the kernels. If a cell fills it, the
            process ends, and the judge treats the cell like one that stopped its kernel.
    """

    cell_seconds: float = 15
    seconds: float = 300
    cpu_seconds: int = 120
    memory: int = 3072 * MEGABYTE
    threads: int = 200
    file_size: int = 16 * MEGABYTE
    files: int = 256
    scratch: int = 64 * MEGABYTE
    scratch_files: int = 10_000
    message: int = 4 * MEGABYTE
    output: int = 8 * MEGABYTE
    judge_memory: int = 4096 * MEGABYTE

    def resources(self) -> dict[str, int]:
        """The limits that the launcher sets, under their names in the module ``resource``."""
        return {
            "RLIMIT_CPU": self.cpu_seconds, "RLIMIT_AS": self.memory, "RLIMIT_FSIZE": self.file_size,
            "RLIMIT_NOFILE": self.files, "RLIMIT_CORE": 0, "RLIMIT_MSGQUEUE": 0,
        }  # fmt: skip


@dataclass(frozen=True)
class Box:
    """One way to start kernels.

    Attributes:
        library: the folder that holds the box's ``cs231n/``.
        bwrap: path of bubblewrap; None to start kernels without a box (limits and filter only).
        limits: what a kernel may use.
        server: path of the socket of the process that forks kernels; None to make a new box for each kernel.
        why_no_server: the reason for that; empty if there is a server.
        user: name of the system user whose kernels these are, without bubblewrap; None for whoever grades.
    """

    library: str
    bwrap: str | None
    limits: Limits = field(default_factory=Limits)
    server: str | None = None
    why_no_server: str = ""
    user: str | None = None

    def to_json(self) -> str:
        """The box as JSON, for the kernel's specification."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Box":
        """The box that `to_json` wrote."""
        values = json.loads(text)
        return cls(**{**values, "limits": Limits(**values["limits"])})

    def command(self, private: Path, connection_file: Path | str, sockets: dict[str, int]) -> list[str]:
        """The command that starts a kernel.

        Arguments:
            private: the kernel's private folder. In the box it is read-only; without a box it is the kernel's home.
            connection_file: Jupyter's connection file, in that folder.
            sockets: the sockets that the kernel inherits: address to file descriptor.
        """
        settings = self._settings() | {"boxed": self.bwrap is not None, "sockets": sockets}
        kernel = [sys.executable, "-s", f"{self._helpers}/launcher.py", json.dumps(settings), str(connection_file)]
        if self.bwrap is None:
            return kernel
        folder = str(private)
        # /proc must be read-only as well. Through a writable /proc, root could change the machine's settings, and any
        # user could change the box's first process.
        options = ["--ro-bind", folder, folder, "--remount-ro", "/proc"]
        return [self.bwrap, *self._bubblewrap_options(), *options, *LAST_OPTIONS, *kernel]

    def server_command(self, listening: int) -> list[str]:
        """The command that starts a process that forks kernels.

        Arguments:
            listening: descriptor of the socket at which it listens.
        """
        assert self.bwrap is not None
        settings = self._settings() | {
            "server": listening, "scratch": self.limits.scratch, "scratch_files": self.limits.scratch_files,
            "folders": [path for path in folders.visible_folders() if folders.lies_within(path, SCRATCH_FOLDERS[0])],
            "modules": MODULES,
        }  # fmt: skip
        options = ["--dir", CONNECTION]
        if os.geteuid() == 0:  # Linux lets nobody but a user with another number make kernels' walls in the box,
            # and bubblewrap covers parts of /proc, which has to be undone there.
            options += ["--uid", "1000", "--gid", "1000", "--cap-add", "CAP_SYS_ADMIN"]
        program = [sys.executable, "-s", f"{HELPERS}/zygote.py", json.dumps(settings)]
        return [self.bwrap, *self._bubblewrap_options(), *options, *LAST_OPTIONS, *program]

    @property
    def _helpers(self) -> str:
        """The folder with the files in INSIDE, as a kernel sees it. Another user cannot read the grader's own."""
        if self.bwrap:
            return HELPERS
        return str(other_user.helpers_in(Path(self.library)) if self.user else INSIDE)

    def _settings(self) -> dict[str, Any]:
        """The settings of `launcher` that are the same for all kernels of the box."""
        paths = [COURSE if self.bwrap else self.library, self._helpers]
        return {"limits": self.limits.resources(), "filter": has_system_call_filter(), "path": paths}

    def _bubblewrap_options(self) -> list[str]:
        options = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "box"]
        options += ["--proc", "/proc", "--tmpfs", "/dev"]
        for device in DEVICES:  # bubblewrap's own /dev has terminals, too, which forked kernels would share
            options += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
        for name, target in DEVICE_LINKS.items():
            options += ["--symlink", f"/proc/self/{target}", f"/dev/{name}"]
        for folder in SCRATCH_FOLDERS:
            options += ["--size", str(self.limits.scratch), "--tmpfs", folder]
        for folder in folders.visible_folders():  # after the empty /tmp, because Python may be installed in /tmp
            options += ["--ro-bind-try", folder, folder]
        options += ["--ro-bind", self.library, COURSE, "--ro-bind", str(INSIDE), HELPERS]
        for folder in folders.hidden_folders():
            options += ["--ro-bind", str(INSIDE / "hidden_module"), folder]
        return options

    def environment(self, private: Path) -> dict[str, str]:
        """The environment variables of a kernel. None of the grader's own variables are passed on."""
        home = "/tmp" if self.bwrap else str(other_user.home_in(private) if self.user else private)
        environment = {
            "HOME": home, "USERPROFILE": home, "TMPDIR": home, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8",
            "MPLBACKEND": "Agg",
            "IPYTHONDIR": f"{home}/ipython", "MPLCONFIGDIR": f"{home}/matplotlib", "CS231N_AUTOMATED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            **threads.limited_to(1),
        }  # fmt: skip
        kept = (
            ("SYSTEMROOT", "SYSTEMDRIVE", "TEMP", "PATH") if os.name == "nt" else ()
        )  # Python finds its DLLs through PATH
        return environment | {name: os.environ[name] for name in kept if name in os.environ}


def has_system_call_filter() -> bool:
    """Whether the launcher has a system-call filter for this machine."""
    return sys.platform == "linux" and platform.machine() in launcher.SYSTEM_CALLS


def open_box(
    library: Path, unboxed: bool = False, limits: Limits | None = None, hidden: Iterable[Path] = (),
    user: str | None = None,
) -> Box:  # fmt: skip
    """Make a box for this machine, after checking that it works.

    Arguments:
        library: the folder that holds the box's ``cs231n/``.
        unboxed: True to use the limits and the filter only, for example if there is no bubblewrap.
        limits: what a kernel may use; None for the usual limits.
        hidden: folders that must not be visible in the box: the course with its reference, the submissions, the grades.
        user: name of a system user, to run kernels as that user and without bubblewrap. You have to be root.

    Raises:
        NoBox: if there is no working box on this machine, or a hidden folder or an installed copy of the course would
            be visible in it. The message says what to do.
    """
    limits = limits or Limits()
    if _is_course_installed():
        raise NoBox(f"a copy of the course is installed in {sys.prefix}: submissions would find it. Uninstall it")
    if user:
        try:
            other_user.open_library(library, INSIDE)
            other_user.require_hidden(user, hidden)
        except (OSError, ValueError) as error:
            raise NoBox(f"kernels cannot run as the user {user}: {error}") from None
        return Box(str(library), None, limits, user=user)
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
        shown = next((folder for folder in folders.visible_folders() if folders.lies_within(path, folder)), None)
        if shown:
            raise NoBox(f"{path} lies in {shown}, which every submission can read: move it elsewhere")
    _try_bubblewrap(bwrap)
    return Box(str(library), bwrap, limits)


def _try_bubblewrap(bwrap: str) -> None:
    """Run ``true`` in a box. Raises NoBox if that fails."""
    options = ["--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
    attempt = subprocess.run([bwrap, *options, "true"], capture_output=True, text=True, errors="replace")
    if attempt.returncode != 0:
        said = (attempt.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise NoBox(f"bubblewrap does not work here: {said}\n{UBUNTU_REMEDY}\nIn a container, it needs user namespaces")


def _is_course_installed() -> bool:
    """Whether Python finds cs231n without this checkout. If it does, every submission could import it, too."""
    return subprocess.run([sys.executable, "-I", "-c", "import cs231n"], capture_output=True).returncode == 0


def describe_isolation(box: Box) -> list[str]:
    """What isolates a submission from this machine: one line of text for each layer."""
    limits = box.limits
    bubblewrap = "bubblewrap: no network, read-only system, files in memory only" if box.bwrap else "NONE (--unboxed)"
    bubblewrap = f"NONE, but kernels run as the user {box.user}" if box.user else bubblewrap
    start = "forked from a warm one" if box.server else f"a new box for each, which is slower: {box.why_no_server}"
    system_calls = "no new processes, no other programs" if has_system_call_filter() else "none on this machine"
    is_root = os.name == "posix" and os.geteuid() == 0 and not box.user
    return [
        f"box: {bubblewrap}",
        *(["you are root: whatever got out of the box would be, too; grade as an ordinary user"] if is_root else []),
        f"kernels: {start}",
        f"system-call filter: {system_calls}",
        f"limits per kernel: {limits.cell_seconds:g} s of processor time a cell, {limits.cpu_seconds} s in all, "
        f"{limits.memory // MEGABYTE} MB of memory, {limits.threads} threads, {limits.output // MEGABYTE} MB of output "
        f"a cell, {limits.scratch // MEGABYTE} MB and {limits.scratch_files} files of scratch space, "
        f"{limits.files} open files",
        f"limit per submission: {limits.seconds:g} s",
    ]
