// What the tests of the book ask of a page. They run this in the page, and then call `facts`.
const name = (element) => `${element.tagName} ${element.className}: ${element.textContent.trim().slice(0, 60)}`;
const all = (selector) => [...document.querySelectorAll(selector)];
const shown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

const lines = (pre) => pre.textContent.replace(/\n$/, "").split("\n");
const longest = (pre) => Math.max(...lines(pre).map((line) => line.length));

const facts = {
  // The texts that a person sees, without code and formulas.
  prose() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement;
      if (shown(parent) && !parent.closest("code, pre, script, style, .katex")) texts.push(walker.currentNode.textContent);
    }
    return texts;
  },

  images: () => all("article img").map((image) => ({ alt: image.alt, width: image.naturalWidth })),

  headings: () => all("article :is(h1, h2, h3, h4, h5, h6)").map((heading) => Number(heading.tagName[1])),

  open_all() {
    for (const details of all("details")) details.open = true;
  },

  // What reaches beyond the window at the right, unless it scrolls inside itself.
  too_wide() {
    const page = document.documentElement;
    const inside = "svg, pre, div.math, .table-wrapper, a.image-reference, .katex-mathml";
    const reaching = all("body, .content, .content *").filter(
      (element) => shown(element) && element.getBoundingClientRect().right > page.clientWidth + 1 && !element.closest(inside),
    );
    return [...reaching.map(name), ...(page.scrollWidth > page.clientWidth ? ["the page scrolls sideways"] : [])];
  },

  // What holds more than it shows, and neither scrolls nor takes the focus.
  cut_off: () =>
    all("article *")
      .filter((element) => shown(element) && element.scrollWidth > element.clientWidth + 1 && !element.closest(".katex"))
      .filter((element) => {
        const overflow = getComputedStyle(element).overflowX;
        if (overflow === "visible") return false;
        return !["auto", "scroll"].includes(overflow) || element.tabIndex < 0; // a link has tabIndex 0
      })
      .map(name),

  // On paper nothing can be scrolled.
  scrolling: () =>
    all("article *")
      .filter((element) => shown(element) && element.scrollWidth > element.clientWidth + 1 && element.tagName !== "math")
      .filter((element) => getComputedStyle(element).overflowX !== "visible" && !element.closest(".katex"))
      .map(name),

  // Code whose lines are no longer than a number of letters, and that scrolls sideways all the same.
  scrolling_code: (letters) =>
    all("pre")
      .filter((pre) => pre.scrollWidth > pre.clientWidth && longest(pre) <= letters)
      .map(name),

  // Code whose lines are no longer than a number of letters, and that is broken over more lines than it has.
  broken_code: (letters) =>
    all("pre")
      .filter((pre) => longest(pre) <= letters)
      .filter((pre) => {
        const { lineHeight, paddingTop, paddingBottom } = getComputedStyle(pre);
        const room = pre.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom);
        return Math.round(room / parseFloat(lineHeight)) > lines(pre).length;
      })
      .map(name),

  // On paper: what helps only somebody who sees the page on a screen, and what stays in its place there.
  only_for_the_screen: () =>
    all("body *")
      .filter((element) => shown(element) && element.tagName !== "SCRIPT")
      .filter((element) => {
        const fixed = ["fixed", "sticky"].includes(getComputedStyle(element).position);
        return fixed || element.matches("button, nav, aside, label[for], .headerlink, .related-pages");
      })
      .map(name),

  // What the darkest theme leaves dark on paper: the sheet itself and the ground of its texts.
  dark_on_paper() {
    document.body.dataset.theme = "dark";
    const dark = all("html, body, article, .highlight, table, th, .admonition, .bn-page").filter((element) => {
      const [red, green, blue, alpha = 1] = getComputedStyle(element).backgroundColor.match(/[\d.]+/g).map(Number);
      return alpha > 0 && Math.min(red, green, blue) < 200;
    });
    document.body.dataset.theme = "auto";
    return dark.map(name);
  },

  // From now on, note what has the focus, and every disclosure that is opened or closed.
  watch_keys() {
    window.noted = { opened: new Set(), closed: new Set(), unseen: [] };
    new MutationObserver((changes) => {
      for (const { target, oldValue } of changes) noted[oldValue === null ? "opened" : "closed"].add(target);
    }).observe(document.body, { attributeFilter: ["open"], attributeOldValue: true, subtree: true });
    addEventListener("focusin", ({ target }) => {
      const style = getComputedStyle(target);
      if (!shown(target) || style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 1) noted.unseen.push(name(target));
    });
    // Only disclosures are pressed; links and buttons stay as they are.
    addEventListener("click", (event) => event.target.closest("summary") || event.preventDefault(), true);
  },

  // Of the last few disclosures, whether they were closed as well.
  keys_noted: (few) => ({
    never_opened: all("details").filter((details) => !noted.opened.has(details)).map(name),
    never_closed: all("details").slice(-few).filter((details) => !noted.closed.has(details)).map(name),
    unseen: noted.unseen,
  }),

  // Let the browser lay out only what is in the window, or everything again. Every key lays out the page anew.
  lay_out(everything) {
    document.querySelector("#lazy")?.remove();
    const style = '<style id="lazy">article section > * { content-visibility: auto; }</style>';
    if (!everything) document.head.insertAdjacentHTML("beforeend", style);
  },

  // Take out the spans inside code and the parts of formulas, which axe would look at one by one: it has no rule about
  // them but that of contrast, and `CONTRASTS` looks at their colours.
  thin_out() {
    for (const formula of all(".katex-html, .katex math")) formula.textContent = "x";
    for (const code of all(".highlight pre")) code.textContent = code.textContent;
  },

  // The rules of axe that the page breaks.
  async violations(options) {
    const result = await axe.run(document, { resultTypes: ["violations"], ...options });
    return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).slice(0, 3).join(", ")}`);
  },
};
window.facts = facts;
