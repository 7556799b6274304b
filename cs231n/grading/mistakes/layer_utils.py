"""Known mistakes in affine_bn_relu, the layer of affine, batch norm and ReLU. `catalogue` explains the table."""

from .mistake import Table

# Lines of affine_bn_relu_forward that the edits change.
BN = "a_bn, bn_cache = layers.batchnorm_forward(a, gamma, beta, bn_param)"
RELU = "out, relu_cache = layers.relu_forward(a_bn)"
AFFINE = "a, fc_cache = layers.affine_forward(x, w, b)"

# Lines of affine_bn_relu_backward that the edits change.
DA_BN = "da_bn = layers.relu_backward(dout, relu_cache)"
DA = "da, dgamma, dbeta = layers.batchnorm_backward(da_bn, bn_cache)"
DX = "dx, dw, db = layers.affine_backward(da, fc_cache)"
GRADIENTS = "return dx, dw, db, dgamma, dbeta"

TABLE: Table = {
    "affine_bn_relu_forward": [
        (
            "no-relu",
            "out is what batch norm returns: the ReLU is missing.",
            ((RELU, "out, relu_cache = a_bn, a_bn"),),
        ),
        (
            "no-batch-norm",
            "out is affine and ReLU only: batch norm between them is missing, so this net is a plain one.",
            ((BN, "a_bn, bn_cache = a, None\n    layers.batchnorm_forward(a, gamma, beta, bn_param)"),),
            ((BN, "a_bn, bn_cache = a, None"),),
        ),
        (
            "relu-before-batch-norm",
            "the answer has the order affine, ReLU, batch norm. The right order is affine, batch norm, ReLU.",
            (
                (BN, "a_relu, relu_cache = layers.relu_forward(a)"),
                (RELU, "out, bn_cache = layers.batchnorm_forward(a_relu, gamma, beta, bn_param)"),
            ),
        ),
        (
            "running-statistics-lost",
            "after a call in training mode the caller's bn_param holds no running statistics: in test mode the net "
            "will know nothing about the data. batchnorm_forward writes them into the dictionary that it is given, so "
            "hand on the caller's own.",
            ((BN, BN.replace("bn_param", "dict(bn_param)")),),
            ((BN, BN.replace("bn_param", 'dict(mode="train")')),),
            ((BN, BN.replace("bn_param", '{"mode": bn_param["mode"]}')),),
        ),
        (
            "bias-left-out",
            "the affine layer's bias is left out. In training mode nobody sees it in out, since batch norm takes it "
            "away again, but the running mean and test mode lack it.",
            ((AFFINE, AFFINE.replace("x, w, b", "x, w, np.zeros_like(b)")),),
        ),
        (
            "always-training-mode",
            "test mode gives what training mode would: the batch's own statistics are used, and the mode in "
            "bn_param is ignored.",
            ((BN, 'bn_param["mode"] = "train"\n    ' + BN),),
        ),
        (
            "gamma-and-beta-swapped",
            "gamma and beta are handed on in the wrong order.",
            ((BN, BN.replace("gamma, beta", "beta, gamma")),),
        ),
    ],
    "affine_bn_relu_backward": [
        (
            "results-in-another-order",
            "the gradients are returned in another order. First come those of the affine layer, dx, dw and db, then "
            "dgamma and dbeta, as the arguments of the forward pass stand.",
            ((GRADIENTS, "return dx, dgamma, dbeta, dw, db"),),
            ((GRADIENTS, "return dgamma, dbeta, dx, dw, db"),),
        ),
        (
            "relu-twice",
            "ReLU's backward pass is applied twice, before batch norm's and after it. There is one ReLU, after batch "
            "norm: what comes back from batch norm goes on to the affine layer as it is.",
            ((DX, f"da = layers.relu_backward(da, relu_cache)\n    {DX}"),),
        ),
        (
            "relu-forgotten",
            "the ReLU's backward pass is missing: dout goes to batch norm as it is, also where the ReLU was off.",
            ((DA_BN, "da_bn = dout"),),
        ),
        (
            "batch-norm-forgotten",
            "dx, dw and db are computed as if batch norm were not there: what its backward pass returns has to go "
            "on to the affine layer.",
            ((DX, DX.replace("(da,", "(da_bn,")),),
        ),
        (
            "relu-last",
            "batch norm's backward pass comes before ReLU's. Backwards, the last layer is the first.",
            (
                (DA_BN, "da, dgamma, dbeta = layers.batchnorm_backward(dout, bn_cache)"),
                (DA, "da = layers.relu_backward(da, relu_cache)"),
            ),
        ),
        (
            "affine-first",
            "the affine layer's backward pass comes first, as in the forward pass. Backwards, the last layer is the "
            "first: dout is the gradient of what ReLU returned.",
            (
                (DA_BN, "dx, dw, db = layers.affine_backward(dout, fc_cache)"),
                (DA, "da, dgamma, dbeta = layers.batchnorm_backward(dx, bn_cache)"),
                (DX, "dx = layers.relu_backward(da, relu_cache)"),
            ),
            (
                (DA_BN, "da, dw, db = layers.affine_backward(dout, fc_cache)"),
                (DA, "da = layers.relu_backward(da, relu_cache)"),
                (DX, "dx, dgamma, dbeta = layers.batchnorm_backward(da, bn_cache)"),
            ),
        ),
        (
            "gamma-and-beta-swapped",
            "dgamma stands where dbeta belongs, or dbeta where dgamma belongs: check the order of what is returned.",
            ((GRADIENTS, "return dx, dw, db, dbeta, dgamma"),),
        ),
        (
            "test-mode-gradient",
            "dx and dw are computed as if mean and variance were constants. In training mode they depend on the "
            "whole batch: use batch norm's training-mode backward pass.",
            (
                (
                    DA,
                    "x_bn, gamma, beta, var, mu, x_hat, eps = bn_cache\n    da = da_bn * gamma / np.sqrt(var + eps)"
                    "\n    dgamma, dbeta = np.sum(da_bn * x_hat, axis=0), np.sum(da_bn, axis=0)",
                ),
            ),
        ),
    ],
}
