"""Bad input is refused before the mathematics begins: by an error, never by a wrong number.

A layer's body stays what a student would write. Beside it, at the end of its module, stands one line::

    guards.guard(globals(), layer_checks.LAYERS)

From then on ``layers.affine_forward`` is a function that first calls the check of that name, and then the layer with
the arguments that the check returns. ``inspect.getsource`` and ``inspect.unwrap`` still give the layer itself.

The modules:

- ``mechanism.py``: `guard` puts a check in front of a function; `trusted` leaves the checks out inside a block.
- ``conditions.py``: what the checks are made of, such as "an array of real numbers" and "of this shape".
- ``layers.py``, ``optim.py``, ``gradients.py``: one check per function of ``layers.py`` and ``layer_utils.py``, of
  ``optim.py``, and of ``gradient_check.py``.
- ``models.py``: what a model must have, for `Solver` and `grad_check_network`.

A student's installed answer replaces the guarded function, so nothing is checked in front of it. That is why
`FullyConnectedNet` checks its batch itself, by `check_finite` and `check_batch`.

What is decided here, for all of the library:

- Integers and booleans are computed with as float64. (NumPy would wrap: ``uint8`` 3 - 5 is 254, and booleans multiply
  like logic.) float16 is computed with as float32: it ends at 65504, so the variance of numbers near 1e4 would be
  infinite and a normalized batch 0. Other float arrays, read-only and non-contiguous ones are taken as they are.
- NaN goes in and comes out: layers do not look for it, so that it can be traced. `FullyConnectedNet` does, once
  per batch, since one NaN would spoil the running statistics for good.
- On the way of every training step only shapes, dtypes and settings are compared; of the numbers only the N labels
  and, once per step, the data are looked at.
- A misspelt key in a dictionary of settings is an error: the default would be used instead, silently.
"""

from .conditions import (
    NUMBERS,
    SEQUENCES,
    as_examples,
    as_real_array,
    as_real_matrix,
    as_whole_number,
    check_batch,
    check_finite,
    check_labels,
    is_array,
    is_batch_for,
    is_usual_bn_param,
    want_entries,
    want_floating,
    want_keys,
    want_mode,
    want_number,
    want_parts,
    want_shape,
)
from .mechanism import Checks, guard, guard_function, trusted
from .models import Model, check_model, want_checkable

__all__ = [
    "NUMBERS", "SEQUENCES", "Checks", "Model", "check_batch", "check_finite", "check_model", "as_examples",
    "is_batch_for", "guard", "guard_function", "is_array", "is_usual_bn_param", "check_labels", "want_entries", "as_real_array", "as_real_matrix",
    "trusted", "want_checkable", "want_floating", "want_keys", "want_mode", "want_number", "want_parts", "want_shape",
    "as_whole_number",
]  # fmt: skip
