"""The numbers of the explorable, in a real browser, against the library."""

import json

import numpy as np
import pytest

from tests.helpers.browser import CHROMIUM, Browser
from tests.helpers.explorable_page import START, TERMS, assert_all_shown, compute_nodes, focus, write_page
from tests.helpers.local_server import refuse_others, serve

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="needs chromium: apt install chromium"),
]
SCALARS = "mu var std inv_std gamma beta dbeta dgamma dinv_std dstd dvar dmu".split()
BATCHES = {
    "the stored figure's": START,
    "usual eps": {**START, "eps": 1e-5},
    "negative gamma": {**START, "gamma": -1.7, "beta": -0.3},
    "gamma zero": {**START, "gamma": 0},
    "three equal": {**START, "x": [2.5, 2.5, 2.5]},
    "three equal, usual eps": {**START, "x": [0.1, 0.1, 0.1], "eps": 1e-5},
    "nearly equal": {**START, "x": [3.3, 3.3, 3.4], "eps": 1e-5},
    "large": {**START, "x": [-1e4, 2e3, 5e5]},
    "eight examples": {**START, "x": [1, -2, 3, 0.5, 7, 7, -1, 2], "dout": [1, 2, -3, 0, 0.1, -1, 1, 4]},
    "two examples": {**START, "x": [7, 5], "dout": [3, -1]},
    "one example": {**START, "x": [7], "dout": [3]},
}


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    write_page(folder)
    with serve(folder) as address, refuse_others() as (proxy, asked):
        with Browser(tmp_path_factory.mktemp("browser") / "profile", proxy=proxy) as browser:
            browser.address = address
            yield browser
            assert not browser.errors and not asked


@pytest.fixture
def page(browser):
    browser.open(browser.address)
    browser.wait_for("document.readyState == 'complete' && !!document.querySelector('.bn-page')")
    return browser


def run_numbers(page, state):
    """All nodes and gradients that numbers.js computes."""
    x, dout, gamma, beta, eps = (json.dumps(state[name]) for name in ("x", "dout", "gamma", "beta", "eps"))
    return page.run(f"""(() => {{
        const nodes = BatchNorm.forward({x}, {gamma}, {beta}, {eps});
        return {{...nodes, dout: {dout}, ...BatchNorm.backward({dout}, nodes)}};
    }})()""")


@pytest.mark.parametrize("name", BATCHES)
def test_the_numbers_are_the_librarys(name, page):
    found, right = run_numbers(page, BATCHES[name]), compute_nodes(**BATCHES[name])
    assert set(found) == {*right, "eps"}
    for node, value in right.items():
        assert np.shape(found[node]) == (() if node in SCALARS else np.shape(value)), node
        scale = max(1.0, np.abs(value).max())
        np.testing.assert_allclose(np.ravel(found[node]), value, rtol=1e-9, atol=1e-9 * scale, err_msg=node)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("forward([], 1, 0, 1)", "x needs at least one number"),
        ("forward([1, NaN, 3], 1, 0, 1)", "must be finite"),
        ("forward([1, 2, 3], Infinity, 0, 1)", "must be finite"),
        ("forward([1, 2, 3], '2', 0, 1)", "must be finite"),
        ("forward([1, 2, 3], 1, 0, 0)", "eps must be above 0"),
        ("backward([1, 2], BatchNorm.forward([1, 2, 3], 1, 0, 1))", "each of the 3 examples"),
        ("backward([1, 2, NaN], BatchNorm.forward([1, 2, 3], 1, 0, 1))", "one finite number"),
    ],
)
def test_bad_numbers_are_refused(call, message, page):
    script = (
        f"(() => {{ try {{ BatchNorm.{call}; }} catch (error) {{ return `${{error.name}}: ${{error.message}}`; }} }})()"
    )
    said = page.run(script)
    assert said.startswith("RangeError: ") and message in said


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0.000"),
        (-0.0004, "0.000"),
        (-1.5, "\u22121.500"),
        (12.345678, "12.35"),
        (-345.67, "\u2212345.7"),
        (4321.9, "4322"),
    ],
)
def test_a_number_has_four_digits(number, text, page):
    assert page.run(f"BatchNorm.format({number})") == text


def test_what_is_shown_at_the_start(page):
    assert_all_shown(page, START)


def test_every_state_that_keys_can_reach_is_shown_right(page):
    """A walk over all the sliders, with real keys; the numbers and sentences hold at every stop."""
    rng, state = np.random.default_rng(0), {**START, "x": [1, 4, 7], "dout": [1, -1, 3]}
    ends = {"x": (-4, 12), "dout": (-4, 4)}
    keys = {"ArrowRight": 0.1, "ArrowLeft": -0.1, "PageUp": 1, "PageDown": -1}
    for _ in range(25):
        name, n = rng.choice(["x", "dout"]), int(rng.integers(3))
        focus(page, f'.bn-dot[aria-label="{name}[{n}]"]')
        values, (low, high) = list(state[name]), ends[name]
        for key in rng.choice([*keys, "Home", "End"], size=4, p=[0.25, 0.25, 0.15, 0.15, 0.1, 0.1]):
            page.press(str(key))
            moved = {"Home": low, "End": high}.get(key, values[n] + keys.get(key, 0))
            values[n] = round(min(high, max(low, moved)), 1)
        state[name] = values
        assert_all_shown(page, state)


def test_gamma_beta_and_eps_count(page):
    state = dict(START)
    for name, key, times, value in [("gamma", "Home", 1, -3), ("beta", "End", 1, 3), ("gamma", "ArrowRight", 4, -2.6)]:
        focus(page, f"[name={name}]")
        for _ in range(times):
            page.press(key)
        state[name] = value
        assert_all_shown(page, state)
        assert page.run(
            f"document.querySelector('[name={name}]').nextElementSibling.textContent"
        ) == f"{value:.1f}".replace("-", "\u2212")
    for eps in (0.01, 1e-5):
        focus(page, "[name=eps]")
        page.press("ArrowDown")
        state["eps"] = eps
        assert_all_shown(page, state)
    page.run("document.querySelector('.bn-page button').click()")
    assert_all_shown(page, START)
    assert page.run("document.querySelector('[name=eps]').value") == "0.25"


def test_three_equal_numbers_give_numbers(page):
    """The variance is 0: eps alone keeps the division from failing."""
    page.run("document.querySelector('[name=eps]').focus()")
    for _ in range(2):
        page.press("ArrowDown")
    for n in range(3):
        focus(page, f'.bn-dot[aria-label="x[{n}]"]')
        page.press("Home")
    assert_all_shown(page, {**START, "x": [-4, -4, -4], "eps": 1e-5})
    assert not page.run("/NaN|Infinity|undefined/.test(document.querySelector('.bn-page').innerHTML)")


def test_bars_and_lines_are_as_long_and_as_wide_as_the_numbers(page):
    focus(page, '.bn-dot[aria-label="x[0]"]')
    for _ in range(3):
        page.press("PageUp")
    right = compute_nodes(**{**START, "x": [4, 4, 7]})
    bars = page.run("""[...document.querySelectorAll('.bn-bars rect')].map(bar => [bar.getAttribute("class").slice(7),
        Number(bar.getAttribute("x")), Number(bar.getAttribute("width"))])""")
    ticks = page.run("""[...document.querySelectorAll('.bn-bars .bn-tick')].map(text =>
        [Number(text.textContent.replace("\u2212", "-")), Number(text.getAttribute("x"))])""")
    (low, left), (zero, middle), (high, end) = ticks
    assert zero == 0 and low == -high and len(bars) == 12
    for k, (path, x, width) in enumerate(bars):
        n, row = divmod(k, 4)
        paths = list(TERMS)
        assert path == (paths[row] if row < 3 else "backward")
        begins = 0 if row in (0, 3) else sum(right[TERMS[paths[j]]][n] for j in range(row))
        ends = begins + right[TERMS[paths[row]]][n]
        found = sorted((edge - middle) / (end - middle) * high for edge in (x, x + width))
        assert found == pytest.approx(sorted((begins, ends)), abs=1e-6 if abs(ends - begins) > 0.1 else 0.1)
    sizes = {path: np.abs(right[name]).sum() for path, name in TERMS.items() if path != "sum"}
    for path, size in sizes.items():
        width = page.run(f"parseFloat(getComputedStyle(document.querySelector('.bn-graph .bn-{path}')).strokeWidth)")
        assert width == pytest.approx(1 + 7 * size / max(sizes.values()), abs=0.01)
