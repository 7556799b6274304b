"""The properties of adam."""

import numpy as np

from ..cases.differences import require_same
from .property import Answer, Property, float32, shapes, unchanged, values


def _fresh_config(answer: Answer) -> None:
    """Two parameters that both start without a config must not share their memory."""
    w, dw = np.ones(3), np.full(3, 0.5)
    first, _ = answer.function(w.copy(), dw.copy())
    second, _ = answer.function(w.copy(), dw.copy())
    require_same(second, first, "a second parameter's first step")


PROPERTIES: dict[str, list[Property]] = {
    "adam": [
        shapes("next_w has the shape of w", "adam_default"),
        values("three steps from nothing, with the default settings", "adam_default"),
        values("four steps with other settings, config carried along", "adam_sequence"),
        values("a step that goes on from given m, v and t", "adam_resumed", only=("next_w",)),
        values("config holds the new m, v and t", "adam_resumed", only=("m", "v", "t")),
        Property("two parameters do not share their memory", _fresh_config),
        float32("parameters in float32", "adam_sequence"),
        unchanged("w and dw are left as they were", "adam_default", "adam_sequence"),
    ],
}
