"""Run the course's commands in processes of their own: with Ctrl-C, and on a full disk."""

import os
import subprocess
import sys

from tests.helpers.paths import ROOT

# A limit on the size of files stands in for a full disk. The child may have inherited an ignored SIGINT, such as from a
# test run in the background, so it restores the default. SIGINT_AT names a module: importing it is when Ctrl-C comes.
CHILD = """
import os, runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
if limit := int(os.environ.get("LIMIT", 0)):
    import resource
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ.get("SIGINT_AT"):
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""


def start(module, *arguments, cwd=ROOT, limit=0, interrupt_at="", **settings):
    """Start ``python -m module`` with these arguments, as `CHILD` says. Return the process."""
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "LIMIT": str(limit), "SIGINT_AT": interrupt_at,
        "OPENBLAS_NUM_THREADS": "1",
    }  # fmt: skip
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **settings}
    command = [sys.executable, "-c", CHILD, module, *map(str, arguments)]
    return subprocess.Popen(command, cwd=cwd, env=environment, **settings)


def run(module, *arguments, **settings):
    """Run a command to its end. Return the exit code, stdout and stderr."""
    process = start(module, *arguments, **settings)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def assert_one_line(result, code, *words):
    """Assert that a command ended with this code, and with one line on stderr that has these words."""
    returned, _, err = result
    assert returned == code and len(err.splitlines()) == 1, (returned, err)
    assert "Traceback" not in err and "Exception ignored" not in err
    for word in words:
        assert word in err
