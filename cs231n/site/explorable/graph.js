// The drawings: the graph with the numbers at every node, and how the three paths add up to dx.
"use strict";

{
  const { svg, format, sum } = BatchNorm;
  const ROW = 15, MAIN = 182, SIDE = 200, SIDE_WIDTH = 162;
  // For each node: left, top, width, what it computes, and the names of its gradients. The last gradient of a node is
  // the whole one; those before it are its parts, each with the path that brings it.
  const NODES = {
    x: [0, 2, MAIN, "the input", ["dx1", "dx2", "dx"]],
    mu: [SIDE, 74, SIDE_WIDTH, "mean(x)", ["dmu"]],
    xmu: [0, 138, MAIN, "x \u2212 mu", ["dxmu1", "dxmu2", "dxmu"]],
    sq: [SIDE, 218, SIDE_WIDTH, "xmu ** 2", ["dsq"]],
    var: [SIDE, 293, SIDE_WIDTH, "mean(sq)", ["dvar"]],
    std: [SIDE, 353, SIDE_WIDTH, "sqrt(var + eps)", ["dstd"]],
    inv_std: [SIDE, 413, SIDE_WIDTH, "1 / std", ["dinv_std"]],
    x_hat: [0, 450, MAIN, "xmu * inv_std", ["dx_hat"]],
    gamma: [SIDE, 514, SIDE_WIDTH, "scale", ["dgamma"]],
    beta: [SIDE, 562, SIDE_WIDTH, "shift", ["dbeta"]],
    out: [0, 540, MAIN, "gamma * x_hat + beta", ["dout"]],
  };
  const PATHS = {
    direct: ["x", "xmu", "x_hat", "out"],
    variance: ["x", "xmu", "sq", "var", "std", "inv_std", "x_hat", "out"],
    mean: ["x", "mu", "xmu", "x_hat", "out"],
  };
  BatchNorm.TERMS = { direct: "dxmu1", variance: "dxmu2", mean: "dx2" }; // what each path brings to x
  const BROUGHT_BY = { dxmu1: "direct", dxmu2: "variance", dx2: "mean" };
  // The lines between the boxes. Each ends a little before its box: there is the arrow's head.
  const LINES = {
    forward: [
      "M22 88V130", "M22 224V442", "M22 506V532", "M182 60H250V66", "M250 115V146H190", "M182 206H250V210",
      "M250 273V285", "M250 333V345", "M250 393V405", "M250 453V470H190", "M200 545H190", "M200 585H190",
    ],
    direct: ["M62 540V517", "M62 450V235", "M62 138V99"],
    variance: [
      "M102 540V517", "M182 486H300V464", "M300 413V404", "M300 353V344", "M300 293V284", "M300 218V188H193",
      "M102 138V99",
    ],
    mean: ["M142 540V517", "M142 450V235", "M182 160H300V126", "M300 74V42H193"],
  };

  const makeHead = (path) => {
    const size = path === "forward" ? [8, 8] : [14, 10];
    const attributes = { id: `bn-head-${path}`, viewBox: "0 0 10 10", refY: 5, orient: "auto" };
    Object.assign(attributes, { markerUnits: "userSpaceOnUse", markerHeight: size[0], markerWidth: size[1] });
    return svg("marker", { ...attributes, preserveAspectRatio: "none" }, svg("path", { class: `bn-fill-${path}`, d: "M0 0 10 5 0 10Z" }));
  };

  // Write the text of every number named `name` below an element.
  BatchNorm.write = (element, values) => {
    for (const text of element.querySelectorAll("[data-name]")) {
      const value = values[text.dataset.name];
      text.textContent = format(Array.isArray(value) ? value[text.dataset.index] : value);
    }
  };

  // The size of each path: the sum of |what it brings| over the examples.
  BatchNorm.measurePaths = (values) =>
    Object.fromEntries(Object.entries(BatchNorm.TERMS).map(([path, name]) => [path, sum(values[name].map(Math.abs))]));

  // Make the graph. Returns { element, draw(values) }.
  BatchNorm.makeGraph = () => {
    const label = "The graph from x down to out, with its numbers, and the three paths back. The table below has them all.";
    const element = svg("svg", { class: "bn-graph", viewBox: "0 0 362 604", role: "img", "aria-label": label });
    element.append(svg("defs", {}, ...Object.keys(LINES).map(makeHead)));
    for (const [path, lines] of Object.entries(LINES)) {
      for (const d of lines) {
        element.append(svg("path", { class: `bn-strand bn-${path}`, d, "marker-end": `url(#bn-head-${path})` }));
      }
    }
    element.append(svg("text", { class: "bn-strand-label bn-ink-direct", x: 72, y: 340 }, "direct"));
    element.append(svg("text", { class: "bn-strand-label bn-ink-mean", x: 152, y: 340 }, "mean"));
    element.append(svg("text", { class: "bn-strand-label bn-ink-variance", x: 308, y: 207 }, "variance"));
    for (const name of Object.keys(NODES)) element.append(makeNode(name));

    function draw(values, sizes) {
      const largest = Math.max(...Object.values(sizes)) || 1;
      for (const [path, size] of Object.entries(sizes)) {
        element.style.setProperty(`--bn-width-${path}`, `${1 + (7 * size) / largest}px`);
      }
      BatchNorm.write(element, values);
    }

    return { element, draw };
  };

  function makeNode(name) {
    const [x, y, width, operation, gradients] = NODES[name];
    const on = Object.keys(PATHS).filter((path) => PATHS[path].includes(name)).map((path) => `bn-on-${path}`);
    const box = svg("g", { class: ["bn-node", ...on].join(" "), transform: `translate(${x} ${y})` });
    const isArray = ["x", "xmu", "sq", "x_hat", "out"].includes(name);
    const height = 10 + ROW * (isArray ? 2 + gradients.length : 2);
    box.append(svg("rect", { width, height, rx: 3 }));
    const title = svg("text", { x: 6, y: ROW }, svg("tspan", { class: "bn-name" }, name), ` ${operation}`);
    box.append(title);
    const addNumber = (of, index, right, row, ink) =>
      box.append(svg("text", { class: `bn-number ${ink}`, "data-name": of, "data-index": index, x: right, y: ROW * row }));
    const step = 44; // room for "\u22120.800" in a wide font, and at the left for a label
    const addRow = (of, row, ink) => {
      if (!isArray) return addNumber(of, 0, row ? width - 6 : 48, 2, ink);
      for (const n of [0, 1, 2]) addNumber(of, n, width - 4 - step * (2 - n), 2 + row, ink);
    };
    addRow(name, 0, "");
    gradients.forEach((gradient, k) => {
      const ink = `bn-ink-${BROUGHT_BY[gradient] ?? "backward"}`;
      addRow(gradient, k + 1, ink);
      const place = isArray ? { x: 6, y: ROW * (k + 3) } : { x: 58, y: ROW * 2 };
      box.append(svg("text", { class: `bn-label ${ink}`, ...place }, gradient));
      if (k === 2) box.append(svg("path", { class: "bn-rule", d: `M6 ${ROW * 4 + 4}H${width - 6}` }));
    });
    return box;
  }

  // Make the bars: for each example the three paths, each starting where the one before ended, and then dx.
  BatchNorm.makeBars = () => {
    const LEFT = 96, RIGHT = 286, MIDDLE = (LEFT + RIGHT) / 2, GROUP = 4 * ROW + 9;
    const label = "How the three paths add up to dx, for each example. The table below has the numbers.";
    const element = svg("svg", { class: "bn-bars", viewBox: `0 0 344 ${3 * GROUP + 14}`, role: "img", "aria-label": label });
    element.append(svg("path", { class: "bn-axis", d: `M${MIDDLE} 0V${3 * GROUP - 3}` }));
    const rows = [0, 1, 2].flatMap((n) => {
      element.append(svg("text", { class: "bn-name", x: 0, y: GROUP * n + 14 }, `dx[${n}]`));
      return ["direct", "variance", "mean", "backward"].map((path, k) => {
        const y = GROUP * n + ROW * k, name = BatchNorm.TERMS[path] ?? "dx";
        const bar = svg("rect", { class: `bn-bar-${path}`, y: y + 4, height: ROW - 5 });
        element.append(svg("text", { class: `bn-ink-${path}`, x: 40, y: y + 14 }, path === "backward" ? "= sum" : path), bar);
        element.append(svg("text", { class: `bn-number bn-ink-${path}`, "data-name": name, "data-index": n, x: 342, y: y + 14 }));
        return { n, path, name, bar };
      });
    });
    const ends = [LEFT, MIDDLE, RIGHT].map((x) => element.appendChild(svg("text", { class: "bn-tick", x, y: 3 * GROUP + 10 })));

    function draw(values) {
      let reached = 0;
      const spans = rows.map(({ n, path, name }) => {
        const start = path === "direct" || path === "backward" ? 0 : reached;
        reached = start + values[name][n];
        return [start, reached];
      });
      const scale = roundUp(Math.max(...spans.flat().map(Math.abs)));
      const place = (value) => MIDDLE + ((value / scale) * (RIGHT - LEFT)) / 2;
      rows.forEach(({ bar }, k) => {
        const [low, high] = spans[k].map(place).sort((a, b) => a - b);
        bar.setAttribute("x", low);
        bar.setAttribute("width", Math.max(high - low, 1));
      });
      [-scale, 0, scale].forEach((value, k) => (ends[k].textContent = BatchNorm.sign(value)));
      BatchNorm.write(element, values);
    }

    return { element, draw };
  };

  // The smallest of 1, 2, 4, 8, ... that is not below a number: so the scale changes seldom.
  const roundUp = (size) => 2 ** Math.max(0, Math.ceil(Math.log2(size)));
}
