"""The explorable under a mouse, a finger and keys, on a phone, in the dark, in print and without JavaScript."""

import re

import pytest

from tests.helpers.browser import CHROMIUM, Browser
from tests.helpers.explorable_page import SHOWN, START, assert_all_shown, centre, focus, write_page
from tests.helpers.local_server import serve
from tests.helpers.page_looks import CONTRASTS, TOO_WIDE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="needs chromium: apt install chromium"),
]
# The texts in a box of the graph that touch each other where every number is as long as it can be.
OVERLAPS = """[...document.querySelectorAll(".bn-node")].flatMap(box => {
    for (const number of box.querySelectorAll("[data-name]")) number.textContent = "\u22120.888";
    const texts = [...box.querySelectorAll("text")].map(text => [text.textContent, text.getBoundingClientRect()]);
    return texts.flatMap(([one, a], k) => texts.slice(k + 1)
        .filter(([, b]) => Math.abs(a.bottom - b.bottom) < 4 && a.left < b.right && b.left < a.right)
        .map(([other]) => `${one} and ${other}`));
})"""
READY = "document.readyState == 'complete' && location.href == '{}' && !!document.querySelector('.bn-explorable')"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    write_page(folder)
    page = (folder / "index.html").read_text(encoding="utf-8")
    (folder / "broken.html").write_text(page.replace("graph.js", "missing.js"), encoding="utf-8")
    with serve(folder) as address, Browser(tmp_path_factory.mktemp("browser") / "profile") as browser:
        browser.address = address
        yield browser


def show(site, width=1000, dark=False, media="screen", name="index.html"):
    """Open the page in a window."""
    site.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    site.call("Emulation.setEmulatedMedia", media=media, features=[scheme])
    site.errors.clear()
    site.open("about:blank")
    site.open(site.address + name)
    site.wait_for(READY.format(site.address + name))


@pytest.fixture
def page(site):
    show(site)
    yield site
    assert site.errors == []


def pixels_per_unit(page, label):
    """How many pixels of the window are 1 on the line of a dot."""
    name, low, high = ("dout", -4, 4) if label.startswith("dout") else ("x", -4, 12)
    box = page.run(
        f"(b => [b.left, b.right])(document.querySelector('.bn-line-{name} .bn-axis').getBoundingClientRect())"
    )
    return (box[1] - box[0]) / (high - low)


@pytest.mark.parametrize("label", ["x[0]", "x[1]", "x[2]", "dout[0]", "dout[2]"])
def test_a_mouse_drags_a_dot(label, page):
    name, n = re.match(r"(\w+)\[(\d)]", label).groups()
    x, y = centre(page, label)
    page.drag((x, y), (x - 1.3 * pixels_per_unit(page, label), y + 20))
    values = list(START[name])
    values[int(n)] = round(values[int(n)] - 1.3, 1)
    assert_all_shown(page, {**START, name: values})
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y, button="none")  # the dot is released
    assert_all_shown(page, {**START, name: values})


def test_the_place_where_a_dot_is_held_does_not_move_it(page):
    x, y = centre(page, "x[1]")
    page.drag((x + 9, y), (x + 9, y))
    assert_all_shown(page, START)
    page.drag((x + 9, y), (x + 9 + 2 * pixels_per_unit(page, "x[1]"), y))
    assert_all_shown(page, {**START, "x": [1, 6, 7]})


def test_a_dot_stops_at_the_end_of_its_line(page):
    x, y = centre(page, "x[2]")
    page.drag((x, y), (x + 600, y))
    assert_all_shown(page, {**START, "x": [1, 4, 12]})
    x, y = centre(page, "dout[1]")
    page.drag((x, y), (2, y))
    assert_all_shown(page, {**START, "x": [1, 4, 12], "dout": [1, -4, 3]})


def test_only_the_left_button_drags(page):
    x, y = centre(page, "x[0]")
    right = {"button": "right", "buttons": 2, "clickCount": 1}
    page.call("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, **right)
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=x + 50, y=y, **right)
    page.call("Input.dispatchMouseEvent", type="mouseReleased", x=x + 50, y=y, **right)
    assert_all_shown(page, START)


def test_a_finger_drags_a_dot(page):
    x, y = centre(page, "x[0]")
    by = 2 * pixels_per_unit(page, "x[0]")
    page.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
    for part in (0.2, 0.6, 1):
        page.call("Input.dispatchTouchEvent", type="touchMove", touchPoints=[{"x": x + part * by, "y": y}])
    page.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    assert_all_shown(page, {**START, "x": [3, 4, 7]})


def test_the_diamond_moves_all_three_and_nothing_else_changes(page):
    """What the folded answer says."""
    before = {(name, n): text for name, n, text in page.run(f"{SHOWN}('table')")}
    x, y = centre(page, "mu")
    page.drag((x, y), (x + 3 * pixels_per_unit(page, "mu"), y))
    assert_all_shown(page, {**START, "x": [4, 7, 10]})
    after = {(name, n): text for name, n, text in page.run(f"{SHOWN}('table')")}
    assert {name for (name, n), text in after.items() if text != before[name, n]} == {"x", "mu"}
    focus(page, ".bn-dot[aria-label^=mu]")
    page.press("End")
    assert_all_shown(page, {**START, "x": [6, 9, 12]})
    page.press("Home")
    page.press("ArrowUp")
    assert_all_shown(page, {**START, "x": [-3.9, -0.9, 2.1]})


@pytest.mark.parametrize(
    ("key", "value"),
    [("ArrowRight", 4.1), ("ArrowUp", 4.1), ("ArrowLeft", 3.9), ("ArrowDown", 3.9), ("PageUp", 5), ("PageDown", 3),
     ("Home", -4), ("End", 12)],
)  # fmt: skip
def test_keys_move_a_dot_and_not_the_page(key, value, page):
    page.run("document.body.style.minHeight = '5000px'; scrollTo(0, 40)")
    dot = '.bn-dot[aria-label="x[1]"]'
    page.run(f"document.querySelector('{dot}').focus({{preventScroll: true}})")
    place = page.run("scrollY")
    page.press(key)
    assert_all_shown(page, {**START, "x": [1, value, 7]})
    names = ("role", "aria-valuemin", "aria-valuemax", "aria-valuenow", "aria-valuetext")
    found = [page.run(f"document.querySelector('{dot}').getAttribute('{name}')") for name in names]
    assert found == ["slider", "-4.0", "12.0", f"{value:.1f}", f"{value:.1f}".replace("-", "\u2212")]
    assert page.run("scrollY") == place


def test_tab_reaches_everything_and_the_focus_is_seen(page):
    stops = []
    for _ in range(20):
        page.press("Tab")
        stops.append(page.run("(e => e.getAttribute('aria-label') ?? e.name ?? e.tagName)(document.activeElement)"))
        if stops[-1] == "x[1]":
            ring = "(style => [style.strokeWidth, style.opacity])(getComputedStyle(document.activeElement.firstChild))"
            assert page.run(ring) == ["3px", "1"]
    wanted = ["x[0]", "x[1]", "x[2]", "mu, moves all three", "dout[0]", "dout[1]", "dout[2]", "gamma", "beta", "eps"]
    start = stops.index("x[0]")
    assert stops[start - 1] == "SUMMARY"
    assert stops[start : start + 14] == [*wanted, "", "bn-path", "SUMMARY", "SUMMARY"]  # "": the button has no name


def test_a_screen_reader_meets_names_values_and_a_short_summary(page):
    nodes = [node for node in page.call("Accessibility.getFullAXTree")["nodes"] if not node.get("ignored")]
    found = {(node["role"]["value"], node["name"]["value"]) for node in nodes if "name" in node}
    assert {("slider", "x[0]"), ("slider", "mu, moves all three"), ("slider", "dout[2]"), ("slider", "gamma")} <= found
    assert len([name for role, name in found if role == "image" and "table below" in name]) == 2
    assert all(name for role, name in found if role in ("slider", "button", "radio", "combobox", "image"))
    page.run("""globalThis.said = []; new MutationObserver(changes => said.push(changes[0].target.textContent))
        .observe(document.querySelector('.bn-said'), {childList: true})""")
    focus(page, '.bn-dot[aria-label="x[0]"]')
    for _ in range(5):
        page.press("ArrowLeft")
    page.wait_for("said.length > 0")
    page.run("new Promise(done => setTimeout(done, 1000))")
    assert len(page.run("said")) == 1, "five keys, one summary"
    assert re.fullmatch(
        r"mu 3\.833, var [\d.]+, dx [\d.\u2212, ]+\. Paths: direct [\d.]+, variance [\d.]+, mean [\d.]+\.",
        page.run("said[0]"),
    )


@pytest.mark.parametrize("path", ["direct", "variance", "mean"])
def test_a_path_can_be_chosen(path, page):
    page.run(f"document.querySelector('[value={path}]').click()")
    look = "[...document.querySelectorAll('{}')].map(e => getComputedStyle(e).opacity)"
    for name in ("direct", "variance", "mean"):
        for part in (".bn-graph .bn", ".bn-bars .bn-bar"):
            assert set(page.run(look.format(f"{part}-{name}"))) == {"1" if name == path else "0.2"}
        assert page.run(look.format(f"fieldset .bn-{name}")) == ["1"], "the legend does not fade"
    assert set(page.run(look.format(".bn-graph .bn-forward, .bn-bar-backward"))) == {"1"}
    on = {"direct": "x xmu x_hat out", "variance": "x xmu sq var std inv_std x_hat out", "mean": "x mu xmu x_hat out"}
    thick = """[...document.querySelectorAll(".bn-node rect")]
        .filter(box => getComputedStyle(box).strokeWidth == "2.5px")
        .map(box => box.parentElement.querySelector(".bn-name").textContent)"""
    assert set(page.run(thick)) == set(on[path].split())
    assert page.run("document.querySelector('.bn-words').textContent").lower().startswith(path)


@pytest.mark.parametrize("width", [320, 390, 700, 1280])
def test_nothing_is_too_wide(width, site):
    show(site, width=width)
    site.run("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    focus(site, '.bn-dot[aria-label="x[0]"]')
    site.press("End")
    assert site.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert site.run(TOO_WIDE) == []
    outside = """[...document.querySelectorAll(".bn-node text")].filter(text => {
        const [box, frame] = [text, text.parentElement.querySelector("rect")].map(e => e.getBoundingClientRect());
        return box.left < frame.left || box.right > frame.right || box.bottom > frame.bottom + 1;
    }).map(text => text.textContent)"""
    assert site.run(outside) == []
    assert site.run(OVERLAPS) == []
    line, graph = (
        site.run(f"document.querySelector('{part}').getBoundingClientRect().top") for part in (".bn-x", ".bn-graph")
    )
    assert (graph == line) == (width >= 700), "the graph is beside the line, and on a phone below it"


@pytest.mark.parametrize("dark", [False, True])
def test_all_text_has_contrast(dark, site):
    show(site, dark=dark)
    site.run("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    for path in ("all", "variance"):
        site.run(f"document.querySelector('[value={path}]').click()")
        found = site.run(CONTRASTS)
        assert len(found) > 200 and [text for text in found if text["ratio"] < 4.5] == []
    card = site.run("getComputedStyle(document.querySelector('.bn-page')).backgroundColor")
    assert card == ("rgb(28, 30, 34)" if dark else "rgb(246, 244, 239)")


def test_furos_switch_counts_more_than_the_computers_setting(site):
    colour = "getComputedStyle(document.querySelector('.bn-ink-direct')).color"
    for dark in (False, True):
        show(site, dark=dark)
        found = []
        for theme in ("light", "dark", "auto"):
            site.run(f"document.body.dataset.theme = '{theme}'")
            found.append(site.run(colour))
        assert found[0] == "rgb(31, 109, 193)" and found[1] == "rgb(111, 177, 245)" and found[2] == found[int(dark)]


def test_print_shows_the_present_state_on_white(site):
    show(site, dark=True)
    focus(site, '.bn-dot[aria-label="x[0]"]')
    site.press("PageUp")
    site.run("document.body.dataset.theme = 'dark'")
    site.call("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    assert_all_shown(site, {**START, "x": [2, 4, 7]})
    assert site.run("getComputedStyle(document.querySelector('.bn-ink-direct')).color") == "rgb(31, 109, 193)"
    assert site.run("document.querySelector('.bn-stored').checkVisibility()") is False
    height = "(document.querySelector('.bn-answer').open = true, document.querySelector('.bn-page').offsetHeight)"
    site.call("Emulation.setDeviceMetricsOverride", width=718, height=900, deviceScaleFactor=1, mobile=False)
    assert site.run(height) < 1040, "it fits on a sheet of A4 with margins of 1 cm"


def test_without_javascript_the_stored_figure_stays(site):
    site.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        show(site)
        seen = "document.querySelector('#stored').checkVisibility() && !document.querySelector('.bn-page')"
        assert site.run(seen)
    finally:
        site.call("Emulation.setScriptExecutionDisabled", value=False)


def test_with_a_script_missing_the_stored_figure_stays(site):
    show(site, name="broken.html")
    assert site.run("document.querySelector('#stored').checkVisibility() && !document.querySelector('.bn-page')")


def test_with_javascript_the_stored_figure_is_folded_below(page):
    inside = "document.querySelector('.bn-stored').contains(document.querySelector('#stored'))"
    assert page.run(inside) and page.run("document.querySelectorAll('#stored').length") == 1
    assert not page.run("document.querySelector('#stored').checkVisibility({contentVisibilityAuto: true})")
