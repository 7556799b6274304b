"""Measure the processor time of a command with all processes that it starts, also those that outlive their parents.

The measure is that of a Linux control group: the command starts in a new group, every process that it starts is in the
group too, and the kernel adds up their time, to the last process. If no group can be made (this needs write access to
the folder of the own group), `measure_by_samples` looks at the processes 50 times a second. It may miss the end of
each process, so its result is a lower bound.

    python tests/benchmarks/processor_time.py FILE COMMAND ...      measures by samples, writes the seconds to FILE
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

JOIN = 'echo $$ > "$0" && exec "$@"'  # for sh: enter a group, then become the command
PATIENCE = 10  # seconds until processes that outlive the command are killed
INTERVAL = 0.02  # seconds between two samples
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER: a process whose parent ends becomes a child of ours


def measure(command, cwd, environment):
    """Run a command and measure the processor time of all its processes.

    Arguments:
        command: list of texts.
        cwd: the folder to run it in.
        environment: its environment variables.

    Returns:
        Seconds of processor time, user and system.

    Raises:
        RuntimeError: if the command fails. The message ends with what it printed.
    """
    group = make_group()
    if group is None:
        return measure_by_samples(command, cwd, environment)
    try:
        run_command(["sh", "-c", JOIN, str(group / "cgroup.procs"), *command], cwd, environment)
        end_all(lambda: processes_of(group))
        return seconds_of(group)
    finally:
        group.rmdir()


def is_exact():
    """Whether a control group can be made, so that `measure` misses nothing."""
    group = make_group()
    if group is not None:
        group.rmdir()
    return group is not None


def run_command(command, cwd, environment):
    """Run a command. Raises RuntimeError if it fails."""
    done = subprocess.run(command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace")  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command[-6:]))} ended with {done.returncode}:\n{done.stdout[-3000:]}")


def end_all(list_processes):
    """Wait until no process is left. After some seconds, kill those that are left.

    Arguments:
        list_processes: a function that returns the numbers of the processes that are left.
    """
    patient_until = time.monotonic() + PATIENCE
    while left := list_processes():
        if time.monotonic() > patient_until:
            for number in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
        time.sleep(0.05)


def make_group():
    """Make a new control group inside the group of this process, version 2 or 1. Return its folder, or None."""
    try:
        memberships = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    except OSError:
        return None
    for line in memberships:  # such as 0::/user.slice or 2:cpu,cpuacct:/
        _, controllers, path = line.split(":", 2)
        for _, mount, kind, options, *_ in mounts:
            is_second = kind == "cgroup2" and not controllers
            is_first = kind == "cgroup" and "cpuacct" in controllers.split(",") and "cpuacct" in options.split(",")
            if is_second or is_first:
                group = Path(mount, path.lstrip("/"), f"benchmark-{os.getpid()}-{time.monotonic_ns()}")
                if try_group(group):
                    return group
    return None


def try_group(group):
    """Make a control group. Return whether processes can enter it and its time can be read."""
    try:
        group.mkdir()
    except OSError:
        return False
    try:
        subprocess.run(["sh", "-c", JOIN, str(group / "cgroup.procs"), "true"], check=True, stderr=subprocess.DEVNULL)
        seconds_of(group)
        return True
    except (OSError, subprocess.CalledProcessError):
        group.rmdir()
        return False


def processes_of(group):
    """The numbers of the processes in a control group."""
    return [int(line) for line in (group / "cgroup.procs").read_text(encoding="utf-8").split()]


def seconds_of(group):
    """The processor time of all processes that were ever in a control group, in seconds."""
    first_version = group / "cpuacct.usage"
    if first_version.exists():
        return int(first_version.read_text(encoding="utf-8")) / 1e9
    lines = (group / "cpu.stat").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("usage_usec ")) / 1e6


def measure_by_samples(command, cwd, environment):
    """Do the same as `measure` without a control group. The result is a lower bound, see `count_by_samples`.

    A process of its own does it, because it takes over and waits for all processes whose parents have ended.
    """
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "seconds")
        run_command([sys.executable, "-P", str(Path(__file__).resolve()), str(result), *command], cwd, environment)
        return float(result.read_text(encoding="utf-8"))


def count_by_samples(command):
    """Run a command as a child, and count the processor time of its processes in two ways.

    The first way is what the kernel says about all processes that were waited for. It lacks those that the kernel
    killed at the end of their box. The second way adds up the last sample of every process. It lacks what a process
    did after that sample. Each way is a lower bound.

    Returns:
        The larger of the two, in seconds, and the command's exit code.
    """
    import resource  # Windows has none

    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    sampled, ended = {}, threading.Event()
    sampler = threading.Thread(target=sample, args=(sampled, ended))
    sampler.start()
    code = subprocess.run(command).returncode
    end_all(find_orphans)
    ended.set()
    sampler.join()
    waited = resource.getrusage(resource.RUSAGE_CHILDREN)
    return max(waited.ru_utime + waited.ru_stime, sum(sampled.values())), code


def find_orphans():
    """Wait for the children that have ended. Return the numbers of the others."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return [child.pid for child in psutil.Process().children(recursive=True)]


def sample(sampled, ended):
    """Write the processor time of every process below this one into a dictionary, again and again, until the end."""
    while not ended.wait(INTERVAL):
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                sampled[process.pid, process.create_time()] = times.user + times.system


if __name__ == "__main__":
    seconds, exit_code = count_by_samples(sys.argv[2:])
    Path(sys.argv[1]).write_text(str(seconds), encoding="utf-8")
    sys.exit(exit_code)
