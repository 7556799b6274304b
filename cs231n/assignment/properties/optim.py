"""The properties of adam."""

from typing import Any

import numpy as np

from ..cases import stored
from ..cases.differences import Differs, require_array, require_same
from ..cases.recorded import to_array
from .property import Answer, Property, float32, unchanged, values


def _shape_of_w(answer: Answer) -> None:
    results, w = answer.results("adam_default"), stored.inputs("adam_default")["w"]
    require_array(results.got["next_w"][0], w, "next_w")
    require_array(results.got["next_w"], results.want["next_w"], "next_w", results)


def _fresh_config(answer: Answer) -> None:
    """Two parameters that both start without a config must not share their memory. w is 0, so next_w is the step."""
    first, second = (to_array(answer.outputs(f"adam_fresh/{turn}")["next_w"]) for turn in ("first", "second"))
    assert first is not None and second is not None  # name_outputs refuses anything else
    if np.array_equal(first, second, equal_nan=True):  # wrong numbers are told by other properties
        return
    scale = np.max(np.abs(first), initial=0.0) or 1.0
    require_same(second / scale, first / scale, "a second parameter's first step")


def _new_moments(answer: Answer) -> None:
    """config holds the new m, v and t. If other keys are there instead, they are named."""
    results = answer.results("adam_resumed")
    config = answer.call("adam_resumed").returned.items[0].items[1].items
    others = [key for key in config if key not in KNOWN_KEYS]
    for name in ("m", "v", "t"):
        try:
            require_same(results.got[name], results.want[name], name, results=results)
        except Differs:
            if not others:
                raise
            keys = ", ".join(f'"{key}"' for key in others)
            message = f'config["{name}"] is not the new {name}. Your config also has {keys}: are the new values there?'
            raise Differs(message) from None
    _settings_kept(config)


def _settings_kept(config: dict[Any, Any]) -> None:
    """The settings are in config after a step as they were before it: the next step needs them."""
    for name, given in stored.inputs("adam_resumed").items():
        if name not in SETTINGS:
            continue
        if name not in config:
            raise Differs(f'config has no "{name}" after the step, though it had one before: the next step needs it')
        got = to_array(config[name])
        if got is None or got.shape != () or not np.isclose(got, given):
            text = f"{float(got):.4g}" if got is not None and got.shape == () else "something else"
            raise Differs(f'the step changes config["{name}"] from {float(given):.4g} to {text}: a setting has to stay')


SETTINGS = ("learning_rate", "beta1", "beta2", "epsilon")
KNOWN_KEYS = (*SETTINGS, "m", "v", "t")
PROPERTIES: dict[str, list[Property]] = {
    "adam": [
        Property("next_w has the shape of w", _shape_of_w, essential=True),
        values("three steps from nothing, with the default settings", "adam_default"),
        values("four steps with other settings, config carried along", "adam_sequence"),
        values("a step that goes on from given m, v and t", "adam_resumed", only=("next_w",)),
        Property("config holds the new m, v and t", _new_moments),
        values("two parameters in turn, each with its own config", "adam_two"),
        Property("two parameters do not share their memory", _fresh_config),
        float32("parameters in float32", "adam"),
        unchanged("w and dw are left as they were", "adam_default", "adam_sequence"),
    ],
}
