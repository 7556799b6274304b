"""Copy the course library without its answers, for a release and for the box in which answers are graded.

In the copy, the functions that tasks ask for are stubs. So are functions that give an answer away (TWINS). Everything
else is the same as in the library, line by line. ``cs231n/grading/`` and ``cs231n/training/fast.py`` are left out.
"""

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path

import nbformat

from ...assignment.actions import TASKS
from ...assignment.saving.stubs import stub_body
from .edition import LIBRARY, course_edition, list_released_files
from .notebooks import answer_cells, is_unsolved, read_notebooks

# No task asks for these functions, but their source gives answers away. For each: which tasks, and how. If one of these
# tasks is a stub in the copy, the function's body is left out as well.
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
    "batchnorm_backward_test": (
        ("batchnorm_backward_staged", "batchnorm_backward", "batchnorm_backward_alt"),
        "its dgamma and dbeta are those of training mode, too",
    ),
    "dropout_backward": (("relu_backward",), "with the mask x > 0 it is the same function"),
    "rmsprop": (("adam",), "its memory and its step are Adam's second moment and step, without the correction"),
}
# The following stays in the copy, although it is close to an answer:
# - eval_numerical_gradient_array and grad_check_sparse in gradient_check, and nudge, which judges steps: students need
#   gradient checks before they have written numerical_gradient.
# - affine_relu_forward and affine_relu_backward: the plain net of notebook 3 consists of them. Without the answers that
#   they call, they compute no gradient.
# - affine_forward: with dout and the transposed weights it gives affine_backward's dx, as any matrix product does.
# - The notebooks: they are handed out without their outputs, and otherwise unchanged.
# tests/course/test_nothing_pasted_earns.py offers every function of the copy as an answer. None may earn a point.


def write_library(folder: Path, stubs: Iterable[str] = tuple(TASKS)) -> None:
    """Write ``folder/cs231n/``: the library with stubs for some tasks, without ``grading/`` and ``training/fast.py``.

    A stub has the signature and the docstring of its function. It raises NotWritten, a NotImplementedError that says
    where to write the function. The functions of all other tasks are the reference's. Grading uses that: a student's
    code runs with stubs for its own notebook and references for the earlier ones. The three backward passes of batch
    norm give each other away, and so do softmax and softmax_loss. So pass all tasks of a notebook, not some of them.

    Arguments:
        folder: where to write. It is created if it is missing.
        stubs: names of the tasks whose functions become stubs. The default is all tasks.

    Raises:
        ValueError: if a name is not the name of a task.
        FileExistsError: if there is a ``folder/cs231n`` already.
        RuntimeError: if the library lacks a function that should become a stub.
    """
    bodies = stub_bodies(stubs)
    target = folder / LIBRARY.name
    if target.exists():
        raise FileExistsError(f"{target} exists; name another folder, or remove it first")
    contents, found = {}, set()
    for path in list_released_files():
        content = path.read_bytes()
        if path.suffix == ".py":
            source, replaced = replace_bodies(content.decode("utf-8"), bodies)
            content = source.encode("utf-8")
            found |= replaced
        contents[target / path.relative_to(LIBRARY)] = content
    if found != set(bodies):  # the tables do not fit the library: an answer could be handed out
        raise RuntimeError(f"no function of the library is called {', '.join(sorted(set(bodies) - found))}")
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if path.suffix == ".npz" else content.replace(b"\r\n", b"\n"))


def replace_bodies(source: str, bodies: Mapping[str, str]) -> tuple[str, set[str]]:
    """Replace the bodies of some functions in a module's source. Signatures, docstrings and the rest stay.

    Arguments:
        source: Python source.
        bodies: dictionary from the name of a top-level function to its new body, indented.

    Returns:
        source: the new source.
        found: the names of the functions that were found.

    Raises:
        ValueError: if a function has no docstring, or nothing below it.
    """
    if not any(f"def {name}(" in source for name in bodies):
        return source, set()
    lines, found = source.splitlines(keepends=True), set()
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name in bodies]
    for node in reversed(functions):  # from the end, so that the line numbers of those above stay right
        if ast.get_docstring(node) is None or len(node.body) < 2:
            raise ValueError(f"{node.name} has no docstring, or nothing below it: there is no body to replace")
        lines[node.body[0].end_lineno : node.end_lineno] = [bodies[node.name].rstrip("\n") + "\n"]
        found.add(node.name)
    return "".join(lines), found


def release_notebooks() -> dict[str, nbformat.NotebookNode]:
    """Read the notebooks that students get: unsolved, without outputs, with the course's edition in their metadata.

    Returns:
        The notebooks by file name.

    Raises:
        ValueError: if an answer cell holds more than a stub. Then somebody has solved the committed notebook in place.
    """
    notebooks = read_notebooks()
    for name, nb in notebooks.items():
        for task, cell in answer_cells(nb).items():
            if not is_unsolved(cell):
                raise ValueError(f"notebooks/{name} holds an answer for {task}; put the unsolved one back (git)")
        nb.metadata["cs231n"] = {"edition": course_edition()}
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
                cell.metadata.get("jupyter", {}).pop("outputs_hidden", None)
    return notebooks


def stub_bodies(stubs: Iterable[str]) -> dict[str, str]:
    """Make the bodies of the stubs for these tasks, and for the TWINS that give them away. Return them by function.

    Raises:
        ValueError: if a name is not the name of a task.
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
    """Write a function body that raises NotImplementedError with these parts as its message, a line each."""
    lines = [f'        "{part} "' for part in parts[:-1]] + [f'        "{parts[-1]}"']
    return "\n".join(["    raise NotImplementedError(", *lines, "    )"])
