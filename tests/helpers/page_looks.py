"""How a page of the grader looks in a browser: opened in a window, and scripts that measure it."""

# For every text on the page: its colour and the first background below it, and the contrast of the two by the WCAG.
CONTRASTS = """
(() => {
  const remember = compute => (memory => key => {
    if (!memory.has(key)) memory.set(key, compute(key));
    return memory.get(key);
  })(new Map());
  const channels = color => color.match(/[\\d.]+/g).map(Number);
  const luminance = remember(color => {
    const linear = channels(color).slice(0, 3).map(c => c / 255)
      .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  });
  const below = remember(element => {  // what shows of the element's background, and of those below it
    if (!element) throw new Error("no background");
    const [r, g, b, alpha = 1] = channels(getComputedStyle(element).backgroundColor);
    if (alpha === 0) return below(element.parentElement);
    if (alpha === 1) return `rgb(${[r, g, b]})`;
    const under = channels(below(element.parentElement));
    return `rgb(${[r, g, b].map((c, i) => c * alpha + under[i] * (1 - alpha))})`;
  });
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility({visibilityProperty: true})) continue;
    const pair = [getComputedStyle(element).color, below(element)];
    const [low, high] = pair.map(luminance).sort((a, b) => a - b);
    found.push({pair, ratio: (high + 0.05) / (low + 0.05), text: element.textContent.slice(0, 40)});
  }
  return found;
})()
"""
# The elements that reach beyond the window, unless they or what holds them scroll inside themselves.
TOO_WIDE = """
[...document.querySelectorAll("main *")].filter(element => {
  if (element.getBoundingClientRect().right <= innerWidth + 1) return false;
  return !element.closest(".scroll, pre");
}).map(element => element.outerHTML.slice(0, 80))
"""


def show(browser, file, width=1000, dark=False, media="screen"):
    """Open a page in a window of this width."""
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.call("Emulation.setEmulatedMedia", media=media, features=[scheme])
    browser.open(file.as_uri())
    browser.wait_for(f"document.readyState == 'complete' && location.href == '{file.as_uri()}'")
