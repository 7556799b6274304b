"""The properties of every task, collected from the other files of this folder."""

from . import batchnorm, experiments, layer_utils, layers, optim
from .property import Property

PROPERTIES: dict[str, list[Property]] = {
    task: properties
    for module in (layers, batchnorm, layer_utils, optim, experiments)
    for task, properties in module.PROPERTIES.items()
}


def properties_of(task: str) -> list[Property]:
    """The properties of a task, in the order in which they are tried and printed."""
    return PROPERTIES[task]
