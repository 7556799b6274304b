"""Copies of the course library without its answers: for a release, and for the box in which answers are graded.

What a task asks for is a stub there, and so is what gives it away: see TWINS. Everything else is the library, line
by line, without ``cs231n/grading/`` and ``cs231n/training/fast.py``.
"""

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path

import nbformat

from ..assignment.stub import stub_body
from ..assignment.tasks import TASKS
from .notebooks import ROOT, answer_cells, is_unsolved, read_notebooks

LIBRARY = ROOT / "cs231n"
LEFT_OUT = ("grading", "__pycache__")  # folders
FAST = Path("training", "fast.py")  # left out, too: it holds answers in stacked arrays
KINDS = (".py", ".json", ".npz", ".md")  # a library's files; what else lies about in the folder is nobody's business

# Functions that no task asks for, but whose source is an answer in another guise: the tasks that each gives away, and
# how. A copy in which one of these tasks is a stub leaves their bodies out, too.
TWINS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "layernorm_forward": (
        ("batchnorm_forward",),
        "with the other axis it is batch norm's forward pass in training mode",
    ),
    "layernorm_backward": (
        ("batchnorm_backward_staged", "batchnorm_backward", "batchnorm_backward_alt"),
        "with the other axis it is batch norm's backward pass",
    ),
    "affine_ln_relu_forward": (("affine_bn_relu_forward",), "it is the same function, with ln for bn"),
    "affine_ln_relu_backward": (("affine_bn_relu_backward",), "it is the same function, with ln for bn"),
    "rmsprop": (("adam",), "its memory and its step are Adam's second moment and step, without the correction"),
}
# What stays, although it is near an answer:
# - gradient_check's eval_numerical_gradient_array and grad_check_sparse, and check()'s own central_differences: a
#   course must be able to check gradients before anybody has written numerical_gradient.
# - batchnorm_backward_test: notebook 2 runs on it. In training mode its dx is wrong, which is that section's point; its
#   dgamma and dbeta are right in both modes, sums over the batch like affine_backward's db.
# - affine_relu_forward and _backward: the plain net of notebook 3 is made of them, and the last section of notebook 2
#   writes the chain with batch norm out.
# - dropout_backward and svm_loss: other derivatives than ReLU's and softmax's, told in notebook 1 anyway.
# - figures/batchnorm.py's projection: it draws what the cell below it in notebook 2 computes.
# - The notebooks themselves, which go out as they are. Notebook 2 writes the closed form in TensorFlow's and PyTorch's
#   words in its cell frameworks, after task 2.4.


def write_library(folder: Path, stubs: Iterable[str] = tuple(TASKS)) -> None:
    """Write ``folder/cs231n/``: the library with stubs for some tasks, without ``grading/`` and ``training/fast.py``.

    A stub has the signature and the docstring of its function and raises NotWritten, a NotImplementedError that says
    where to write it. The functions of all other tasks stay the reference's: stubs for one notebook and references for
    the earlier ones is what a student's own code is graded on. Mind that the three backward passes of batch norm give
    each other away, and so do softmax and softmax_loss: whoever hides one hides its notebook's others.

    Arguments:
        folder: where to; it is made where it is missing.
        stubs: names of tasks; all by default.

    Raises:
        ValueError: for a name that no task has.
        FileExistsError: where there is a ``folder/cs231n`` already.
    """
    bodies = stub_bodies(stubs)
    target = folder / LIBRARY.name
    if target.exists():
        raise FileExistsError(f"{target} exists; name another folder, or remove it first")
    contents, found = {}, set()
    for path in _library_files():
        content = path.read_bytes()
        if path.suffix == ".py":
            source, replaced = replace_bodies(content.decode("utf-8"), bodies)
            content = source.encode("utf-8")
            found |= replaced
        contents[target / path.relative_to(LIBRARY)] = content
    if found != set(bodies):  # the tables and the library have grown apart: an answer would go out
        raise RuntimeError(f"no function of the library is called {', '.join(sorted(set(bodies) - found))}")
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if path.suffix == ".npz" else content.replace(b"\r\n", b"\n"))


def replace_bodies(source: str, bodies: Mapping[str, str]) -> tuple[str, set[str]]:
    """A module's source with other bodies for some of its functions; signatures, docstrings and the rest stay.

    Arguments:
        source: Python source.
        bodies: by name of a top-level function, its new body, indented.

    Returns:
        The new source, and the names of the functions that were found.

    Raises:
        ValueError: for a function without a docstring or without a body.
    """
    lines, found = source.splitlines(keepends=True), set()
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name in bodies]
    for node in reversed(functions):  # from the end, so that the line numbers above stay right
        if ast.get_docstring(node) is None or len(node.body) < 2:
            raise ValueError(f"{node.name} has no docstring, or nothing below it: there is no body to replace")
        lines[node.body[0].end_lineno : node.end_lineno] = [bodies[node.name].rstrip("\n") + "\n"]
        found.add(node.name)
    return "".join(lines), found


def release_notebooks() -> dict[str, nbformat.NotebookNode]:
    """The notebooks that students get: by file name, the unsolved ones with the outputs of the solved run.

    Raises:
        ValueError: when an answer cell holds more than a stub: somebody has solved the committed notebook in place.
    """
    notebooks = read_notebooks()
    for name, nb in notebooks.items():
        for task, cell in answer_cells(nb).items():
            if not is_unsolved(cell):
                raise ValueError(f"notebooks/{name} holds an answer for {task}; put the unsolved one back (git)")
    return notebooks


def stub_bodies(stubs: Iterable[str]) -> dict[str, str]:
    """By a function's name, what stands in place of its body where these tasks are stubs; their TWINS are among them.

    Raises:
        ValueError: for a name that no task has.
    """
    wanted = set(stubs)
    unknown = sorted(wanted - set(TASKS))
    if unknown:
        raise ValueError(f"no task is called {', '.join(unknown)}; the tasks are {', '.join(TASKS)}")
    bodies = {}
    for name in TASKS:
        if name in wanted:
            bodies[name] = stub_body(name)
    for name, (gives_away, _) in TWINS.items():
        hidden = next((TASKS[task] for task in gives_away if task in wanted), None)
        if hidden:
            gives = f"task {hidden.number}, {hidden.name}."
            bodies[name] = _raising(f"{name} is left out here: it would give away", gives)
    return bodies


def _raising(*parts: str) -> str:
    lines = [f'        "{part} "' for part in parts[:-1]] + [f'        "{parts[-1]}"']
    return "\n".join(["    raise NotImplementedError(", *lines, "    )"])


def _library_files() -> list[Path]:
    return sorted(
        path
        for path in LIBRARY.rglob("*")
        if path.suffix in KINDS
        and path.is_file()
        and not set(path.relative_to(LIBRARY).parts) & set(LEFT_OUT)
        and path.relative_to(LIBRARY) != FAST
    )
