"""The properties of the answers in notebook 2."""

import numpy as np

from ...support.articles import add_article
from ..cases import stored
from ..cases.calls import bn_param
from ..cases.differences import Differs, require_array, require_same
from ..cases.recorded import NOT_RUN, Call, CallRaised
from ..cases.stored import Arrays
from ..cases.tables import NODES
from ..cases.variants import WRONG_MODES
from .property import (
    Answer,
    Property,
    far_from_zero,
    float32,
    gradient,
    integers,
    require_zero,
    shapes,
    unchanged,
    values,
)

ORDINARY = ("bn_plain", "bn_large_eps", "bn_square", "bn_constant")  # the cases of the nodes


def _normalised(answer: Answer) -> None:
    out = answer.array("bn_plain/normalised", "out")
    require_zero(out.mean(axis=0), 1.0, "with gamma 1 and beta 0 the columns of out do not have mean 0")
    if np.any(np.abs(out.var(axis=0) - 1) > 1e-4):
        raise Differs("with gamma 1 and beta 0 the columns of out do not have variance 1")


def _settings_kept(answer: Answer) -> None:
    before, after = bn_param(stored.inputs("bn_train")), answer.call("bn_train").kept
    for key in ("eps", "momentum"):
        if not np.array_equal(np.asarray(after.get(key)), before[key]):
            raise Differs(f'the function changes bn_param["{key}"]')


def _other_modes(answer: Answer) -> None:
    for mode in WRONG_MODES:
        raised = answer.calls.get(f"bn_test/{mode}", Call(raised=NOT_RUN)).raised
        if raised is None:
            raise Differs(f"the mode {mode!r} is accepted, but should raise a ValueError: it may be misspelt")
        if raised == NOT_RUN:
            raise CallRaised(raised)
        if raised.kind != "ValueError":
            raise Differs(f"the mode {mode!r} raises {add_article(raised.kind)}, but should raise a ValueError")


def _numerical_batchnorm(answer: Answer, case: str) -> Arrays:
    """Numerical gradients through the student's own forward pass. Without one, the stored right gradients."""
    if case in answer.points:
        return answer.slopes(case)
    return {name: stored.expected("batchnorm_backward", case)[name] for name in ("dx", "dgamma", "dbeta")}


def _dx_sums_to_zero(answer: Answer) -> None:
    for case in ("bn_plain", "bn_large_eps"):
        dx = answer.array(case, "dx")
        sentence = "the sum of dx over the batch is not 0, but adding one number to a column of x does not change out"
        require_zero(dx.sum(axis=0), 1.0, sentence)


def _dx_along_x_hat(answer: Answer) -> None:
    """The component of dx along x_hat is right.

    The formula contains dgamma. The stored right dgamma is used, so that this property tests dx alone.
    """
    sentence = (
        "dx does not have the right component along x_hat. The straight path and the path through var nearly cancel "
        "there, and gamma and eps count in both"
    )
    for case in ("bn_plain", "bn_large_eps"):
        inputs, dgamma = stored.inputs(case), stored.expected(answer.task, case)["dgamma"]
        eps = float(inputs.get("eps", 1e-5))
        got = np.sum(answer.array(case, "dx") * inputs["x_hat"], axis=0)
        want = inputs["gamma"] * dgamma * eps / (inputs["var"] + eps) ** 1.5
        require_zero((got - want) / (1 + np.linalg.norm(want)), 1.0, sentence)


def _node(name: str) -> Property:
    """One node of the staged backward pass is right. Essential: the nodes after a wrong node are wrong too."""

    def verify(answer: Answer) -> None:
        for case in ORDINARY:
            results = answer.results(case)
            require_same(results.got[name], results.want[name], name, results=results)

    return Property(f"node {name}", verify, essential=True)


def _all_nodes(answer: Answer) -> None:
    results = answer.results("bn_plain")
    for name, want in results.want.items():
        require_array(results.got[name], want, name, results)


BACKWARD = [
    shapes("dx has shape (N, D), dgamma and dbeta have shape (D,)", "bn_plain"),
    values("dbeta", "bn_plain", "bn_large_eps", only=("dbeta",)),
    values("dgamma", "bn_plain", "bn_large_eps", only=("dgamma",)),
    values("dx, eps = 1e-5", "bn_plain", only=("dx",)),
    values("dx, eps = 0.4: eps counts in every factor", "bn_large_eps", only=("dx",)),
    gradient("all three against numerical gradients", _numerical_batchnorm, "bn_plain", "bn_large_eps"),
    values("as many rows as features (no axis mixed up)", "bn_square"),
    values("a feature that is constant over the batch, and one that nearly is", "bn_constant"),
    integers("x in integers, such as pixels", "batchnorm_backward"),
    far_from_zero("features far from 0 (about a million), with a variance near 1", "batchnorm_backward"),
    Property("the sum of dx over the batch is 0", _dx_sums_to_zero),
    Property("sum(dx * x_hat) = gamma * dgamma * eps / (var + eps)^1.5", _dx_along_x_hat),
    float32("inputs in float32", "batchnorm_backward"),
    unchanged("dout and the cache are left as they were", "bn_plain"),
]

PROPERTIES: dict[str, list[Property]] = {
    "batchnorm_forward": [
        shapes("out has shape (N, D), the running statistics have shape (D,)", "bn_plain"),
        values("training mode: out, eps = 1e-5", "bn_plain", only=("out",)),
        values("training mode: out, eps = 0.4 and 0.5", "bn_large_eps", "bn_train", only=("out",)),
        Property("training mode: mean 0 and variance 1 before gamma and beta", _normalised),
        values("training mode: the running mean", "bn_plain", "bn_large_eps", "bn_train", only=("running_mean",)),
        values("training mode: the running variance", "bn_plain", "bn_large_eps", "bn_train", only=("running_var",)),
        values("test mode: out, from the running statistics", "bn_test", "bn_test_default", only=("out",)),
        values("test mode: a batch of one", "bn_test_one"),
        values("test mode leaves the running statistics alone", "bn_test", only=("running_mean", "running_var")),
        values("three batches in training mode, then one in test mode", "bn_sequence"),
        values("as many rows as features (no axis mixed up)", "bn_square"),
        values("a feature that is constant over the batch, and one that nearly is", "bn_constant"),
        integers("x in integers, such as pixels", "batchnorm_forward", in_own_type=True),
        far_from_zero("features far from 0 (about a million), with a variance near 1", "batchnorm_forward"),
        float32("inputs in float32", "batchnorm_forward"),
        Property("the settings in bn_param are left as they were", _settings_kept),
        Property("a mode that is neither train nor test: ValueError", _other_modes),
        unchanged("x, gamma and beta are left as they were", "bn_plain", "bn_test"),
    ],
    "batchnorm_backward_staged": [
        Property("every node is there, in the right shape", _all_nodes, essential=True),
        *(_node(name) for name in NODES),
        gradient("dx, dgamma and dbeta against numerical gradients", _numerical_batchnorm, "bn_plain", "bn_large_eps"),
        integers("x in integers, such as pixels", "batchnorm_backward_staged"),
        far_from_zero("features far from 0 (about a million), with a variance near 1", "batchnorm_backward_staged"),
        Property("the sum of dx over the batch is 0", _dx_sums_to_zero),
        Property("sum(dx * x_hat) = gamma * dgamma * eps / (var + eps)^1.5", _dx_along_x_hat),
        float32("inputs in float32", "batchnorm_backward_staged"),
        unchanged("dout and the cache are left as they were", "bn_plain"),
    ],
    "batchnorm_backward": BACKWARD,
    "batchnorm_backward_alt": BACKWARD,
}
