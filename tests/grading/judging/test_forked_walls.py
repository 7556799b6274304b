"""Tests that a forked kernel reaches nothing outside of its own walls: no other kernel, and not what forked it."""

import json
import textwrap

import pytest

from tests.helpers.boxed import BOX_MARKS
from tests.helpers.boxed_kernels import FORKED, boxed_kernels

pytestmark = BOX_MARKS
# What a kernel does so that its neighbour could find it.
EXPOSED = """
import os, socket, sys
for folder in ("/tmp", "/dev/shm"):
    open(folder + "/exposed", "w").write("mine")
abstract = socket.socket(socket.AF_UNIX)
abstract.bind("\\0exposed")
abstract.listen()
named = socket.socket(socket.AF_UNIX)
named.bind("/tmp/named")
named.listen()
"""
# Each must fail, or be false.
ATTEMPTS = {
    # other processes
    "see a process": "[n for n in os.listdir('/proc') if n.isdigit() and n != '1'][0]",
    "find a process by its number": "assert set(groups()) != {1}",
    "have a parent": "assert os.getppid() != 0",
    "kill any process": "assert any(not failure(os.kill, n, 0) for n in range(2, 1000))",
    "kill its group": "os.kill(0, 9)",
    "kill the parent": "os.kill(os.getppid(), 9)",
    "trace any process": "assert any(libc.ptrace(16, n, 0, 0) == 0 for n in range(2, 100))",
    "read its own as a file to write": "open('/proc/1/mem', 'r+b')",
    "watch for the parent": "libc.prctl(1, 0) == 0 or 1/0",
    "get a process by a handle": "os.pidfd_open(2)",
    # other kernels' files, sockets, memory
    "a file in /tmp": "open('/tmp/exposed')",
    "a file in /dev/shm": "open('/dev/shm/exposed')",
    "an abstract socket": "socket.socket(socket.AF_UNIX).connect('\\0exposed')",
    "a named socket": "socket.socket(socket.AF_UNIX).connect('/tmp/named')",
    "list sockets": "assert 'exposed' in open('/proc/net/unix').read()",
    "the forking process's socket": "[s for s in sockets() if s.type == socket.SOCK_SEQPACKET][0]",
    "an open folder or file": "[path for path in open_files() if not path.endswith('records.jsonl')][0]",
    "shared memory of System V": "assert libc.shmget(1234, 4096, 0o1666) >= 0",
    "a message queue of System V": "assert libc.msgget(1234, 0o1666) >= 0",
    "shared memory with a name": "__import__('multiprocessing.shared_memory').shared_memory.SharedMemory('exposed')",
    "a terminal": "os.openpty()",
    # the walls
    "rights": "assert any(int(line.split()[1], 16) for line in status() if line.startswith('Cap'))",
    "new rights": "assert 'NoNewPrivs:\\t0' in status()",
    "no filter": "assert 'Seccomp:\\t0' in status()",
    "no limits": "import resource; assert resource.getrlimit(resource.RLIMIT_AS)[0] < 0",
    "writable mounts": "(writable() - {'/tmp', '/dev/shm'}).pop()",
    "unmount /proc": "assert libc.umount2(b'/proc', 2) == 0",
    "unmount /tmp": "assert libc.umount2(b'/tmp', 2) == 0",
    "mount": "assert libc.mount(b'proc', b'/tmp', b'proc', 0, None) == 0",
    "remount": "assert libc.mount(None, b'/proc', None, 32, None) == 0",
    "namespaces": "assert libc.unshare(0x10000000) == 0",
    "another's namespace": "assert libc.setns(os.open('/proc/1/ns/user', 0), 0) == 0",
    "the connection file": "open('/connection/connection.json', 'a')",
    "a file beside it": "open('/connection/other', 'w')",
    "the machine's settings": "open('/proc/sys/kernel/core_pattern', 'r+')",
    "its mapping of users": "open('/proc/self/uid_map', 'w')",
    "devices": "open('/dev/other', 'w')",
    "the library": "open('/course/cs231n/layers.py', 'a')",
    "the grader's environment": "os.environ['HOSTILE_SECRET']",
    "its first environment": "assert b'HOSTILE' in open('/proc/self/environ', 'rb').read()",
}
TRY = textwrap.dedent("""
    import ctypes, json, os, socket, stat
    libc = ctypes.CDLL(None)
    def failure(function, *arguments):
        try:
            function(*arguments)
        except OSError as error:
            return error
    def status():
        return open('/proc/self/status').read().splitlines()
    def groups():  # the process of every number that there is; a thread has a number, too
        for n in range(1, 5000):
            if os.path.exists('/proc/%d/status' % n):
                lines = open('/proc/%d/status' % n).read().splitlines()
                yield int([line for line in lines if line.startswith('Tgid:')][0].split()[1])
    def writable():  # of the mounts at one place, the last one counts
        mounts = {line.split()[1]: line.split()[3] for line in open('/proc/self/mounts')}
        return {path for path, options in mounts.items() if 'rw' in options.split(',') and os.path.isdir(path)}
    def links():
        found = {}
        for name in os.listdir('/proc/self/fd'):
            try:
                found[int(name)] = os.readlink('/proc/self/fd/' + name)
            except OSError:
                pass
        return found
    def sockets():
        return [socket.socket(fileno=os.dup(n)) for n, link in links().items() if link.startswith('socket:')]
    def open_files():
        known = ('socket:', 'pipe:', 'anon_inode:', '/dev/null', '/dev/urandom', '/proc/')
        return [link for link in links().values() if not link.startswith(known)]
    refused, at_first = {}, [len(sockets()), open_files()]
    for name, source in ATTEMPTS.items():
        try:
            exec(source, dict(globals()))
        except BaseException as error:
            refused[name] = repr(error)[:100]
    print(json.dumps([refused, *at_first]))
""")


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOSTILE_SECRET", "1")
        with boxed_kernels(tmp_path_factory.mktemp("k")) as (start, box):
            assert box.server, box.why_no_server
            yield start


def test_a_forked_kernel_reaches_nothing_outside_of_its_walls(start):
    neighbour, kernel = start(FORKED), start(FORKED)
    assert neighbour.run(EXPOSED) == ("", [])
    text, errors = kernel.run(f"ATTEMPTS = {ATTEMPTS!r}\n{TRY}")
    assert errors == []
    refused, sockets, files = json.loads(text)
    assert set(ATTEMPTS) - set(refused) == set()
    assert sockets >= 5, "the test saw the kernel's own sockets"
    assert len(files) == 1 and files[0].endswith("records.jsonl")
    assert neighbour.run("print(open('/tmp/exposed').read())") == ("mine", [])


def test_the_attempts_would_be_seen_if_they_succeeded(start):
    own = {name: ATTEMPTS[name] for name in ("a file in /tmp", "an abstract socket", "a named socket", "list sockets")}
    text, errors = start(FORKED).run(f"{EXPOSED}\nATTEMPTS = {own!r}\n{TRY}")
    assert errors == [] and json.loads(text)[0] == {}


def test_every_forked_kernel_draws_other_random_numbers(start):
    draw = (
        "import random, tempfile, uuid, numpy as np\n"
        "print(random.random(), np.random.rand(), np.random.default_rng().random(), uuid.uuid4())"
    )
    first, second = (start(FORKED).run(draw)[0].split() for _ in range(2))
    assert len(first) == 4 and not set(first) & set(second)


# Looks for text in this process's memory. It is given as a pattern with brackets around every letter, so that the
# search does not find itself.
SEARCH = """
import re
def count(pattern):
    found = 0
    with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb', 0) as memory:
        for line in maps.read().splitlines():
            span, rights, *rest = line.split()
            if rights.startswith('rw'):
                begin, end = (int(part, 16) for part in span.split('-'))
                memory.seek(begin)
                found += sum(1 for match in re.finditer(pattern, memory.read(min(end - begin, 2**28))))
    return found
print([count(pattern) for pattern in PATTERNS])
"""


def test_a_kernels_memory_holds_no_other_kernels_key(start):
    kernels = [start(FORKED) for _ in range(3)]
    patterns = ["".join(f"[{letter:c}]" for letter in kernel.km.session.key).encode() for kernel in kernels]
    text, errors = kernels[1].run(f"PATTERNS = {patterns!r}\n{SEARCH}", timeout=60)
    assert errors == []
    before, own, after = json.loads(text)
    assert before == after == 0 < own
