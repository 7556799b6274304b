"""Known mistakes in the backward passes of batch norm. `catalogue` explains the table.

The staged version, the formulas and the closed form share the names of mistakes and the sentences.
"""

from .batchnorm_backward_closed_form import CLOSED_FORM
from .batchnorm_backward_formulas import FORMULAS
from .batchnorm_backward_staged import STAGED
from .mistake import Table

TABLE: Table = {
    "batchnorm_backward_staged": STAGED,
    "batchnorm_backward": FORMULAS,
    "batchnorm_backward_alt": CLOSED_FORM,
}
