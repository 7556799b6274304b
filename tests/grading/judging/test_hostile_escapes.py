"""Tests that a submission cannot get out of the box: it tries, and reports through the file of records."""

import json
import os
import re
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from tests.helpers.boxed import needs_box
from tests.helpers.hostile_run import SAY, listen, lost, make_judge, only, submission
from tests.helpers.paths import ROOT

ATTEMPTS = {
    # reading what must not be visible
    "the reference": f"open({str(ROOT / 'cs231n/layers.py')!r}).read()",
    "the grader": "import cs231n.grading",
    "the home": "import os; os.listdir('/root'); os.listdir('/home')",
    "/etc/passwd": "open('/etc/passwd').read()",
    "the source of a reference answer": "import inspect; from cs231n import layers; inspect.getsource(layers.softmax)",
    "any source of the library": "import glob; glob.glob('/course/**/*.py', recursive=True)[0]",
    "the grader's files": "import glob; (glob.glob('/tmp/cs231n-*/lib*') + glob.glob('/tmp/cs231n-*/*/*.ipynb'))[0]",
    "an environment variable": "import os; os.environ['HOSTILE_SECRET']",
    "another process's environment": "assert b'HOSTILE_SECRET' in open('/proc/1/environ', 'rb').read()",
    # writing where it must not
    "the library": "open('/course/cs231n/layers.pyc', 'a')",
    "the probes": "open('/helpers/probe_calls.py', 'a')",
    "the system": "open('/usr/hostile', 'w')",
    "python": "import sys; open(sys.prefix + '/hostile', 'w')",
    "the root": "open('/hostile', 'w')",
    "devices": "open('/dev/hostile', 'w')",
    "the sockets' folder": "open(os.path.dirname(get_ipython().kernel.config.IPKernelApp.connection_file) + '/a', 'w')",
    "the sockets": "os.remove(get_ipython().kernel.config.IPKernelApp.connection_file)",
    "the box's first process": "open('/proc/1/mem', 'r+b')",
    "the machine's settings": "open('/proc/sys/kernel/core_pattern', 'r+')",
    "its badness": "open('/proc/self/oom_score_adj', 'w').write('-1000')",
    # processes
    "fork": "os.fork()",
    "subprocess": "import subprocess; subprocess.run(['true'])",
    "system": "assert os.system('true') == 0",
    "exec": "os.execv('/bin/true', ['true'])",
    "multiprocessing": "import multiprocessing as m; m.get_context('fork').Process(target=print).start()",
    "pip": "import subprocess, sys; subprocess.check_call([sys.executable, '-m', 'pip', '--version'])",
    "kill the parent": "os.kill(os.getppid(), 9)",
    "kill everybody": "os.kill(-1, 9)",
    "a new session": "os.setsid()",
    "outlive the parent": "import ctypes; assert ctypes.CDLL(None).prctl(1, 0) == 0",
    # limits
    "more memory": "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**40, 2**40))",
    "more time": "import resource; resource.prlimit(0, resource.RLIMIT_CPU, (10**6, 10**6))",
    "priority": "os.setpriority(os.PRIO_PROCESS, 0, -5)",
    "100 GB": "np.ones(10**11 // 8)",
    "memory elsewhere": "os.memfd_create('hostile')",
    "a big file": "open('/tmp/big', 'wb').write(bytes(17 * 2**20))",
    "many files": "[open('/tmp/%d' % k, 'w') for k in range(300)]",
    "namespaces": "import ctypes; assert ctypes.CDLL(None).unshare(0x10000000) == 0",
    "tracing": "import ctypes; assert ctypes.CDLL(None).ptrace(16, 1, 0, 0) == 0",
    "keys": "import ctypes; assert ctypes.CDLL(None).syscall(250, 0, -4, 0) >= 0",
    # files that other boxes see, too
    "the rights of a file": "open('/tmp/a', 'w'); os.chmod('/tmp/a', 0o700); assert os.access('/tmp/a', os.X_OK)",
    "the rights of standard input": "os.fchmod(0, 0o640); assert os.fstat(0).st_mode & 0o777 == 0o640",
    "a message in the times of a device": "os.utime('/dev/null', (1, 1)); assert os.stat('/dev/null').st_mtime == 1",
    "a list of rights": "os.setxattr('/dev/null', 'system.posix_acl_access', bytes([2, 0, 0, 0]))",
    "a lease": "import fcntl; fcntl.fcntl(os.open(np.__file__, os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_RDLCK)",
    "a lock": "import fcntl; fcntl.flock(open(np.__file__), fcntl.LOCK_SH)",
    "a lock of a part": "import fcntl; fcntl.lockf(open(np.__file__), fcntl.LOCK_SH | fcntl.LOCK_NB)",
    "a notice": "import fcntl; fcntl.fcntl(os.open(os.path.dirname(np.__file__), 0), fcntl.F_NOTIFY, fcntl.DN_ACCESS)",
    "a watch": "import ctypes; assert ctypes.CDLL(None).inotify_init1(0) >= 0",
    # network
    "the network": "import socket; socket.create_connection(('127.0.0.1', PORT), timeout=2)",
    "names": "import socket; socket.getaddrinfo('example.com', 80)[0]",
    "the machine's own sockets": "import socket; socket.socket(socket.AF_UNIX).connect('\\0' + ABSTRACT)",
}
UNBOXED_TOO = (
    "the network", "fork", "subprocess", "exec", "kill the parent", "kill everybody", "more memory", "more time",
    "100 GB", "outlive the parent", "an environment variable", "a new session", "tracing", "a big file",
    "a lease", "a lock", "the rights of standard input",
)  # fmt: skip
REPORT = textwrap.dedent("""
    import os, json, signal
    PORT, ABSTRACT, attempts, refused = {port}, {abstract!r}, json.loads({attempts!r}), {{}}
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for name, source in attempts.items():
        try:
            exec(source, dict(globals()))
        except BaseException as error:
            refused[name] = repr(error)[:100]
    filled = 0
    for folder in ("/tmp", "/dev/shm") if {boxed} else ():
        try:
            for k in range(100):
                with open(folder + "/fill%d" % k, "wb") as file:
                    for _ in range(8):
                        filled += file.write(bytes(2**20))
        except OSError:
            pass
    say = {say}
    say(json.dumps([refused, filled]))
""")


def attempts(monkeypatch, unboxed, names):
    """Run a submission that makes these attempts.

    Returns:
        refused: the attempts that failed, each with its error.
        filled: bytes that it could write to the temporary file systems.
        lost: the tasks that did not earn everything, though all its answers are right.
    """
    monkeypatch.setenv("HOSTILE_SECRET", "1")
    abstract = f"cs231n-hostile-{os.getpid()}"
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as unix, make_judge(unboxed=unboxed) as judge:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        unix.bind("\0" + abstract)
        unix.listen()
        sources = json.dumps({name: ATTEMPTS[name] for name in names})
        cell = REPORT.format(port=tcp.getsockname()[1], abstract=abstract, attempts=sources, boxed=not unboxed, say=SAY)
        reading = only(submission(first=[(1, cell)]), 1)
        heard = listen(monkeypatch)
        verdict = judge.judge(reading)
        assert verdict.remarks == [] and len(heard) == 1
        return *json.loads(heard[0]), lost(verdict, judge, reading)


@needs_box
@pytest.mark.parametrize("forked", [True, False])
def test_nothing_gets_out_of_the_box(monkeypatch, forked):
    if not forked:
        monkeypatch.setenv("CS231N_NO_FORKED_KERNELS", "1")
    refused, filled, missing = attempts(monkeypatch, False, ATTEMPTS)
    assert set(ATTEMPTS) - set(refused) == set()
    assert 2**26 <= filled <= 2 * 2**26, "two file systems in memory, 64 MB each"
    assert missing == {}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the system-call filter is Linux's")
def test_without_a_box_the_limits_and_the_filter_still_hold(monkeypatch):
    refused, _, missing = attempts(monkeypatch, True, UNBOXED_TOO)
    assert set(UNBOXED_TOO) - set(refused) == set()
    assert missing == {}


GRADER_TO_KILL = """
from tests.helpers.hostile_run import make_judge, only, submission
with make_judge(unboxed={unboxed}) as judge:
    print("ready", flush=True)
    judge.judge(only(submission(first=[(1, "# {marker}\\nimport signal, time\\nsignal.signal(15, signal.SIG_IGN)\\n"
                                           "time.sleep(2); time.sleep(1000)")]), 1))
"""


def _is_kernel(process):
    """Whether a process is a kernel: it runs the launcher, or was forked into a process namespace inside a box's."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
        return "launcher.py" in " ".join(process.cmdline()) or len(re.search("NSpid:(.*)", status)[1].split()) > 2
    except (OSError, psutil.Error):  # it has ended
        return False


@needs_box
@pytest.mark.parametrize("unboxed", [False, True])
def test_no_kernel_outlives_a_killed_grader(unboxed, tmp_path):
    source = GRADER_TO_KILL.format(unboxed=unboxed, marker="hostile")
    grader = subprocess.Popen([sys.executable, "-c", source], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert grader.stdout.readline() == "ready\n"
    deadline, family = time.monotonic() + 30, []
    while not any(map(_is_kernel, family)) and time.monotonic() < deadline:
        time.sleep(0.1)
        family = psutil.Process(grader.pid).children(recursive=True)
    assert any(map(_is_kernel, family))
    assert len(family) >= 2, "nbval and a kernel"
    time.sleep(1)
    family = psutil.Process(grader.pid).children(recursive=True)
    grader.kill()
    grader.wait()
    gone, alive = psutil.wait_procs(family, timeout=5)
    assert alive == []
