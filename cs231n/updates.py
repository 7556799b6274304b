"""One update of all of a model's parameters by a rule of `optim`, the fastest way that gives the rule's numbers."""

import operator
from typing import Any

import numpy as np

from . import guards, optim
from .guards import optim as optim_checks

Arrays = dict[str, np.ndarray]
SETTINGS = ("learning_rate", "beta1", "beta2", "epsilon", "t")
SETTINGS_OF = operator.itemgetter(*SETTINGS)
ORIGINAL = guards.WrittenFrom([(optim, "adam")], "5a594e77035aff8e")  # who changes it changes adam_in_place, too
CHUNK = 2**17  # bytes of each vector: what Adam works on at a time stays in a processor's own cache


class Update:
    """Updates a model's parameters, all of them at every call.

    In general it calls the rule for one parameter after the other. Adam is special: called two dozen times per step
    it would spend more time on making arrays than on arithmetic. So where the rule is the library's own `optim.adam`,
    and all parameters have one dtype and the same settings, they become views of one vector, Adam's memory and the
    gradients too, and `adam_in_place` goes over all of it at once, with the same results to the bit.

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
        self.one_vector = rule == "adam" and len(dtypes) == 1 and min(dtypes).itemsize > 2
        self._flat: _Flat | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_flat": None}  # a copy's arrays are no views of one vector: it makes its own

    def flat(self, params: Arrays) -> "_Flat | None":
        """The vectors for one pass over a dictionary of parameters; None where it is one parameter after the other."""
        if not self.one_vector or not ORIGINAL.holds():
            return None
        if self._flat is None or self._flat.params is not params:  # another dictionary's arrays are left alone
            self._flat = _Flat(params, self.kinds)
        return self._flat

    def grads(self, params: Arrays) -> Arrays | None:
        """Arrays for the gradients of the next call, which writes over them; None where these have to be new ones."""
        flat = self.flat(params)
        return None if flat is None else flat.grads

    def __call__(self, params: Arrays, grads: Arrays, configs: dict[str, dict[str, Any]]) -> None:
        """
        Arguments:
            params: the parameters; each is given its next value.
            grads: their gradients, of the same shapes.
            configs: per parameter, the rule's settings and memory; brought up to date.

        Raises:
            ValueError, TypeError: what the rule raises.
        """
        flat = self.flat(params)
        if flat is not None and flat.step(grads, configs):
            return
        rule = getattr(optim, self.rule)
        for name, (_, dtype) in self.kinds.items():
            w, configs[name] = rule(np.asarray(params[name], dtype), grads[name], configs[name])
            params[name] = np.asarray(w, dtype)


def adam_in_place(w: np.ndarray, dw: np.ndarray, m: np.ndarray, v: np.ndarray, settings: dict[str, Any]) -> None:
    """One step of `optim.adam` that writes into w, m and v: the same operations in the same order, so the same bits.

    It goes through the vectors in chunks, all operations on one chunk before the next, as memory is slower than
    arithmetic.

    Arguments:
        w, dw, m, v: the parameters, their gradient and Adam's memory, shape (P,) each, of one dtype. What is in dw is
            lost.
        settings: ``learning_rate, beta1, beta2, epsilon`` and ``t``, the steps so far including this one.
    """

    def number(value: float) -> np.ndarray:
        return np.array(value, w.dtype)  # which NumPy would make of a Python number in every operation below

    b1, b2, t = settings["beta1"], settings["beta2"], settings["t"]
    beta1, rest1, total1 = number(b1), number(1 - b1), number(1 - b1**t)
    beta2, rest2, total2 = number(b2), number(1 - b2), number(1 - b2**t)
    rate, epsilon = number(settings["learning_rate"]), number(settings["epsilon"])
    size = max(CHUNK // w.itemsize, 1)
    spare = np.empty(min(size, len(w)), w.dtype)
    for start in range(0, len(w), size):
        w_, dw_, m_, v_ = (vector[start : start + size] for vector in (w, dw, m, v))
        root = spare[: len(w_)]
        v_ *= beta2
        np.square(dw_, out=root)
        root *= rest2
        v_ += root
        m_ *= beta1
        dw_ *= rest1
        m_ += dw_
        np.divide(v_, total2, out=root)
        np.sqrt(root, out=root)
        root += epsilon
        # After 160 steps or so the correction of m is 1 in float32; to divide by it would be a pass for nothing.
        step = np.multiply(m_ if total1 == 1 else np.divide(m_, total1, out=dw_), rate, out=dw_)
        step /= root
        w_ -= step


class _Flat:
    """All parameters as views of one vector; Adam's memory as views of two more, and the gradients of a fourth."""

    def __init__(self, params: Arrays, kinds: dict[str, tuple[tuple[int, ...], np.dtype]]) -> None:
        sizes = [int(np.prod(shape)) for shape, _ in kinds.values()]
        self.params, self.dtype = params, next(dtype for _, dtype in kinds.values())
        vectors = self.w, self.dw, self.m, self.v = np.zeros((4, sum(sizes)), self.dtype)
        self.grads: Arrays = {}
        self.views: dict[str, tuple[np.ndarray, ...]] = {}  # by name: of the parameter, of m and of v
        for (name, (shape, _)), end, size in zip(kinds.items(), np.cumsum(sizes), sizes):
            w, dw, m, v = (vector[end - size : end].reshape(shape) for vector in vectors)
            self.grads[name], self.views[name] = dw, (w, m, v)

    def step(self, grads: Arrays, configs: dict[str, dict[str, Any]]) -> bool:
        """Adam's next step, if one pass over all parameters can do it; else nothing, and False.

        The first step is never one: `optim.adam` fills in its defaults then. Nor is any with something unusual in it,
        which the rule is to look at by itself, and perhaps to refuse.
        """
        params, replaced = self.params, []  # parameters that somebody has replaced since the last step, or their memory
        try:
            settings = SETTINGS_OF(next(iter(configs.values())))
            kinds = tuple(map(type, settings))
            if not set(kinds) <= {float, int}:  # NumPy's numbers would make it compute in float64
                return False
            for name, (w, m, v) in self.views.items():
                config, dw = configs[name], grads[name]
                own = SETTINGS_OF(config)
                if len(config) != 7 or own != settings or tuple(map(type, own)) != kinds:
                    return False
                if not (dw is self.grads[name] or guards.is_array(dw, w.shape, self.dtype)):
                    return False
                if params[name] is not w or config["m"] is not m or config["v"] is not v:
                    found = params[name], config["m"], config["v"]
                    if not all(guards.is_array(array, w.shape, self.dtype) for array in found):
                        return False
                    replaced.append(name)
        except KeyError:
            return False
        common = dict(zip(SETTINGS, settings))
        try:
            optim_checks.RULES["adam"](w, dw, common)
        except (TypeError, ValueError):
            return False
        # Copies first: W2 and W3, say, may have been exchanged, and each is a view of the other's place.
        for name, arrays in [(name, self._copies(params, configs, name)) for name in replaced]:
            for view, array in zip(self.views[name], arrays):
                view[...] = array
            params[name], configs[name]["m"], configs[name]["v"] = self.views[name]
        for name, dw in self.grads.items():
            if grads[name] is not dw:
                dw[...] = grads[name]
        common["t"] += 1
        adam_in_place(self.w, self.dw, self.m, self.v, common)
        for config in configs.values():
            config["t"] = common["t"]
        return True

    @staticmethod
    def _copies(params: Arrays, configs: dict[str, dict[str, Any]], name: str) -> list[np.ndarray]:
        return [array.copy() for array in (params[name], configs[name]["m"], configs[name]["v"])]
