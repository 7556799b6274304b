"""One update of all of a model's parameters by a rule of `optim`, the fastest way that gives the rule's numbers."""

from typing import Any

import numpy as np

from . import optim, shortcuts
from .validation import checks_optim

Arrays = dict[str, np.ndarray]
SETTINGS = ("learning_rate", "beta1", "beta2", "epsilon", "t")


class Update:
    """Updates a model's parameters, all of them at every call.

    In general it calls the rule for one parameter after the other. Adam is special: called two dozen times per step
    it would spend more time on making arrays than on arithmetic. So where the rule is the library's own `optim.adam`,
    and all parameters have one dtype and the same settings, they become views of one vector, Adam's memory too, and
    `shortcuts.adam_in_place` goes over all of it at once, with the same results to the bit.

    Nothing of that shows: the dictionaries stay what they are, any entry of them may be replaced between two calls,
    and an array that was in one of them before the first call is never written to. From the second call on
    the parameters are written to in place, so copy what you want to keep of them.

    >>> params, configs = {"w": np.zeros(2), "b": np.zeros(1)}, {"w": {}, "b": {}}
    >>> update = Update("adam", params)
    >>> for _ in range(3):
    ...     update(params, {"w": np.array([5.0, -5.0]), "b": np.ones(1)}, configs)
    >>> params["w"].round(5), configs["w"]["t"]
    (array([-0.003,  0.003]), 3)
    """

    def __init__(self, rule: str, params: Arrays) -> None:
        """
        Arguments:
            rule: the name of a function in `optim`; looked up at every call, so that an installed answer is used.
            params: the parameters by name; those of all calls are to have their names, shapes and dtypes.
        """
        self.rule = rule
        self.kinds = {name: (np.shape(w), np.asarray(w).dtype) for name, w in params.items()}
        dtypes = {dtype for _, dtype in self.kinds.values()}
        # One vector has one dtype; and float16 is not for it: the rules compute as float32 there.
        self._flat = _Flat(self.kinds, *dtypes) if len(dtypes) == 1 and min(dtypes).itemsize > 2 else None

    def __call__(self, params: Arrays, grads: Arrays, configs: dict[str, dict[str, Any]]) -> None:
        """
        Arguments:
            params: the parameters; each is given its next value.
            grads: their gradients, of the same shapes.
            configs: per parameter, the rule's settings and memory; brought up to date.

        Raises:
            ValueError, TypeError: what the rule raises.
        """
        if self.rule == "adam" and self._flat is not None and shortcuts.own_adam():
            if self._flat.step(params, grads, configs):
                return
        rule = getattr(optim, self.rule)
        for name, (_, dtype) in self.kinds.items():
            w, configs[name] = rule(np.asarray(params[name], dtype), grads[name], configs[name])
            params[name] = np.asarray(w, dtype)


class _Flat:
    """All parameters as views of one vector, and Adam's memory as views of two more."""

    def __init__(self, kinds: dict[str, tuple[tuple[int, ...], np.dtype]], dtype: np.dtype) -> None:
        sizes = [int(np.prod(shape)) for shape, _ in kinds.values()]
        self.dtype = dtype
        self.w, self.m, self.v, *self.spare = np.zeros((5, sum(sizes)), dtype)
        self.views: dict[str, tuple[np.ndarray, ...]] = {}  # by name: of the parameter, of m and of v
        for (name, (shape, _)), end, size in zip(kinds.items(), np.cumsum(sizes), sizes):
            self.views[name] = tuple(vector[end - size : end].reshape(shape) for vector in (self.w, self.m, self.v))

    def step(self, params: Arrays, grads: Arrays, configs: dict[str, dict[str, Any]]) -> bool:
        """Adam's next step, if one pass over all parameters can do it; else nothing, and False.

        The first step is never one: `optim.adam` fills in its defaults then. Nor is any with something unusual in it,
        which the rule is to look at by itself, and perhaps to refuse.
        """
        rate, beta1, beta2, epsilon, t = settings = [next(iter(configs.values())).get(key) for key in SETTINGS]
        replaced: list[str] = []  # since the last step, by somebody: a parameter, or its memory
        for name, (w, m, v) in self.views.items():
            config, dw = configs[name], grads[name]
            if (
                len(config) != 7 or config.get("learning_rate") != rate or config.get("t") != t
                or config.get("beta1") != beta1 or config.get("beta2") != beta2 or config.get("epsilon") != epsilon
                or not self._fits(dw, w)
            ):  # fmt: skip
                return False
            if params[name] is not w or config.get("m") is not m or config.get("v") is not v:
                if not all(self._fits(array, w) for array in (params[name], config.get("m"), config.get("v"))):
                    return False
                replaced.append(name)
        # NumPy's numbers would make it compute in float64.
        if not all(type(value) in (float, int) for value in settings):
            return False
        found: dict[str, Any] = dict(zip(SETTINGS, settings))
        try:
            checks_optim.RULES["adam"](w, dw, found)
        except (TypeError, ValueError):
            return False
        # Copies first: W2 and W3, say, may have been exchanged, and each is a view of the other's place.
        for name, arrays in [(name, self._copies(params, configs, name)) for name in replaced]:
            for view, array in zip(self.views[name], arrays):
                view[...] = array
            params[name], configs[name]["m"], configs[name]["v"] = self.views[name]
        found["t"] += 1
        shortcuts.adam_in_place(self.w, [grads[name] for name in self.views], self.m, self.v, found, self.spare)
        for config in configs.values():
            config["t"] = found["t"]
        return True

    @staticmethod
    def _copies(params: Arrays, configs: dict[str, dict[str, Any]], name: str) -> list[np.ndarray]:
        return [array.copy() for array in (params[name], configs[name]["m"], configs[name]["v"])]

    def _fits(self, array: Any, view: np.ndarray) -> bool:
        return type(array) is np.ndarray and array.dtype == self.dtype and array.shape == view.shape
