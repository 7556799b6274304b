"""Test what answers may use of the course's own cells: imports and steps as the student wrote them, nothing else."""

import pytest

from tests.helpers.reading_cases import (
    DEMO,
    TWO,
    about,
    code,
    extras,
    find,
    insert_below,
    lose_names,
    quiet,
    read,
    run,
    solved,
    text,
)

USES_DEMO = "def softmax(x):\n    return np.array([softmax_of(row - row.max()) for row in x])"


def uses_demonstration(reading):
    return quiet(reading)[1] == ["uses-demonstration"]


def test_a_function_of_a_demonstration_is_not_lent_and_the_remark_names_it(tmp_path):
    nb = solved()
    find(nb, "softmax")["source"] = USES_DEMO
    reading = read(tmp_path, nb)
    (remark,), _ = quiet(reading)
    assert remark == (
        "Your answer for softmax uses softmax_of, which is in a demonstration cell of the course: an answer has to be "
        "your own code."
    )
    assert uses_demonstration(reading) and extras(reading) == []
    with pytest.raises(NameError, match="softmax_of"):
        names = run(reading)
        names["softmax"](names["np"].ones((1, 2)))


@pytest.mark.parametrize("helper", ["helper = lambda x: softmax_of(x)", "helper = softmax_of", "p = softmax_of(3)\n\n\n"
                                    "def helper(x):\n    return p"])  # fmt: skip
def test_a_helper_between_an_answer_and_a_demonstration_hides_nothing(tmp_path, helper):
    nb = insert_below(solved(), DEMO, code(helper))
    find(nb, "relu-backward")["source"] = "def relu_backward(dout, cache):\n    return helper(dout)"
    reading = read(tmp_path, nb)
    assert about(reading, "relu_backward uses softmax_of, which is in a demonstration") and uses_demonstration(reading)


@pytest.mark.parametrize("source", [
    "def softmax(x):\n    softmax_of = x\n    return softmax_of",  # a local name
    "def softmax(x, softmax_of=None):\n    return softmax_of",
    "def softmax(x):\n    return x.softmax_of",
    "def softmax_of(x):\n    return x\n\n\ndef softmax(x):\n    return softmax_of(x)",  # the student's own
    "def softmax(x):\n    'Not softmax_of.'\n    return [softmax_of for softmax_of in x]",
])  # fmt: skip
def test_a_name_of_ones_own_is_no_demonstrations(tmp_path, source):
    nb = solved()
    find(nb, "softmax")["source"] = source
    assert quiet(read(tmp_path, nb)) == ([], [])


def test_an_experiment_may_use_a_demonstration(tmp_path):
    nb = insert_below(solved(), DEMO, code("def mine(x):\n    return 2 * x\n\n\nprint(softmax_of(five))"))
    find(nb, "relu-backward")["source"] = "def relu_backward(dout, cache):\n    return mine(dout)"
    assert quiet(read(tmp_path, nb)) == ([], [])


def test_an_import_of_a_demonstration_goes_with_the_answer(tmp_path):
    nb = solved("03_batchnorm_comparison.ipynb")
    find(nb, "adam")["source"] = "def adam(w, dw, config=None):\n    return copy.deepcopy(w), config"
    reading = read(tmp_path, **{"03_batchnorm_comparison.ipynb": nb})
    assert quiet(reading)[1] == [] and extras(reading, "03_batchnorm_comparison.ipynb") == ["import copy"]
    assert run(reading, "03_batchnorm_comparison.ipynb")["adam"]([1], 0) == ([1], None)


@pytest.mark.parametrize("keeps_ids", [True, False])
@pytest.mark.parametrize("function", ["def to_probabilities(x):\n    return {}", "to_probabilities = lambda x: {}"])
def test_a_function_of_a_step_goes_with_the_answer_that_uses_it(tmp_path, function, keeps_ids):
    """The answer worked in the notebook, and check() saved it with this function."""
    nb = solved()
    cell = find(nb, "first-probabilities")
    _, calls = text(cell).split("\n\n\n")
    cell["source"] = function.format("np.exp(x) / np.exp(x).sum()") + "\n\n\n" + calls
    find(nb, "softmax")["source"] = (
        "def softmax(x):\n    return np.array([to_probabilities(row - row.max()) for row in x])"
    )
    reading = read(tmp_path, nb if keeps_ids else lose_names(nb))
    assert extras(reading) == [function.format("np.exp(x) / np.exp(x).sum()")]
    assert about(reading, "uses to_probabilities from a step", "as you wrote it") and quiet(reading)[1] == []
    namespace = run(reading)
    assert namespace["softmax"](namespace["np"].full((1, 2), 1000.0)).tolist() == [[0.5, 0.5]]


def test_a_function_of_a_step_that_the_student_did_not_change_is_the_courses(tmp_path):
    nb = solved(TWO)
    find(nb, "batchnorm-backward-alt")["source"] = "def batchnorm_backward_alt(dout, cache):\n    return loss_at(dout)"
    reading = read(tmp_path, **{TWO: nb})
    assert about(reading, "batchnorm_backward_alt uses loss_at, which is in a demonstration cell")
    assert uses_demonstration(reading) and extras(reading, TWO) == []
