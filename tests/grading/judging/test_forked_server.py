"""Tests of the processes that fork kernels: what happens where they cannot be started, and when they or others end."""

import os
import subprocess
import sys

import psutil
import pytest

from cs231n.grading.judging.boxes import folders, kernel_server
from cs231n.grading.judging.boxes.box import Box, describe_isolation
from cs231n.grading.judging.boxes.kernel_server import NAMESPACES, ForkedKernel, NoKernel, serve_kernels
from tests.helpers.boxed import needs_box
from tests.helpers.boxed_kernels import FORKED, NEW, boxed_kernels
from tests.helpers.paths import ROOT

PLACE = "import os\nprint(os.path.exists('/connection/connection.json'), os.getpid())"
IS_FORKED, IS_NEW = ("True 1", []), ("False 2", [])


@needs_box
def test_both_ways_start_kernels_and_say_which_way_it_is(tmp_path):
    with boxed_kernels(tmp_path) as (start, box):
        assert start(FORKED).run(PLACE) == IS_FORKED and start(NEW).run(PLACE) == IS_NEW
        said = "\n".join(describe_isolation(box))
        assert "forked" in said and "slower" not in said


def bwrap_with(folder, line):
    """A program in place of bubblewrap: a shell script with this line, where ``$@`` are bubblewrap's options."""
    script = folder / "bwrap.sh"
    script.write_text(f"#!/bin/sh\n{line}\n")
    script.chmod(0o755)
    return str(script)


@needs_box
@pytest.mark.parametrize(
    "line, reason",
    [
        # what Ubuntu's AppArmor and some containers do
        ("exec bwrap --unshare-user --disable-userns \"$@\"", "unshare"),
        ("case \"$*\" in *zygote.py*) echo no zygote today >&2; exit 1;; esac; exec bwrap \"$@\"", "no zygote today"),
    ],
)  # fmt: skip
def test_where_kernels_cannot_be_forked_each_gets_a_new_box_and_the_reason_is_said(tmp_path, line, reason):
    options = subprocess.run(["bwrap", "--help"], capture_output=True, text=True)
    if "--disable-userns" in line and "--disable-userns" not in options.stdout + options.stderr:
        pytest.skip("bubblewrap 0.8 and later can forbid namespaces")
    folder = tmp_path / "k"
    folder.mkdir()
    with boxed_kernels(folder, bwrap=bwrap_with(tmp_path, line)) as (start, box):
        assert box.server is None and reason in box.why_no_server
        assert any("slower" in said and reason in said for said in describe_isolation(box))
        assert start(FORKED).run(PLACE) == IS_NEW


@needs_box
def test_a_kernel_that_shares_a_namespace_is_not_taken():
    own = kernel_server._find_open_walls(os.getpid())
    assert set(own) >= {f"the namespace {kind}" for kind in NAMESPACES}


@needs_box
def test_after_the_death_of_the_server_each_kernel_gets_a_new_box(tmp_path):
    others = psutil.Process().children(recursive=True)  # such as those of the judge that other tests share
    with boxed_kernels(tmp_path) as (start, box):
        first = start(FORKED)
        assert first.run(PLACE) == IS_FORKED
        mine = [child for child in psutil.Process().children(recursive=True) if child not in others]
        server = [process for process in mine if any("zygote.py" in part for part in process.cmdline())]
        server[0].kill()  # bubblewrap, with all that is in its box
        assert psutil.wait_procs(server, timeout=10)[1] == []
        assert not first.is_alive() and first.process.returncode == -9
        assert start(FORKED).run(PLACE) == IS_NEW


HOLDS_A_KERNEL = """
from cs231n.grading.judging.boxes.provisioner import register
from jupyter_client.manager import start_new_kernel
import time
register()
manager, client = start_new_kernel(kernel_name="forked", cwd=".")
client.execute("import signal\\nsignal.signal(15, signal.SIG_IGN)\\nwhile True: pass")
print(manager.provisioner.pid, flush=True)
time.sleep(1000)
"""


@needs_box
def test_a_kernel_ends_with_the_process_that_asked_for_it_and_the_server_goes_on(tmp_path):
    with boxed_kernels(tmp_path) as (start, _):
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", HOLDS_A_KERNEL]
        with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as holder:
            family = [psutil.Process(int(holder.stdout.readline()))]
            family.append(family[0].parent())
            assert all(process.is_running() for process in family)
            holder.kill()
            assert psutil.wait_procs(family, timeout=10)[1] == []
        assert start(FORKED).run(PLACE) == IS_FORKED


@needs_box
def test_no_process_is_left_after_the_context(tmp_path):
    before = psutil.Process().children(recursive=True)  # other tests of this process may have left some
    with boxed_kernels(tmp_path) as (start, _):
        start(FORKED)
        family = [child for child in psutil.Process().children(recursive=True) if child not in before]
        assert len(family) >= 4, "bubblewrap twice, the server, a supervisor, a kernel"
    assert psutil.wait_procs(family, timeout=10)[1] == []


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")
def test_a_server_that_is_not_there_is_no_kernel(tmp_path):
    with pytest.raises(NoKernel, match="No such file"):
        ForkedKernel(str(tmp_path / "nobody"), {}, [])


def test_without_bubblewrap_no_kernel_is_forked(tmp_path):
    with serve_kernels({"a": Box(str(tmp_path), None)}, tmp_path) as served:
        assert served["a"].server is None and "bubblewrap" in served["a"].why_no_server
        assert any("slower" in line for line in describe_isolation(served["a"]))


@needs_box
def test_a_python_under_tmp_is_visible_and_read_only_in_a_forked_kernel(tmp_path, monkeypatch):
    installed = tmp_path / "installed"
    installed.mkdir()
    (installed / "file").write_text("here")
    visible = [*folders.visible_folders(), str(installed)]
    assert str(installed).startswith("/tmp/"), "the test needs a folder in /tmp"
    monkeypatch.setattr(folders, "visible_folders", lambda: visible)
    folder = tmp_path / "k"
    folder.mkdir()
    look = f"print(open('{installed}/file').read())\nopen('{installed}/other', 'w')"
    with boxed_kernels(folder) as (start, box):
        assert box.server, box.why_no_server
        for way in (FORKED, NEW):
            text, errors = start(way).run(look)
            assert text == "here" and "Read-only file system" in errors[0]
