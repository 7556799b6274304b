// Batch norm of one feature: the same nodes, names and order as batchnorm_backward_staged in cs231n/batchnorm.py.
"use strict";

window.BatchNorm = (() => {
  const sum = (values) => values.reduce((total, value) => total + value, 0);

  // The forward pass. x is an array of N numbers; gamma, beta and eps are numbers. Returns every node by its name:
  // mu, var, std and inv_std are numbers, the others arrays of N numbers. Throws a RangeError for bad numbers.
  function forward(x, gamma, beta, eps) {
    if (!x.length || ![...x, gamma, beta, eps].every(Number.isFinite)) {
      throw new RangeError("x needs at least one number; x, gamma, beta and eps must be finite");
    }
    if (eps <= 0) throw new RangeError("eps must be above 0: three equal numbers have the variance 0");
    const mu = sum(x) / x.length;
    const xmu = x.map((value) => value - mu);
    const sq = xmu.map((value) => value ** 2);
    const var_ = sum(sq) / x.length;
    const std = Math.sqrt(var_ + eps);
    const inv_std = 1 / std;
    const x_hat = xmu.map((value) => value * inv_std);
    const out = x_hat.map((value) => gamma * value + beta);
    return { x, gamma, beta, eps, mu, xmu, sq, var: var_, std, inv_std, x_hat, out };
  }

  // The backward pass. dout is dL/d(out), an array of N numbers; nodes is what forward returned. Returns the gradient
  // of every node by its name. Throws a RangeError if dout does not fit.
  function backward(dout, nodes) {
    const { gamma, xmu, std, x_hat } = nodes, N = xmu.length;
    if (dout.length !== N || !dout.every(Number.isFinite)) {
      throw new RangeError(`dout needs one finite number for each of the ${N} examples`);
    }
    const dbeta = sum(dout);
    const dgamma = sum(dout.map((value, n) => value * x_hat[n]));
    const dx_hat = dout.map((value) => value * gamma);
    const dinv_std = sum(dx_hat.map((value, n) => value * xmu[n]));
    const dxmu1 = dx_hat.map((value) => value / std);
    const dstd = -dinv_std / std ** 2;
    const dvar = dstd / (2 * std);
    const dsq = dout.map(() => dvar / N);
    const dxmu2 = xmu.map((value, n) => 2 * value * dsq[n]);
    const dxmu = dxmu1.map((value, n) => value + dxmu2[n]);
    const dmu = -sum(dxmu);
    const dx1 = dxmu;
    const dx2 = dout.map(() => dmu / N);
    const dx = dx1.map((value, n) => value + dx2[n]);
    return { dbeta, dgamma, dx_hat, dinv_std, dxmu1, dstd, dvar, dsq, dxmu2, dxmu, dmu, dx1, dx2, dx };
  }

  // A number's text with a real minus sign, and no sign before a zero such as "-0.000".
  const sign = (text) => String(text).replace("-", Number(text) === 0 ? "" : "\u2212");

  // A number with four digits, and at most three of them after the point.
  function format(value) {
    const size = Math.abs(value);
    return sign(value.toFixed(size < 10 ? 3 : size < 100 ? 2 : size < 1000 ? 1 : 0));
  }

  return { forward, backward, format, sign, sum };
})();
