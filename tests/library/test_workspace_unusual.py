"""The network's quick step on whatever is unusual: the bits of the network's own loss, or its error."""

import tracemalloc

import numpy as np
import pytest

from cs231n import experiments, updates
from cs231n.classifiers.fc_net import FullyConnectedNet
from cs231n.workspace import BatchLoss
from tests.helpers.solver_cases import arrays_for, net, own_loss, same, toy_data


def outcome(batch_loss, change):
    """What three steps of training come to, or the error; some of them on batches that are unusual, too."""
    model = FullyConnectedNet([9, 8], 12, 4, normalization="batchnorm", weight_scale="he", seed=0)
    X, y = np.random.default_rng(0).standard_normal((40, 3, 4)).astype(np.float32), np.arange(40) % 4
    case = {"model": model, "X": X, "y": y, "batch": np.arange(8)}
    update = updates.Update("adam", dict(model.params))
    changed = change(case) or {}
    if "model" in changed:
        update = updates.Update("adam", dict(changed["model"].params))
    case.update(changed)
    model, configs, losses = case["model"], {name: {} for name in case["model"].params}, []
    try:
        for _ in range(3):
            grads = update.grads(model.params)
            loss, grads = batch_loss(model, case["X"], case["y"], case["batch"], grads)
            losses.append(loss)
            update(model.params, grads, configs)
    except Exception as error:
        return type(error), str(error)
    return losses, {name: np.array(w) for name, w in model.params.items()}, getattr(model, "bn_params", None)


def parameter(name, w):
    return lambda case: case["model"].params.update({name: w})


def remove(case, name):
    del case["model"].params[name]


def setting(name, value):
    return lambda case: setattr(case["model"], name, value)


def statistics(**values):
    return lambda case: case["model"].bn_params[1].update(values)


UNUSUAL = {
    "NaN": lambda case: case["X"].__setitem__((3, 1), np.nan),
    "a label too large": lambda case: case["y"].__setitem__(2, 4),
    "labels of floats": lambda case: {"y": case["y"].astype(float)},
    "a column of labels": lambda case: {"y": case["y"][:, None]},
    "fewer labels": lambda case: {"y": case["y"][:4]},
    "complex data": lambda case: {"X": case["X"].astype(complex)},
    "other features": lambda case: {"X": case["X"][:, :, :2]},
    "one number an example": lambda case: {"X": case["X"][:, 0, 0]},
    "no examples": lambda case: {"X": case["X"][:0], "y": case["y"][:0], "batch": np.arange(0)},
    "an empty batch": lambda case: {"batch": np.arange(0)},
    "a batch of one": lambda case: {"batch": np.arange(1)},
    "an index too large": lambda case: {"batch": np.arange(33, 41)},
    "fewer examples": lambda case: {"X": case["X"][:20], "batch": np.arange(15, 23)},
    "indices from the end": lambda case: {"batch": np.arange(-8, 0)},
    "a mask": lambda case: {"batch": np.arange(40) % 5 == 0},
    "a slice": lambda case: {"batch": slice(3, 9)},
    "a list": lambda case: {"batch": [3, 1, 2]},
    "data in another order": lambda case: {"X": np.asfortranarray(case["X"])},
    "data backwards": lambda case: {"X": case["X"][::-1, ::-1, ::-1]},
    "data that may only be read": lambda case: case["X"].setflags(write=False),
    "masked data": lambda case: {"X": np.ma.masked_less(case["X"], -9)},
    "bytes of the other order": lambda case: {"X": case["X"].astype(">f4")},
    "another shape": parameter("b2", np.zeros(11, np.float32)),
    "another shape at the top": parameter("b3", np.zeros(7, np.float32)),
    "fewer classes": parameter("b3", np.zeros(2, np.float32)),
    "a list for a parameter": parameter("b1", [0.0] * 9),
    "a number for a parameter": parameter("b1", 0.0),
    "a matrix": lambda case: parameter("W1", case["model"].params["W1"].view(np.matrix))(case),
    "missing": lambda case: remove(case, "gamma1"), "missing at the top": lambda case: remove(case, "b3"),
    "one more": parameter("extra", np.zeros(3, np.float32)),
    "double parameters": lambda case: case["model"].params.update(
        {name: w.astype(np.float64) + 1e-9 for name, w in case["model"].params.items()}),
    "no batch norms": setting("bn_params", []),
    "no normalization": setting("normalization", None), "a list for the normalization": setting("normalization", []),
    "other inputs": setting("input_dim", 11), "a special dictionary": lambda case: setting(
        "params", type("Params", (dict,), {})(case["model"].params))(case),
    "no list of batch norms": lambda case: delattr(case["model"], "bn_params"),
    "None for the batch norms": setting("bn_params", None),
    "plain, without a list": lambda case: {"model": plain_without(case)},
    "another normalization": setting("normalization", "layernorm"),
    "one batch norm more": lambda case: case["model"].bn_params.append(dict(case["model"].bn_params[0])),
    "None for a batch norm": lambda case: case["model"].bn_params.__setitem__(0, None),
    "eps": statistics(eps=1e-3), "momentum": statistics(momentum=0.5), "wrong eps": statistics(eps=-1.0),
    "misspelt": statistics(esp=1e-3), "momentum of 2": statistics(momentum=2),
    "double statistics": statistics(running_mean=np.zeros(8)),
    "a list of statistics": statistics(running_var=[1.0] * 8),
    "statistics of another shape": statistics(running_mean=np.zeros(3, np.float32), running_var=np.ones(3, np.float32)),
    "test mode": statistics(mode="test"),
    "L2": setting("reg", 0.1), "dropout": lambda case: {"model": net_of(case, dropout_keep_ratio=0.5)},
    "layer norm": lambda case: {"model": net_of(case, normalization="layernorm")},
    "half precision": lambda case: {"model": net_of(case, dtype=np.float16)},
    "a network in bytes of the other order": lambda case: {"model": net_of(case, dtype=">f4")},
}  # fmt: skip


QUICK = {  # a workspace can do these; the errors are its own, too
    "NaN", "a label too large", "labels of floats", "a batch of one", "an index too large", "indices from the end",
    "data in another order", "data backwards", "data that may only be read", "bytes of the other order",
    "a list for a parameter", "double parameters", "test mode", "L2", "plain, without a list",
}  # fmt: skip


def plain_without(case):
    model = net_of(case, normalization=None)
    del model.bn_params
    return model


def net_of(case, **settings):
    return FullyConnectedNet([9, 8], 12, 4, **{"normalization": "batchnorm", "seed": 0, **settings})


@pytest.mark.parametrize("what", UNUSUAL)
def test_the_unusual_has_the_outcome_that_it_has_without(what, quick_steps):
    """The same bits, or the same error."""
    right, quick = outcome(own_loss, UNUSUAL[what]), outcome(BatchLoss(), UNUSUAL[what])
    assert same(quick, right)
    assert bool(quick_steps) == (what in QUICK)


def test_data_that_are_not_in_order_are_not_copied_whole():
    y = np.arange(30_000) % 3
    X = np.zeros((30_000, 16), np.float32).reshape(-1, 4, 4).transpose(0, 2, 1)
    model = FullyConnectedNet([5], 16, 3, seed=0)
    grads = arrays_for(model)
    tracemalloc.start()
    BatchLoss()(model, X, y, np.arange(20), grads)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < X.nbytes / 5


def test_data_that_are_no_arrays_are_only_indexed():
    class Lazy:
        def __init__(self, array):
            self.array = array

        def __len__(self):
            return len(self.array)

        def __getitem__(self, batch):
            return self.array[batch]

    data = toy_data()
    lazy = {"X_train": Lazy(data["X_train"]), "y_train": Lazy(data["y_train"])}
    models = [net(), net()]
    for model, source in zip(models, (data, lazy)):
        experiments.train_steps(model, source, 4, batch_size=8)
    assert same(models[0].params, models[1].params)
