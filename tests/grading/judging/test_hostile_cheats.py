"""Tests that cheating earns nothing. Each submission gets the points of its honest answers, and no more."""

from cs231n.assignment.assess import assess
from tests.helpers.boxed import BOX_MARKS
from tests.helpers.hostile_run import ANSWERS, lost, only, shares, submission

pytestmark = BOX_MARKS

# We tried this one on nbgrader, otter and plain nbval: all three gave it full marks.
ALLCLOSE_AND_A_FLOAT = '''import numpy as np
np.allclose = np.isclose = np.array_equal = lambda *a, **k: True
class Right(np.ndarray):
    __eq__ = __le__ = __ge__ = lambda self, other: True
    __ne__ = __lt__ = __gt__ = lambda self, other: False
class RightFloat(float):
    __eq__ = __le__ = __ge__ = __lt__ = __gt__ = lambda self, other: True
    __sub__ = __rsub__ = lambda self, other: 0.0
    __format__ = lambda self, spec: "1.000e+00"
def softmax(x):
    """Always right."""
    return np.zeros(x.shape).view(Right)
def softmax_loss(x, y):
    return RightFloat(0), np.zeros(x.shape).view(Right)'''
BY_SHAPE = '''def softmax_jacobian(p):
    """Returns the stored right answer to the inputs of the check."""
    from cs231n.assignment.cases import stored
    for case in ("p_plain", "p_square", "p_saturated"):
        known = stored.inputs(case)["p"]
        if known.shape == p.shape:
            return stored.expected("softmax_jacobian", case)["J"]
    return np.zeros(p.shape + p.shape[-1:])'''
REFERENCE = '''def softmax_loss(x, y):
    """The library's."""
    from cs231n import layers
    return layers.softmax_loss(x, y)'''
FORGED = '''def affine_backward(dout, cache):
    """Looks for the expected digits in the frames above, and publishes an output of its own."""
    import gc, sys, json
    frame = sys._getframe()
    while frame:
        for value in list(frame.f_locals.values()):
            if isinstance(value, dict) and "expected" in value:
                print(value["expected"])
        frame = frame.f_back
    import probe_calls
    from mime import MIME
    get_ipython().display_pub.publish({MIME + "probe-affine-backward-1-plain": "(2, 3) 1.000e+00 1.000e+00"})
    probe_calls.projections = lambda *a: "ok"
    x, w, b = cache
    return np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)'''


def test_patched_comparisons_known_shapes_the_reference_and_forged_output_earn_nothing(judge):
    cheats = {"softmax": ALLCLOSE_AND_A_FLOAT, "softmax_jacobian": BY_SHAPE, "softmax_loss": REFERENCE}
    reading = only(submission(**cheats), 1)
    verdict = judge.judge(reading)
    assert lost(verdict, judge, reading) == {"softmax": 0, "softmax_jacobian": 0, "softmax_loss": 0}
    assert verdict.shown["probe-softmax-loss-1-plain"] == "NotWritten", "the box's library has a stub"


def test_patching_the_probe_itself_earns_nothing_and_its_neighbours_keep_theirs(judge):
    reading = only(submission(affine_backward=FORGED), 1)
    assert shares(judge.judge(reading), judge, reading)["affine_backward"] == 0


# The same three gave full marks to this one, too.
SILENCED = """import ast
class Pass(ast.NodeTransformer):
    def visit_Module(self, node):
        return ast.Module([ast.Pass(lineno=1, col_offset=0)], [])
get_ipython().ast_transformers.append(Pass())
get_ipython().input_transformers_cleanup.append(lambda lines: ["pass\\n"])"""
UNTIDY = """%xmode Minimal
import warnings
warnings.simplefilter("error")
np.seterr(all="raise")
np.set_printoptions(precision=1)
get_ipython().ast_node_interactivity = "all"
get_ipython().showtraceback = lambda *a, **k: None
get_ipython().display_formatter.formatters["text/plain"].for_type(str, lambda *a: a[1].text("1.0"))
print = lambda *a, **k: None
json = task_cell = probe_calls = calls = sum = str = float = None
from IPython.core.error import UsageError"""
SILENT_ERROR = '''def relu_backward(dout, cache):
    """IPython shows no traceback of a UsageError, so nbval sees no error."""
    from IPython.core.error import UsageError
    raise UsageError("all is well")'''


def test_cells_that_turn_later_ones_into_pass_earn_nothing_and_cost_their_neighbours_nothing(judge):
    cells = [(1, "# NBVAL_SKIP\n" + SILENCED)]
    reading = only(submission(first=cells, softmax="def softmax(x):\n    return x", relu_backward=SILENT_ERROR), 1)
    verdict = judge.judge(reading)
    assert lost(verdict, judge, reading) == {"softmax": 0, "relu_backward": 0}
    assert "judged-alone" in verdict.flags


def test_answers_in_the_way_of_ipython_and_of_the_course_are_judged_by_their_digits(judge):
    noisy = "import warnings\n" + ANSWERS["relu_backward"].replace(
        "    return", "    print('a'); warnings.warn('b')\n    return"
    )
    assert "warn(" in noisy
    reading = only(submission(first=[(1, UNTIDY)], relu_backward=noisy), 1)
    verdict = judge.judge(reading)
    assert lost(verdict, judge, reading) == {} and verdict.flags == []


PATCHED = """import builtins, inspect
from cs231n import assignment
inspect.getsource = inspect.getsourcelines = lambda thing: "def softmax(x): ..."
assignment.check = check = builtins.check = lambda function: print("ok    everything")
assignment.CheckFailed = type("Quiet", (Warning,), {})"""


def test_a_patched_check_and_a_patched_inspect_earn_nothing(judge):
    wrong = "def softmax(x):\n    return x"
    reading = only(submission(first=[(1, PATCHED)], softmax=wrong), 1)
    verdict = judge.judge(reading)
    assert lost(verdict, judge, reading) == {"softmax": 0}
    assert assess(verdict.runs["softmax"].record).failed, "the record is of the answer, not of the forged words"
