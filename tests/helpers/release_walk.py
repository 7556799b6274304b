"""Walk through the notebooks of an unpacked release, cell by cell in a real kernel, as a student does.

The kernel runs as for a person: no variable of CI or pytest is set, only the release is on the path, and answers are
saved in the release's own ``notebooks/my_answers/``.
"""

import os
import re
import zipfile
from functools import cached_property

import nbformat

from cs231n.assignment.actions import NOTEBOOKS, TASKS
from cs231n.grading.publishing.notebooks import reference_body, replace_body, task_of
from cs231n.grading.publishing.steps import fill_blanks, find_blanks, prediction_of, read_solutions, step_of
from tests.helpers.cell_names import find_reached
from tests.helpers.kernels import Kernel

MACHINE = (
    "CS231N_AUTOMATED", "CS231N_ANSWERS", "CI", "PYTEST_VERSION", "PYTEST_CURRENT_TEST", "PYTHONPATH", "MPLBACKEND",
)  # fmt: skip
QUIET = ("CheckFailed", "NotWritten", "NotYet", "DoesNotFit")  # errors that are shown as one line
TRAINED = [name for name in TASKS if name != "steps_to_reach"]  # the tasks on whose functions a training run may depend
# Cells that train for long in a loop of their own: what is replaced in them after the full run.
SHORTER = {"bias-drift": ("range(200)", "range(5)")}
# Notebook 3's own switch makes its runs short.
SWITCH = 'SHORT = sys.platform == "emscripten"', "SHORT = True"
# In the kernel: keep the state before each cell, and go back to it; answer a training run from an earlier, equal one,
# and so the numerical gradients that a cell asks for.
DRIVER = """
import importlib as _importlib, json as _json, numpy as _numpy, os as _os, shutil as _shutil, sys as _sys
_states, _runs, _short = {}, {}, False

def _keep(place):
    ours = {name for name in globals() if name.startswith("_")}
    names = {name: value for name, value in globals().items() if name not in ours}
    modules = {n: getattr(_importlib.import_module(m), n) for n, m in _tasks.items()} if "check" in globals() else {}
    _shutil.copytree(_answers, f"{_answers}-{place}", dirs_exist_ok=True) if _os.path.isdir(_answers) else None
    _states[place] = names, modules

def _back_to(place, walk):
    names, modules = _states[place]
    for name in [name for name in globals() if not name.startswith("_") and name not in names]:
        del globals()[name]
    globals().update(names)
    for name, function in modules.items():
        setattr(_importlib.import_module(_tasks[name]), name, function)
    folder = f"{_answers}-walk-{walk}"
    if _os.path.isdir(f"{_answers}-{place}"):
        _shutil.copytree(f"{_answers}-{place}", folder)
    _os.environ["CS231N_ANSWERS"] = folder

def _remember(module, name):
    original = getattr(module, name)
    def run(data, *arguments, **settings):
        key = name, float(data["X_train"].sum()), repr(arguments), repr(settings)
        if not _short or key not in _runs:
            _runs[key] = original(data, *arguments, **settings)
        return _runs[key]
    setattr(module, name, run)

class _Remembering:  # stands before a module: a numerical gradient of an equal function at the same place is kept
    def __init__(self, module):
        self._module = module
    def __getattr__(self, name):
        return getattr(self._module, name)
    def numerical_gradient(self, f, x, *others):
        compute, code = self._module.numerical_gradient, f.__code__
        if not _short:
            return compute(f, x, *others)
        value = repr(_numpy.asarray(f(x)).tolist())
        key = code.co_code, code.co_names, repr(code.co_consts), repr(others), x.tobytes(), value
        if key not in _runs:
            _runs[key] = compute(f, x, *others)
        return _runs[key].copy()
"""


def unpack(archive, folder):
    """Unpack a release as a student does. Return the folder of its notebooks."""
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    return folder / "course" / "notebooks"


def code_cells(notebooks, name):
    """Return the code cells of a notebook."""
    return [cell for cell in nbformat.read(notebooks / name, as_version=4).cells if cell.cell_type == "code"]


def checked(cell):
    """Return the task whose check cell this is, or None."""
    return (re.fullmatch(r"check\((\w+)\)", cell.source) or [None, None])[1]


def filled(cell, solutions):
    """Return a cell's source with its blank filled in: a task's body, a step's lines, a guess."""
    if task_of(cell):
        return replace_body(cell.source, reference_body(task_of(cell)))
    if step_of(cell):
        return fill_blanks(cell.source, solutions[step_of(cell)])
    if prediction_of(cell):
        return fill_blanks(cell.source, f'guess_{prediction_of(cell)} = "skip"')
    return cell.source


def make_short(cells):
    """Make the training runs of notebook 3 short, by its own switch. The cells are changed."""
    cell = next(cell for cell in cells if SWITCH[0] in cell.source)
    cell.source = cell.source.replace(*SWITCH)


def _shorten(cell):
    """Return a cell, or its shorter version."""
    if cell.id not in SHORTER:
        return cell
    long, short = SHORTER[cell.id]
    assert long in cell.source, f"{cell.id} does not have {long} any more"
    return nbformat.from_dict(cell | {"source": cell.source.replace(long, short)})


class Walk:
    """One notebook of a release, in one kernel. Use it as a context manager.

    Arguments:
        notebooks: the folder of the notebooks.
        name: the notebook's file name.
        short: whether the training runs of notebook 3 are short. Their outputs are then not the stored ones.
    """

    def __init__(self, notebooks, name, short=False):
        self.notebooks, self.name = notebooks, name
        self.cells = code_cells(notebooks, name)
        if short and name == NOTEBOOKS[2]:
            make_short(self.cells)

    def __enter__(self):
        environment = {key: value for key, value in os.environ.items() if key not in MACHINE}
        environment["IPYTHONDIR"] = str(self.notebooks.parent.parent / "ipython")
        environment["OPENBLAS_NUM_THREADS"] = "1"
        self.kernel = Kernel(environment, self.notebooks)
        return self

    def __exit__(self, *exception):
        self.kernel.close()

    @cached_property
    def solutions(self):
        return read_solutions()

    def run(self, cell, blank=False):
        """Run one cell. Return its text on stdout, and the last line of its error or None.

        A traceback of several lines counts as its last line with ``RAW:`` in front.
        """
        text, errors = self.kernel.run(cell.source if blank else filled(cell, self.solutions), timeout=300)
        lines = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(errors)).splitlines()
        if lines and (len(errors) > 1 or not lines[0].startswith(QUIET)):
            return text, "RAW: " + lines[-1]
        return text, lines[0] if lines else None

    def run_all(self, blank=lambda cell: False):
        """Run all cells from the top. Return dictionary from a cell's id to what `run` returns."""
        return {cell.id: self.run(cell, blank(cell)) for cell in self.cells}

    def blanks(self):
        """Return the numbers of the cells in which a student writes a task or a step."""
        return [i for i, cell in enumerate(self.cells) if task_of(cell) or step_of(cell)]

    def run_with_each_blank(self):
        """Run the notebook once in full, then again from every task and step on, with only that one left.

        After a step only the cells run again that its names reach, and the checks, which install answers: the others
        see what they saw in the full run. One more run leaves all predictions: what a missing guess can break, all
        missing guesses break.

        Returns:
            The errors of the full run, and a dictionary from the blank cell's id (or ``"guesses"``) to the errors of
            its run. Errors are a dictionary from a cell's id to the line.
        """
        do = self.kernel.run
        do(DRIVER + f"\n_tasks = { {name: task.module for name, task in TASKS.items()} }\n_answers = 'my_answers'")
        full = {}
        for i, cell in enumerate(self.cells):
            if i == 0 or i in self.blanks():
                do(f"_keep({i})")
            full[cell.id] = self.run(cell)
            if cell.id == "setup":
                do(
                    "from cs231n import experiments as _e\n_remember(_e, 'compare_nets')\n_remember(_e, 'sweep')\n"
                    "from cs231n import puzzles as _q\n_remember(_q, 'make_nets')\n"
                    "if 'gradient_check' in globals(): gradient_check = _Remembering(gradient_check)"
                )
        do("from cs231n import vis_utils as _v\n_v.show = lambda figure: None")  # drawing takes most of the time
        broken, sources = {}, [filled(cell, self.solutions) for cell in self.cells]
        checks = {number for number, cell in enumerate(self.cells) if checked(cell)}
        for i in self.blanks():
            do(f"_short = {task_of(self.cells[i]) not in TRAINED}\n_back_to({i}, {i})")
            again = find_reached(sources, i, checks) if step_of(self.cells[i]) else range(i, len(self.cells))
            cells = [self.cells[number] for number in again]
            broken[self.cells[i].id] = self._find_errors(cells, lambda cell, left=self.cells[i]: cell is left)
            if step_of(self.cells[i]):
                broken[self.cells[i].id] |= self._leave_each_line(self.cells[i], i)
        do("_short = True\n_back_to(0, 'guesses')")
        broken["guesses"] = self._find_errors(self.cells, lambda cell: prediction_of(cell) is not None)
        return {cell: error for cell, (_, error) in full.items() if error}, broken

    def _find_errors(self, cells, blank):
        return {cell.id: error for cell in cells if (error := self.run(_shorten(cell), blank(cell))[1])}

    def _leave_each_line(self, cell, place):
        """Run a step's cell with one of its several lines left, for each line. Return the errors."""
        blanks, lines = find_blanks(cell.source), filled(cell, self.solutions).splitlines()
        errors = {}
        for number in blanks if len(blanks) > 1 else ():
            one_left = [*lines[:number], cell.source.splitlines()[number], *lines[number + 1 :]]
            self.kernel.run(f"_back_to({place}, '{place}-{number}')")
            _, raw = self.kernel.run("\n".join(one_left))
            if raw and not raw[0].startswith(QUIET):
                errors[f"{cell.id}, line {number}"] = "RAW: " + raw[-1]
        return errors


def save_answers(notebooks, name, leave=()):
    """Answer and check the tasks of a notebook. Of its other cells only the first two run, which make that possible.

    Arguments:
        notebooks: the folder of the notebooks.
        name: the notebook's file name.
        leave: the tasks that are not answered.

    Returns:
        Dictionary from a cell's id to what `Walk.run` returns.
    """
    with Walk(notebooks, name) as walk:
        first = ("setup", "use-my-answers")
        walk.cells = [cell for cell in walk.cells if cell.id in first or task_of(cell) or checked(cell)]
        return walk.run_all(blank=lambda cell: task_of(cell) in leave)


def solve_earlier(notebooks, name):
    """Save right answers for all notebooks before this one, as a student who did them has."""
    for earlier in NOTEBOOKS[: NOTEBOOKS.index(name)]:
        seen = save_answers(notebooks, earlier)
        assert {cell: error for cell, (_, error) in seen.items() if error} == {}
