"""Checks of arguments: a wrong argument raises an error before a function begins, so it never gives a wrong number.

The functions of the library contain no checks; they stay as short as a student would write them. Instead, one line at
the end of a module puts the checks in front of its functions::

    guards.guard(globals(), layer_checks.LAYERS)

After this line, ``layers.affine_forward`` first calls the check of that name. Then it calls the layer itself, with the
arguments that the check returns. ``inspect.getsource`` and ``inspect.unwrap`` still give the layer itself.

The modules:

- ``mechanism.py``: `guard` puts a check in front of a function; `trusted` leaves the checks out inside a block.
- ``conditions.py``: what all checks are built from, such as "an array of real numbers" and "of this shape".
- ``layers.py``, ``optim.py``, ``gradients.py``: one check for each function of ``layers.py`` and ``layer_utils.py``, of
  ``optim.py``, and of ``gradient_check.py``.
- ``networks.py``: the settings and batches of `FullyConnectedNet`.
- ``caches.py``: what a cache remembers beyond its parts, and the shapes of the parameters' gradients.
- ``models.py``: what `Solver` and `grad_check_network` ask of a model.

An installed answer of a student replaces the guarded function, and then nothing is checked in front of it. So
`FullyConnectedNet` checks its batch itself, by `check_finite` and `check_batch`.

Rules for the whole library:

- Integers and booleans are converted to float64. (NumPy would wrap around: ``uint8`` 3 - 5 is 254, and the product of
  booleans is a logical "and".) float16 is converted to float32: its largest number is 65504, so the variance of numbers
  near 1e4 would be infinite and a normalized batch would be 0. Other float arrays are used unchanged, even if they are
  read-only or not contiguous.
- Layers do not look for NaN. It passes through them, so that its origin can be found. But `FullyConnectedNet` looks for
  NaN once per batch, since a single NaN would spoil the running statistics for good.
- Checks in every training step are cheap: they compare shapes, dtypes and settings. They read only the N labels and,
  once per step, the data.
- What broadcasts to the right numbers is right: a bias of shape (1, M), a gamma that is one number. Its gradient has
  the same shape.
- An unknown key in a dictionary of settings is never ignored silently, since a misspelt setting would have its default
  value. An update rule refuses it; a layer, which may get a student's own keys as in CS231n, warns once.
"""

from .conditions import (
    as_examples,
    as_whole_number,
    check_labels,
    is_array,
    is_batch_for,
    is_usual_bn_param,
    want_mode,
    want_shape,
)
from .mechanism import guard, guard_function, trusted
from .models import Model, check_model, find_bn_params, want_checkable
from .networks import (
    CheckedCache,
    as_network_inputs,
    check_batch,
    check_finite,
    check_network_settings,
    translate_older_names,
)

__all__ = [
    "CheckedCache", "Model", "as_examples", "as_network_inputs", "as_whole_number", "check_batch", "check_finite",
    "check_labels", "check_model", "check_network_settings", "find_bn_params", "guard", "guard_function",
    "is_array", "is_batch_for", "is_usual_bn_param", "translate_older_names", "trusted", "want_checkable",
    "want_mode", "want_shape",
]  # fmt: skip
