"""Right answers as students write them, for the tests of fairness: other forms, noise, and caches of their own."""

CALLABLE = """
class Softmax:
    def __init__(self, axis):
        self.axis = axis

    def __call__(self, x):
        e = np.exp(x - x.max(axis=self.axis, keepdims=True))
        return e / e.sum(axis=self.axis, keepdims=True)

softmax = Softmax(1)
"""
CLOSURE = """
def make_backward(threshold):
    calls = []
    def inner(dout, cache):
        calls.append(len(calls))
        return np.where(cache > threshold, dout, 0)
    return inner

relu_backward = make_backward(0)
"""
OWN_LOSS = """
def softmax_loss(x, y):
    s = x - x.max(axis=1)[:, None]
    log_p = s - np.log(np.exp(s).sum(axis=1))[:, None]
    n = np.arange(len(y))
    dx = softmax(x)
    dx[n, y] -= 1
    return -log_p[n, y].mean(), dx / len(y)
"""
FORWARD_WITH_OBJECT = """
def batchnorm_forward(x, gamma, beta, bn_param):
    mode, eps, momentum = bn_param["mode"], bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1]))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1]))
    saved = None
    if mode == "train":
        saved = Saved()
        saved.gamma, mu = gamma, x.mean(axis=0)
        saved.centred = x - mu
        var = (saved.centred**2).mean(axis=0)
        saved.std = np.sqrt(var + eps)
        saved.x_hat = saved.centred / saved.std
        out = gamma * saved.x_hat + beta
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * var
    elif mode == "test":
        out = gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta
    else:
        raise ValueError(mode)
    bn_param["running_mean"], bn_param["running_var"] = running_mean, running_var
    return out, saved
"""
STAGED_OF_OBJECT = """
def batchnorm_backward_staged(dout, saved):
    n, g = len(dout), {"dbeta": dout.sum(axis=0), "dgamma": (dout * saved.x_hat).sum(axis=0)}
    g["dx_hat"] = dout * saved.gamma
    g["dinv_std"] = (g["dx_hat"] * saved.centred).sum(axis=0)
    g["dxmu1"] = g["dx_hat"] / saved.std
    g["dstd"] = -g["dinv_std"] / saved.std**2
    g["dvar"] = g["dstd"] / 2 / saved.std
    g["dsq"] = np.ones(dout.shape) * g["dvar"] / n
    g["dxmu2"] = 2 * saved.centred * g["dsq"]
    g["dxmu"] = g["dxmu1"] + g["dxmu2"]
    g["dmu"] = -g["dxmu"].sum(axis=0)
    g["dx1"] = g["dxmu"]
    g["dx2"] = np.ones(dout.shape) * g["dmu"] / n
    g["dx"] = g["dx1"] + g["dx2"]
    return g
"""
BACKWARD_OF_OBJECT = """
def batchnorm_backward(dout, saved):
    g = batchnorm_backward_staged(dout, saved)
    return g["dx"], g["dgamma"], g["dbeta"]
"""
SANDWICH_FORWARD = """
from cs231n.layers import *
def affine_bn_relu_forward(x, w, b, gamma, beta, bn_param):
    a, fc = affine_forward(x, w, b)
    n, bn = batchnorm_forward(a, gamma, beta, bn_param)
    out, relu = relu_forward(n)
    return out, {"fc": fc, "bn": bn, "relu": relu}
"""
SANDWICH_BACKWARD = """
def affine_bn_relu_backward(dout, cache):
    da, dgamma, dbeta = batchnorm_backward_alt(relu_backward(dout, cache["relu"]), cache["bn"])
    return (*affine_backward(da, cache["fc"]), dgamma, dbeta)
"""
ADAM = """
def adam(w, dw, config=None):
    settings = dict(learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, m=0 * w, v=0 * w, t=0)
    settings.update(config or {})
    lr, b1, b2, eps = [settings[name] for name in ("learning_rate", "beta1", "beta2", "epsilon")]
    t = settings["t"] = settings["t"] + 1
    settings["m"] = b1 * settings["m"] + (1 - b1) * dw
    settings["v"] = b2 * settings["v"] + (1 - b2) * dw**2
    return w - lr * (settings["m"] / (1 - b1**t)) / (np.sqrt(settings["v"] / (1 - b2**t)) + eps), settings
"""
NOISY = """
import logging, sys, time, warnings

def softmax(x):
    print("softmax of", x.shape)
    sys.stderr.write("working")
    warnings.warn("be careful")
    logging.warning("so far")
    np.log(np.zeros(2))
    time.sleep(0.01)
    e = e_to(x - numpy.max(x, axis=1, keepdims=True)) + TINY
    return e / numpy.sum(e, axis=1, keepdims=True)
"""
LOOPS = """
def softmax_jacobian(p):
    result = np.empty((len(p), p.shape[1], p.shape[1]))
    for n in range(len(p)):
        for i in range(p.shape[1]):
            for j in range(p.shape[1]):
                result[n, i, j] = p[n, i] * ((i == j) - p[n, j])
    return result
"""
GLOBAL_STATE = """
import warnings
warnings.simplefilter("error")
np.seterr(all="raise")
np.set_printoptions(precision=1)
np.random.seed(0)
"""
MATH_STAR = "from math import *\nfrom numpy import *"
