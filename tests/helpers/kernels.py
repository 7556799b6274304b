"""Real Jupyter kernels that run cell by cell, as in a person's session or in an automated run."""

import os

from jupyter_client.manager import start_new_kernel

from tests.helpers.paths import ROOT


class Kernel:
    """A real IPython kernel. `run` runs a cell in it."""

    def __init__(self, environment, folder):
        self.manager, self.client = start_new_kernel(env=environment, cwd=str(folder))

    def run(self, source, interrupt_after=None, timeout=60):
        """Run a cell. Returns its text on stdout, and the lines of its traceback.

        The HTML that the cell shows is kept in `html`. With ``interrupt_after``, the cell is interrupted, as by
        the Stop button, once it has printed that text.
        """
        text, errors, self.html = [], [], []

        def collect(message):
            if message["msg_type"] == "display_data":
                self.html.append(message["content"]["data"].get("text/html", ""))
            if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                text.append(message["content"]["text"])
            if message["msg_type"] == "error":
                errors.extend(message["content"]["traceback"])
            if interrupt_after is not None and message["msg_type"] == "stream" and interrupt_after in "".join(text):
                self.manager.interrupt_kernel()

        self.client.execute_interactive(source, timeout=timeout, output_hook=collect)
        return "".join(text), errors

    def close(self):
        """End the kernel."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def environment_of(folder, automated):
    """The environment variables of a kernel, for an automated or a person's session, with its files in a folder."""
    machine = ("CS231N_AUTOMATED", "CI", "PYTEST_VERSION", "PYTEST_CURRENT_TEST")
    environment = {key: value for key, value in os.environ.items() if key not in machine}
    environment |= {"PYTHONPATH": str(ROOT), "CS231N_ANSWERS": str(folder / "my_answers")}
    environment |= {"IPYTHONDIR": str(folder / "ipython")}
    return environment | ({"CS231N_AUTOMATED": "1"} if automated else {})


def kernel_with(folder, automated):
    """A kernel in which the first cell of a notebook has run."""
    kernel = Kernel(environment_of(folder, automated), folder)
    kernel.run("import numpy as np\nfrom cs231n import layers\nfrom cs231n.assignment import check, use_my_answers")
    return kernel


SOFTMAX = '''
def softmax(x):
    """Mine."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
'''
RELU = "def relu_backward(dout, cache):\n    return np.where(cache > 0, dout, 0)\n"
