"""Tests that an answer which ends, hangs or floods its kernel loses its own points, and costs other answers nothing."""

import time

from tests.helpers.boxed import BOX_MARKS
from tests.helpers.hostile_run import lost, only, submission

pytestmark = BOX_MARKS


def answer(task, arguments, body):
    """The source of an answer with this hostile body."""
    return f'def {task}({arguments}):\n    """Hostile."""\n' + "\n".join(f"    {line}" for line in body.splitlines())


SWALLOWS = "import signal\nfor number in (2, 15):\n    signal.signal(number, signal.SIG_IGN)\n" + (
    "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
)
DIES = "import os\nos._exit(0)"
SEGFAULT = "import ctypes\nctypes.string_at(0)"
EXIT_HANGS = "import atexit, time, sys\natexit.register(time.sleep, 1000)\nsys.exit(0)"
SESSION = "kernel = get_ipython().kernel\nsession, pub = kernel.session, kernel.iopub_socket\n"
PARENT = SESSION + "parent = kernel.get_parent()\n"
THREADS = (
    "import threading\nthreading.stack_size(32768)\nwhile True: threading.Thread(target=threading.Event().wait).start()"
)
HALF_A_MESSAGE = """import zmq
context = zmq.Context.instance()
real = get_ipython().kernel.iopub_thread.socket
junk = bytes(3 * 2**20)
while True: real.send(junk, zmq.SNDMORE, copy=False)"""
NO_CONTENT = PARENT + (
    "import time\nreal = kernel.iopub_thread.socket\n"
    "frames = session.serialize(session.msg('display_data', {}, parent), ident=b'a')\n"
    'frames[-1] = b\'{"data": null, "metadata": 1}\'\nframes[2] = session.sign(frames[3:])\n'
    "kernel.iopub_thread.schedule(lambda: real.send_multipart(frames))\ntime.sleep(0.5)"
)
MIME = "application/x-cs231n-probe-numerical-gradient-1-plain"
LONG_DIGITS = PARENT + (
    "text = '\\n'.join('(2, 3) 1.%06de+00' % k for k in range(10**4))\n"
    "send = lambda: session.send(kernel.iopub_thread.socket, 'display_data', "
    f"{{'data': {{'{MIME}': text}}, 'metadata': {{}}}}, parent, ident=b'a')\n"
    "kernel.iopub_thread.schedule(send)"
)


def test_answers_that_hang_die_or_crash_cost_themselves_only(judge):
    reading = only(
        submission(
            softmax=answer("softmax", "x", EXIT_HANGS),
            softmax_jacobian=answer("softmax_jacobian", "p", DIES),
            affine_backward=answer("affine_backward", "dout, cache", SWALLOWS),
            relu_backward=answer("relu_backward", "dout, cache", SEGFAULT),
        ),
        1,
    )
    began = time.monotonic()
    verdict = judge.judge(reading)
    hostile = ("softmax", "softmax_jacobian", "affine_backward", "relu_backward")
    assert lost(verdict, judge, reading) == dict.fromkeys(hostile, 0)
    assert time.monotonic() - began < judge.limits.seconds + 30 and "kernel-stopped" in verdict.flags


def test_answers_that_flood_their_judge_cost_themselves_only(judge):
    reading = only(
        submission(
            softmax=answer("softmax", "x", NO_CONTENT),
            numerical_gradient=answer("numerical_gradient", "f, x, df=None, h=1e-6", LONG_DIGITS),
            affine_backward=answer("affine_backward", "dout, cache", THREADS),
            relu_backward=answer("relu_backward", "dout, cache", HALF_A_MESSAGE),
        ),
        1,
    )
    verdict = judge.judge(reading)
    hostile = ("softmax", "numerical_gradient", "affine_backward", "relu_backward")
    assert lost(verdict, judge, reading) == dict.fromkeys(hostile, 0)


HOOK = "import os\nget_ipython().events.register('pre_run_cell', lambda *a: os._exit(0))"
LATER = "import os, threading\nthreading.Timer(0.3, os._exit, [0]).start()\nimport time\ntime.sleep(0.25)"
CHATTER = """import threading
def chatter():
    while True: print('x' * 10**5)
threading.Thread(target=chatter, daemon=True).start()"""


def test_hooks_timers_and_threads_in_extra_cells_cost_the_answers_nothing(judge):
    reading = submission(first=[(1, HOOK), (2, LATER), (3, CHATTER)], last=[(1, "while True: pass")])
    verdict = judge.judge(reading)
    assert lost(verdict, judge, reading) == {}
    assert "judged-alone" in verdict.flags
