"""A small page with the explorable, what it shows, and what the library says that it has to show."""

import shutil

import numpy as np

from cs231n.batchnorm import batchnorm_backward_staged, batchnorm_forward
from tests.helpers.paths import ROOT

FOLDER = ROOT / "cs231n" / "site" / "explorable"
SCRIPTS = ("numbers.js", "line.js", "graph.js", "view.js")
START = {"x": [1, 4, 7], "dout": [1, -1, 3], "gamma": 2, "beta": 1, "eps": 0.25}
TERMS = {"direct": "dxmu1", "variance": "dxmu2", "mean": "dx2", "sum": "dx"}  # what the bars show
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>page</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<style>body {{ margin: 1rem; font-family: sans-serif; background: Canvas; color: CanvasText; }}</style>
<link rel="stylesheet" href="explorable.css">{scripts}</head><body><main><h1>page</h1>
<div class="bn-explorable"><p id="stored">The stored figure.</p></div></main></body></html>
"""
SHOWN = """
((part, kind = "name") => [...document.querySelectorAll(`${part} [data-${kind}]`)]
  .map(text => [text.dataset[kind], Number(text.dataset.index), text.textContent]))
"""


def write_page(folder):
    """Write the page and the explorable's files to a folder."""
    for name in (*SCRIPTS, "explorable.css"):
        shutil.copy(FOLDER / name, folder)
    scripts = "".join(f'<script src="{name}" defer></script>' for name in SCRIPTS)
    (folder / "index.html").write_text(PAGE.format(scripts=scripts), encoding="utf-8")


def compute_nodes(x, dout, gamma, beta, eps):
    """Compute every node and gradient of one feature with the library.

    Arguments:
        x, dout: N numbers each.
        gamma, beta, eps: numbers.

    Returns:
        Dictionary from names to arrays, shape (N,) or (1,).
    """
    x, dout = np.array(x, dtype=float)[:, None], np.array(dout, dtype=float)[:, None]
    param = {"mode": "train", "eps": eps}
    out, cache = batchnorm_forward(x, np.array([float(gamma)]), np.array([float(beta)]), param)
    _, _, _, var, mu, x_hat, _ = cache
    nodes = {"x": x, "mu": mu, "xmu": x - mu, "sq": (x - mu) ** 2, "var": var, "std": np.sqrt(var + eps)}
    nodes |= {"inv_std": 1 / nodes["std"], "x_hat": x_hat, "out": out, "dout": dout}
    nodes |= {"gamma": np.array([gamma]), "beta": np.array([beta]), **batchnorm_backward_staged(dout, cache)}
    return {name: np.ravel(value) for name, value in nodes.items()}


def assert_shows(text, value):
    """Assert that a text is a number, rounded to four digits (at most three after the point), with a real minus."""
    size = abs(value)
    decimals = 3 if size < 9.9995 else 2 if size < 99.995 else 1 if size < 999.95 else 0
    assert "-" not in text and text != "\u2212" + f"{0:.{decimals}f}", text
    # Just below 10, 100 or 1000 one digit more is right as well: 9.9996 may be 10.000.
    assert len(text.partition(".")[2]) in {decimals, 3 if size < 10 else 2 if size < 100 else 1 if size < 1000 else 0}
    assert abs(float(text.replace("\u2212", "-")) - value) <= 0.5 * 10.0**-decimals + 1e-9, (text, value)


def assert_all_shown(browser, state):
    """Assert that graph, bars, table and sentences show what the library computes for a state."""
    right = compute_nodes(**state)
    for part in (".bn-graph", ".bn-bars", "table"):
        shown = browser.run(f"{SHOWN}('{part}')")
        for name, index, text in shown:
            assert_shows(text, right[name][index])
        names = {(name, index) for name, index, _ in shown}
        everything = {(name, k) for name, value in right.items() for k in range(len(value))}
        if part == "table":
            everything -= {("gamma", 0), ("beta", 0)}
        assert names == (everything if part != ".bn-bars" else {(n, k) for n, k in everything if n in TERMS.values()})
    facts = {name: text for name, _, text in browser.run(f"{SHOWN}('ul', 'fact')")}
    assert facts["dx"] == facts["dxmu2"] == "0.000"
    assert_shows(facts["dx2"], -right["dxmu1"].mean())
    sizes = {path: text for path, _, text in browser.run(f"{SHOWN}('fieldset', 'size')")}
    assert set(sizes) | {"sum"} == set(TERMS)
    for path, text in sizes.items():
        assert_shows(text, np.abs(right[TERMS[path]]).sum())


def centre(browser, label):
    """The point of the window where the dot with a label is, scrolled into sight."""
    browser.run(f"""document.querySelector('.bn-dot[aria-label^="{label}"]').scrollIntoView({{block: "center"}})""")
    return browser.run(f"""(() => {{
        const box = document.querySelector('.bn-dot[aria-label^="{label}"] .bn-reach').getBoundingClientRect();
        return [box.left + box.width / 2, box.top + box.height / 2];
    }})()""")


def focus(browser, selector):
    """Give an element the focus."""
    browser.run(f"document.querySelector('{selector}').focus()")
