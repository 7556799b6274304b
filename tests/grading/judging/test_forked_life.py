"""Tests of a boxed kernel in both ways, forked and in a new box: how it ends, its signals, records and limits."""

import importlib.util
import signal
import socket
import stat
import time

import psutil
import pytest

from cs231n.grading.judging import watchdog
from cs231n.grading.judging.boxes.box import Limits
from cs231n.grading.reading.hidden_modules import HIDDEN_MODULES
from cs231n.grading.reading.missing_modules import is_there
from tests.helpers.boxed import BOX_MARKS
from tests.helpers.boxed_kernels import FORKED, NEW, boxed_kernels

pytestmark = BOX_MARKS
BOTH = pytest.mark.parametrize("way", [FORKED, NEW])
ENDS = {
    "os._exit": ("import os; os._exit(3)", 3),
    "a segfault": ("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV),
    "abort": ("import os; os.abort()", None),
    "the exit of the interpreter": ("import os, signal; get_ipython().kernel.io_loop.stop()", 0),
}
FILES = 500


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    with boxed_kernels(tmp_path_factory.mktemp("k"), Limits(scratch_files=FILES, cpu_seconds=30)) as (start, box):
        assert box.server, box.why_no_server
        yield start


@pytest.mark.parametrize("end", ENDS)
@BOTH
def test_the_end_of_a_kernel_is_seen_at_once(start, way, end):
    kernel = start(way)
    source, status = ENDS[end]
    assert kernel.seconds_to_end(source) is not None
    if way == FORKED and status is not None:
        assert kernel.process.returncode == status


@BOTH
def test_the_limit_of_processor_time_ends_a_kernel(tmp_path, way):
    with boxed_kernels(tmp_path, Limits(cpu_seconds=2)) as (start, _):
        kernel = start(way)
        ignore = "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass"
        assert kernel.seconds_to_end(ignore) is not None


@BOTH
def test_an_interrupt_stops_a_cell_and_the_kernel_goes_on(start, way):
    kernel = start(way)
    kernel.run("kept = 5")
    kernel.kc.execute("while True: pass", stop_on_error=False)
    time.sleep(0.5)
    began = time.monotonic()
    kernel.km.interrupt_kernel()
    assert kernel.run("print(kept)") == ("5", [])
    assert time.monotonic() < began + 10


@BOTH
def test_two_kernels_run_at_the_same_time(start, way):
    first, second = start(way), start(way)
    first.run("value = 1")
    second.run("value = 2")
    assert first.run("print(value)") == ("1", []) and second.run("print(value)") == ("2", [])
    assert first.process.pid != second.process.pid
    first.stop()
    assert not psutil.pid_exists(first.process.pid)
    assert second.run("print(value + 1)") == ("3", [])


def test_a_forked_kernel_ends_with_its_connection(start):
    kernel = start(FORKED)
    running = psutil.Process(kernel.process.pid)
    supervisor = running.parent()
    kernel.process.connection.shutdown(socket.SHUT_RDWR)  # as if this process had died
    gone, alive = psutil.wait_procs([running, supervisor], timeout=10)
    assert alive == []


def test_a_forked_kernel_ends_with_its_supervisor(start):
    kernel = start(FORKED)
    running = psutil.Process(kernel.process.pid)
    running.parent().kill()
    assert psutil.wait_procs([running], timeout=10)[1] == []
    assert not kernel.is_alive()


@BOTH
def test_what_a_kernel_writes_to_its_records_file_survives_it(start, way, tmp_path):
    kernel = start(way, tmp_path)
    (tmp_path / "records.jsonl").write_text("earlier\n")
    write = "import os\ndef put(text): os.write(int(os.environ['CS231N_RECORDS']), text)\nput(b'one\\n')"
    assert kernel.run(write) == ("", [])
    assert kernel.seconds_to_end("put(b'two\\n'); os._exit(0)") is not None
    assert (tmp_path / "records.jsonl").read_text() == "earlier\none\ntwo\n", "it appends"


@BOTH
def test_a_records_file_is_private_and_limited(start, way, tmp_path):
    text, errors = start(way, tmp_path).run(
        "import os\ntry:\n    while True: os.write(int(os.environ['CS231N_RECORDS']), bytes(2**20))\n"
        "except OSError as error: print(error.errno)"
    )
    assert (text, errors) == ("27", []), "EFBIG"
    status = (tmp_path / "records.jsonl").stat()
    assert status.st_size <= Limits().file_size and stat.S_IMODE(status.st_mode) == 0o600


@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm"])
def test_a_forked_kernel_can_make_so_many_files_and_no_more(start, folder):
    make = f"import os\ntry:\n    for k in range(10**5): os.close(os.open('{folder}/%d' % k, os.O_CREAT))\n"
    text, errors = start(FORKED).run(make + "except OSError as error: print(error.errno, k)")
    assert errors == [] and text.split()[0] == "28", "ENOSPC"
    assert FILES - 20 <= int(text.split()[1]) <= FILES, "IPython's own files count, too"
    filled = f"\ntry:\n    for k in range(8): open('{folder}/big%d' % k, 'wb', 0).write(bytes(2**24 - 1))\n"
    text, errors = start(FORKED).run(filled + "except OSError as error: print(error.errno, k)")
    assert (text, errors) == ("28 4", []), "64 MB"


@BOTH
def test_installed_modules_that_differentiate_are_hidden(start, way):
    assert importlib.util.find_spec("autograd"), "the tests' environment has it"
    tries = "import importlib, os, sys\nfor name in NAMES:\n    try:\n        importlib.import_module(name)\n"
    tries += (
        "        print(name)\n    except ModuleNotFoundError as error:\n        assert error.name == name, error.name\n"
    )
    tries += "print([path for path in sys.path if os.path.exists(path + '/autograd/core.py')])"
    names = [*HIDDEN_MODULES, "autograd"]
    assert start(way).run(f"NAMES = {names}\n{tries}") == ("[]", [])
    assert not any(is_there(name) or is_there(name + ".numpy") for name in HIDDEN_MODULES)
    assert is_there("numpy.linalg")


@BOTH
@pytest.mark.parametrize(
    "source, wall, said",
    [
        ("while True: pass", 100, "it used more than 1 seconds of processor time"),  # also on a busy machine
        ("import time; time.sleep(60)", 4, "it took longer than 4 seconds"),
    ],
)
def test_a_cell_has_a_limit_of_processor_time_and_one_of_wall_time(start, way, monkeypatch, source, wall, said):
    monkeypatch.setattr(watchdog, "LIMITS", Limits(cell_seconds=1))
    monkeypatch.setattr(watchdog, "WALL", wall)
    kernel, began = start(way), time.monotonic()
    with pytest.raises(watchdog.GivenUp, match=said), watchdog.watch_cell(kernel):
        kernel.kc.execute(source)
        while True:
            watchdog.get_message(kernel, "iopub")
    assert time.monotonic() > began + (1 if wall == 100 else 4)


@BOTH
def test_a_kernel_with_too_many_threads_or_files_is_ended(start, way, monkeypatch):
    monkeypatch.setattr(watchdog, "LIMITS", Limits(threads=50, scratch_files=FILES // 2))
    threads = "import threading\nfor _ in range(60): threading.Thread(target=threading.Event().wait).start()\n"
    files = f"import os\nfor k in range({FILES // 2 + 5}): os.close(os.open('/tmp/%d' % k, os.O_CREAT))\n"
    for source, said in ((threads, "too many threads"), (files, "too many files")):
        kernel = start(way)
        with pytest.raises(watchdog.GivenUp, match=said), watchdog.watch_cell(kernel):
            kernel.kc.execute(source + "import time; time.sleep(20)")
            while True:
                watchdog.get_message(kernel, "iopub")
        assert not kernel.is_alive()


@BOTH
def test_a_quick_cell_with_too_many_files_gets_the_blame_itself(start, way, monkeypatch):
    kernel = start(way)
    monkeypatch.setattr(watchdog, "LIMITS", Limits(scratch_files=30))
    assert watchdog.find_late_fault(kernel) is None
    kernel.run("import os\nfor k in range(40): os.close(os.open('/tmp/%d' % k, os.O_CREAT))")
    assert str(watchdog.find_late_fault(kernel)) == "too many files"
    assert kernel.process.wait(10) is not None


def test_a_forked_kernel_has_imported_everything_before_it_starts(start):
    text, errors = start(FORKED).run(
        "import gc, sys\nprint(gc.get_freeze_count() > 10**4, 'cs231n.solver' in sys.modules)"
    )
    assert (text, errors) == ("True True", [])
