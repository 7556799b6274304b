"""The tasks of the course: which function, where it is asked for, and where the library keeps it."""

from dataclasses import dataclass

NOTEBOOKS = ("01_softmax_gradient.ipynb", "02_batchnorm_backward.ipynb", "03_batchnorm_comparison.ipynb")


@dataclass(frozen=True)
class Task:
    """One function that a student writes.

    Attributes:
        number: such as ``"2.1"``: the notebook, and the place in it.
        name: the function's name, in the notebook and in the library.
        module: the library module that holds it and whose attribute an installed answer replaces.
        section: the number of the notebook's section that derives it and asks for it.
    """

    number: str
    name: str
    module: str
    section: int

    @property
    def notebook(self):
        """File name of the notebook that asks for the function."""
        return NOTEBOOKS[int(self.number.split(".")[0]) - 1]

    @property
    def place(self):
        """Where to go for it, as the end of a sentence: the notebook and the section."""
        return f"{self.notebook}, section {self.section}"


TASKS = {
    task.name: task
    for task in (
        Task("1.1", "softmax", "cs231n.layers", 3),
        Task("1.2", "softmax_jacobian", "cs231n.layers", 4),
        Task("1.3", "softmax_loss", "cs231n.layers", 5),
        Task("1.4", "numerical_gradient", "cs231n.gradient_check", 8),
        Task("1.5", "affine_backward", "cs231n.layers", 9),
        Task("1.6", "relu_backward", "cs231n.layers", 9),
        Task("2.1", "batchnorm_forward", "cs231n.layers", 2),
        Task("2.2", "batchnorm_backward_staged", "cs231n.layers", 5),
        Task("2.3", "batchnorm_backward", "cs231n.layers", 6),
        Task("2.4", "batchnorm_backward_alt", "cs231n.layers", 8),
        Task("3.1", "affine_bn_relu_forward", "cs231n.layer_utils", 1),
        Task("3.2", "affine_bn_relu_backward", "cs231n.layer_utils", 1),
        Task("3.3", "adam", "cs231n.optim", 3),
        Task("3.4", "steps_to_reach", "cs231n.experiments", 4),
    )
}
