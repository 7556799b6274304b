// What scrolls sideways takes the keyboard's focus, so that the arrow keys scroll it; what does not scroll is passed over.
const WIDE = "pre, div.math, .table-wrapper";
const watch = new ResizeObserver((changes) => {
  for (const { target } of changes) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
addEventListener("DOMContentLoaded", () => document.querySelectorAll(WIDE).forEach((element) => watch.observe(element)));
