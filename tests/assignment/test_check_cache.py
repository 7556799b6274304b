"""A forward pass with another cache than the documented one: what check(), the library and progress() do."""

import inspect

import pytest

from cs231n import layers
from cs231n.assignment import check, progress, use_my_answers
from cs231n.assignment.check import report
from cs231n.assignment.saving import answer_files
from cs231n.assignment.saving.installed import list_backward_tasks
from cs231n.assignment.saving.stubs import DoesNotFit, stub_body
from cs231n.grading.mistakes.fingerprints import reference
from tests.helpers.answers import compiled, function_from

FORWARD = inspect.getsource(reference("batchnorm_forward"))
DOCUMENTED = "(x, gamma, beta, var, mu, x_hat, eps)"
SWAPPED, SHORT = "(x, gamma, beta, mu, var, x_hat, eps)", "(x, gamma, x_hat, eps)"
BACKWARD = list_backward_tasks("batchnorm_forward")
REFERENCES = {name: reference(name) for name in BACKWARD}  # taken now: the tests install other functions


def forward_source(cache):
    """The source of the reference's batchnorm_forward, but with another cache."""
    return f"{cache}".join(FORWARD.rsplit(DOCUMENTED, 1))


def notes_of(lines):
    return [line for line in lines if line.startswith("note")]


@pytest.mark.parametrize("cache", [SWAPPED, SHORT, "[x, gamma, beta, np.sqrt(var + eps), mu, x_hat, eps]", "None"])
@pytest.mark.parametrize("name", BACKWARD)
def test_right_backward_pass_is_not_blamed_for_the_cache_of_the_forward_pass(name, cache):
    forward = compiled(forward_source(cache), "batchnorm_forward")
    function = compiled(inspect.getsource(REFERENCES[name]), name, batchnorm_forward=forward)
    lines, failed = report(name, function)
    assert not failed
    (note,) = notes_of(lines)
    assert note.startswith(f"note  your {name} is right for the documented cache {DOCUMENTED}")
    assert "batchnorm_forward holds something else. See task 2.1" in note


@pytest.mark.parametrize("name", BACKWARD)
def test_wrong_backward_pass_still_fails_with_another_cache(name):
    forward = compiled(forward_source(SWAPPED), "batchnorm_forward")
    source = inspect.getsource(REFERENCES[name]).replace("x_hat, axis=0)", "x_hat, axis=0) * 2", 1)
    lines, failed = report(name, compiled(source, name, batchnorm_forward=forward))
    assert failed and not notes_of(lines)


@pytest.mark.parametrize(
    "cache, text",
    [
        (SWAPPED, "mu where the docstring says var, and var where the docstring says mu. A backward pass"),
        (DOCUMENTED.replace("var", "np.sqrt(var + eps)"), "the standard deviation where the docstring says var."),
        (DOCUMENTED.replace("var", "var + eps"), "your cache holds var + eps where the docstring says var."),
        (DOCUMENTED.replace("(x,", "(x - mu,"), "your cache holds x - mu where the docstring says x."),
        (SHORT, "your cache is not the documented"),
        (DOCUMENTED.replace("var", "None"), "your cache is not the documented"),
        ("{'x': x}", "tasks 2.2 to 2.4 have to unpack it as you packed it"),
        (DOCUMENTED, None),
        ("[x, gamma, beta, var[None], mu[None], x_hat, np.float64(eps)]", None),
    ],
)
def test_another_cache_is_a_note_and_not_a_failure(cache, text):
    lines, failed = report("batchnorm_forward", compiled(forward_source(cache), "batchnorm_forward"))
    assert not failed
    notes = notes_of(lines)
    assert len(notes) == (text is not None) and all(text in note for note in notes)


@pytest.fixture
def release(saved, monkeypatch):
    """A library as in a release: stubs for the four functions of notebook 2."""
    for name in ("batchnorm_forward", *BACKWARD):
        namespace = {}
        exec(f"def {name}(*arguments):\n{stub_body(name)}", namespace)
        monkeypatch.setattr(layers, name, namespace[name])
    return saved


def checked(name, source, folder, capsys):
    """Check an answer that passes, and return what is printed as one line."""
    capsys.readouterr()
    check(function_from(source, name, folder))
    return " ".join(capsys.readouterr().out.split())


def progress_of(name, capsys):
    """The line of a task in the table of progress(), and the last line."""
    capsys.readouterr()
    progress()
    lines = capsys.readouterr().out.splitlines()
    return next(line for line in lines if f"   {name}   " in line.replace("  ", "   ")), lines[-1]


@pytest.mark.parametrize("forward_first", [True, False])
def test_in_a_release_every_message_about_a_pair_that_does_not_fit_is_true(release, tmp_path, capsys, forward_first):
    backward, forward = inspect.getsource(REFERENCES["batchnorm_backward"]), forward_source(SWAPPED)
    steps = [("batchnorm_forward", forward), ("batchnorm_backward", backward)]
    texts = [checked(*step, tmp_path, capsys) for step in (steps if forward_first else steps[::-1])]
    assert not any("the library's" in text or "keeps its own" in text for text in texts)
    if forward_first:
        assert texts[1].endswith(
            "saved in my_answers/batchnorm_backward.py; the library does not run on it: "
            "yours cannot read the cache of your batchnorm_forward: see task 2.1"
        )
    else:
        assert texts[1].endswith(
            "the library now runs on your batchnorm_forward note it does not run on your batchnorm_backward, "
            "which cannot read the cache of this batchnorm_forward"
        )
    assert layers.batchnorm_forward.__code__.co_filename == str(release / "batchnorm_forward.py")
    with pytest.raises(DoesNotFit, match="^task 2.3, batchnorm_backward: yours cannot read the cache of your"):
        layers.batchnorm_backward(None, None)
    use_my_answers()
    lines = capsys.readouterr().out.splitlines()
    assert "batchnorm_forward: yours" in lines
    assert (
        "batchnorm_backward: saved, but not used: yours cannot read the cache of your batchnorm_forward: see task 2.1"
        in lines
    )
    line, last = progress_of("batchnorm_forward", capsys)
    assert line.endswith("saved, but your backward passes cannot read its cache")

    text = checked("batchnorm_forward", FORWARD, tmp_path, capsys)  # mended
    assert text.endswith("saved in my_answers/batchnorm_forward.py; the library now runs on your batchnorm_forward")
    assert layers.batchnorm_backward.__code__.co_filename == str(release / "batchnorm_backward.py")
    assert progress_of("batchnorm_forward", capsys)[0].endswith("done, saved")


def test_task_that_calls_a_backward_pass_that_does_not_fit_says_why_it_stops(release, tmp_path, capsys):
    checked("batchnorm_forward", forward_source(SWAPPED), tmp_path, capsys)
    checked("batchnorm_backward", inspect.getsource(REFERENCES["batchnorm_backward"]), tmp_path, capsys)
    with pytest.raises(Exception, match="it needs batchnorm_backward, of task 2.3, batchnorm_backward: yours cannot"):
        check(reference("affine_bn_relu_backward"))
    assert answer_files.read().keys() == {"batchnorm_forward", "batchnorm_backward"}
