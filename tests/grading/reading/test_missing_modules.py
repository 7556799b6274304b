"""Test cells whose first lines fail in grading: what stands below them runs all the same."""

import pytest

from cs231n.grading.reading.missing_modules import is_there
from tests.helpers.reading_cases import (
    DEMO,
    FIRST_DEMO,
    ONE,
    TASKS_OF_ONE,
    about,
    answer,
    code,
    extras,
    find,
    insert_below,
    quiet,
    read,
    run,
    solved,
)

HELPER = "def helper(x):\n    return 1 * x"
USES = "def relu_backward(dout, cache):\n    return helper(dout) * (cache > 0)"
FIRST = {
    "Colab's drive": "from google.colab import drive",
    "Colab's drive, mounted": "from google.colab import drive\ndrive.mount('/content/drive')\nimport os",
    "Colab's files": "from google.colab import files\nuploaded = files.upload()\nnames = list(uploaded)",
    "Kaggle": "import kaggle_secrets as secrets\nkey = secrets.UserSecretsClient()",
    "a framework": "import no_such_framework.nn as nn, no_such_other\nnn.seed(0)",
    "a file of the student's own": "from my_utils import *",
    "the course's grader": "from cs231n.grading.judging import judge",
    "a shell command": "!pip install -q numpy",
    "a magic": "%cd /content/drive/MyDrive\n%load_ext no_such_extension",
    "both": "!pip install numpy\nimport no_such_framework\n%no_such_magic",
}


@pytest.mark.parametrize("kind", FIRST)
@pytest.mark.parametrize("where", ["a cell of its own", "the answer's cell"])
def test_a_helper_below_a_line_that_fails_is_kept(tmp_path, kind, where):
    nb = solved()
    if where == "the answer's cell":
        find(nb, "relu-backward")["source"] = f"{FIRST[kind]}\n\n{HELPER}\n\n{USES}"
    else:
        find(nb, "relu-backward")["source"] = USES
        insert_below(nb, DEMO, code(f"{FIRST[kind]}\n\n{HELPER}"))
    reading = read(tmp_path, nb)
    names = run(reading)
    assert names["relu_backward"](2.0, 1.0) == 2.0 and reading.answered == set(TASKS_OF_ONE)
    if "import" in FIRST[kind]:
        assert (
            about(reading, "is not there in grading", "the rest of the cell runs") and "missing-module" in reading.flags
        )


def test_an_import_that_lacks_a_name_does_not_take_the_helper_along(tmp_path):
    nb = solved()
    find(nb, "relu-backward")["source"] = USES
    insert_below(nb, DEMO, code(f"from cs231n.layers import no_such_layer\n\n{HELPER}"))
    assert run(read(tmp_path, nb))["relu_backward"](2.0, 1.0) == 2.0


def test_a_cell_that_only_mounts_a_drive_gives_no_remark(tmp_path):
    nb = insert_below(solved(), DEMO, code("from google.colab import drive\ndrive.mount('/content/drive')"))
    assert quiet(read(tmp_path, nb)) == ([], [])


def test_what_the_student_wrote_for_this_case_stays(tmp_path):
    source = "try:\n    import google.colab\n    here = True\nexcept ImportError:\n    here = False"
    later = "import no_such as np2\nimport numpy as np2\nzeros = np2.zeros(3)\nf = lambda: no_such"
    nb = insert_below(solved(), DEMO, code(source), code(later))
    reading = read(tmp_path, nb)
    assert source in extras(reading, ONE) and run(reading)["here"] is False and len(run(reading)["zeros"]) == 3


def test_an_answer_is_unchanged_if_all_modules_are_there(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = f"import numpy as np\nimport os.path, math, cs231n.layers\n\n{answer()}"
    reading = read(tmp_path, nb)
    assert quiet(reading) == ([], []) and "import os.path, math, cs231n.layers" in str(reading.notebooks[ONE])


@pytest.mark.parametrize("module", ["numpy", "numpy.linalg", "os.path", "sys", "matplotlib.pyplot", "cs231n.layers"])
def test_modules_that_are_there(module):
    assert is_there(module)


@pytest.mark.parametrize(
    "module", ["google.colab", "no_such", "numpy.no_such", "cs231n.grading.grade", "cs231n.no_such"]
)
def test_modules_that_are_not_there(module):
    assert not is_there(module)


def test_a_module_that_a_cell_of_the_notebook_writes_is_there(tmp_path):
    nb = insert_below(solved(), FIRST_DEMO, code("%%writefile my_helper.py\ndef shift(x):\n    return x"),
                      code("from my_helper import shift\nN = 3"), code("import my_other_helper\nM = 4"))  # fmt: skip
    reading = read(tmp_path, nb)
    assert any("from my_helper import shift" in source for source in extras(reading))
    assert not about(reading, "imports my_helper") and about(reading, "imports my_other_helper")
