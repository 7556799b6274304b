"""Lines of the library's adam that the edits of known mistakes change."""

T = 'config["t"] += 1'
M = 'config["m"] = beta1 * config.get("m", np.zeros_like(w)) + (1 - beta1) * dw'
V = 'config["v"] = beta2 * config.get("v", np.zeros_like(w)) + (1 - beta2) * dw**2'
M_HAT = 'm_hat = config["m"] / (1 - beta1 ** config["t"])'
V_HAT = 'v_hat = config["v"] / (1 - beta2 ** config["t"])'
STEP = 'next_w = w - config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"])'
EPSILON_INSIDE = 'next_w = w - config["learning_rate"] * m_hat / np.sqrt(v_hat + config["epsilon"])'
T_AFTER_THE_STEP = ("return next_w, config", 'config["t"] += 1\n    return next_w, config')
T_DEFAULT = ('"t": 0}', '"t": 1}')
T_LEFT_ALONE = (T, "pass")
STEP_OF_THE_PAPER = (
    "root, rate = np.sqrt(1 - beta2 ** config['t']), config['learning_rate'] / (1 - beta1 ** config['t'])\n"
    "    next_w = w - rate * root * config['m'] / (np.sqrt(config['v']) + config['epsilon'])"
)
