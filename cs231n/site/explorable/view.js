// The explorable: it takes the place of the stored figure in .bn-explorable, and keeps the figure folded below.
"use strict";

{
  const { forward, backward, format, sign, sum } = BatchNorm;
  const START = { x: [1, 4, 7], dout: [1, -1, 3], gamma: 2, beta: 1, eps: 0.25 }; // as in the stored figure
  const NAMES = `x mu xmu sq var std inv_std x_hat out dout dbeta dgamma dx_hat dinv_std dxmu1 dstd dvar dsq dxmu2 dxmu
    dmu dx1 dx2 dx`.split(/\s+/);
  const WORDS = {
    all: "dx = direct + variance + mean: each bar starts where the one above it ends.",
    direct: "Direct: what would arrive if mu and var were constants.",
    variance: "Variance: the farther from mu, the more. Its three numbers add to 0.",
    mean: "Mean: the same for all three. It takes away the average of what came directly.",
  };
  const swatch = (path) => `<svg viewBox="0 0 26 8" aria-hidden="true"><path class="bn-strand bn-${path}" d="M0 4H26"/></svg>`;
  const radio = (path) => `<label><input type="radio" name="bn-path" value="${path}"> ${swatch(path)} ${path}
    <b data-size="${path}"></b></label>`;
  const knob = (name) => `<label>${name} <input type="range" name="${name}" aria-label="${name}" min="-3" max="3" step="0.1"> <output></output></label>`;
  const PAGE = `
    <p><strong>Drag a dot.</strong> Every number follows: forward down the graph, backward up.</p>
    <p><strong>Guess first:</strong> the diamond moves all three <code>x</code> by the same amount. Which numbers will
      change?</p>
    <details class="bn-answer"><summary>Answer</summary><p>Only <code>x</code> and <code>mu</code>. <code>xmu</code> stays as it is, and so
      does everything that is computed from it, forward and backward.</p></details>
    <div class="bn-columns">
      <div class="bn-x"></div>
      <div class="bn-picture"></div>
      <div class="bn-dout"><p><code>dout</code>, the gradient from above:</p></div>
      <div class="bn-knobs">${knob("gamma")}${knob("beta")}<label>eps <select name="eps"><option>0.25</option>
        <option>0.01</option><option value="0.00001">1e-5 (usual)</option></select></label>
        <button type="button">Start again</button></div>
      <div class="bn-paths"><fieldset><legend>What each path brings to <code>x</code> (sum of the sizes):</legend>
        <label><input type="radio" name="bn-path" value="all" checked> all three</label>
        ${Object.keys(BatchNorm.TERMS).map(radio).join("")}</fieldset><p class="bn-words"></p></div>
    </div>
    <ul>
      <li><code>dx[0] + dx[1] + dx[2]</code> = <b data-fact="dx"></b>, whatever you drag: if all three <code>x</code> move
        alike, no output moves.</li>
      <li>The mean path brings the same to all three, here <b data-fact="dx2"></b>: minus the average of
        the direct path.</li>
      <li>The variance path's three numbers add to <b data-fact="dxmu2"></b>. So the fourth way, by <code>mu</code> and
        then <code>sq</code>, always carries 0.</li>
    </ul>
    <details class="bn-table"><summary>All numbers as a table</summary><table><thead><tr><th scope="col">name</th>
      <th scope="col">[0]</th><th scope="col">[1]</th><th scope="col">[2]</th></tr></thead><tbody></tbody></table></details>
    <details class="bn-stored"><summary>The figure with the numbers at the start</summary></details>
    <p class="bn-said" role="status"></p>`;

  // All nodes and gradients of a state, by name.
  function compute({ x, dout, gamma, beta, eps }) {
    const nodes = forward(x, gamma, beta, eps);
    return { ...nodes, dout, ...backward(dout, nodes) };
  }

  function makeRow(name, value) {
    const cell = (n, width) => `<td colspan="${width}" data-name="${name}" data-index="${n}"></td>`;
    const cells = Array.isArray(value) ? value.map((_, n) => cell(n, 1)).join("") : cell(0, 3);
    return `<tr><th scope="row">${name}</th>${cells}</tr>`;
  }

  function start(root) {
    let state = START, speaking;
    const page = document.createElement("div");
    page.className = "bn-page";
    page.innerHTML = PAGE;
    const find = (selector) => page.querySelector(selector);
    find("tbody").innerHTML = NAMES.map((name) => makeRow(name, compute(START)[name])).join("");
    const change = (part) => {
      state = { ...state, ...part };
      draw();
    };
    const round = (value) => Math.round(value * 10) / 10;
    const xLine = BatchNorm.makeLine({
      name: "x", min: -4, max: 12, ticks: [-4, 0, 4, 8, 12], base: (x) => sum(x) / x.length,
      move: (n, value) => change({ x: state.x.with(n, value) }),
      moveAll: (by) => change({ x: state.x.map((value) => round(value + by)) }),
    });
    const doutLine = BatchNorm.makeLine({
      name: "dout", min: -4, max: 4, ticks: [-4, -2, 0, 2, 4], base: () => 0,
      move: (n, value) => change({ dout: state.dout.with(n, value) }),
    });
    const graph = BatchNorm.makeGraph(), bars = BatchNorm.makeBars();
    find(".bn-x").append(xLine.element);
    find(".bn-dout").append(doutLine.element);
    find(".bn-picture").append(graph.element);
    find(".bn-paths").append(bars.element);

    function draw() {
      const values = compute(state), sizes = BatchNorm.measurePaths(values);
      xLine.draw(state.x);
      doutLine.draw(state.dout);
      graph.draw(values, sizes);
      bars.draw(values);
      BatchNorm.write(find("table"), values);
      for (const name of ["gamma", "beta", "eps"]) {
        const input = find(`[name=${name}]`);
        input.value = state[name];
        if (name !== "eps") input.nextElementSibling.textContent = sign(state[name].toFixed(1));
      }
      for (const path in sizes) find(`[data-size=${path}]`).textContent = format(sizes[path]);
      const facts = { dx: sum(values.dx), dx2: values.dx2[0], dxmu2: sum(values.dxmu2) };
      for (const name in facts) find(`[data-fact=${name}]`).textContent = format(facts[name]);
      clearTimeout(speaking); // a screen reader hears only the last of many changes
      speaking = setTimeout(() => (find(".bn-said").textContent = say(values, sizes)), 600);
    }

    function say(values, sizes) {
      const paths = Object.entries(sizes).map(([path, size]) => `${path} ${format(size)}`).join(", ");
      return `mu ${format(values.mu)}, var ${format(values.var)}, dx ${values.dx.map(format).join(", ")}. Paths: ${paths}.`;
    }

    function highlight(path) {
      root.dataset.path = path;
      find(".bn-words").textContent = WORDS[path];
    }

    page.addEventListener("input", ({ target }) => {
      if (target.name === "bn-path") highlight(target.value);
      else change({ [target.name]: Number(target.value) });
    });
    find("button").addEventListener("click", () => change(START));
    draw();
    clearTimeout(speaking); // nothing has changed yet
    highlight("all");
    find(".bn-stored").append(...root.childNodes);
    root.append(page);
  }

  for (const root of document.querySelectorAll(".bn-explorable")) start(root);
}
