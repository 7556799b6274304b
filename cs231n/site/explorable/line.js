// A number line with three dots that can be dragged, or moved by the keys of a slider.
"use strict";

// Make an SVG element with attributes and children.
BatchNorm.svg = (tag, attributes = {}, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

// Make a line. name: of the three numbers; min, max: its ends; ticks: numbers to write below; base: a function of the
// three numbers that says where their bars start; move(n, value): called when the reader moves dot n; moveAll(change),
// if given, adds a diamond at the base that moves all three. Returns { element, draw(values) }.
BatchNorm.makeLine = ({ name, min, max, ticks, base, move, moveAll }) => {
  const { svg, format } = BatchNorm;
  const WIDTH = 344, LEFT = 68, RIGHT = 300, LANE = 27, AXIS = 3 * LANE + 8, STEPS_PER_UNIT = 10;
  const place = (value) => LEFT + ((value - min) / (max - min)) * (RIGHT - LEFT);
  const round = (value) => Math.round(value * STEPS_PER_UNIT) / STEPS_PER_UNIT;
  const element = svg("svg", {
    class: `bn-line bn-line-${name}`, viewBox: `0 0 ${WIDTH} ${AXIS + (moveAll ? 54 : 22)}`, role: "group",
    "aria-label": `${name}: three numbers to move`,
  });
  const write = (x, y, text, kind) => element.appendChild(svg("text", { x, y, class: kind }, text));
  element.append(svg("path", { class: "bn-axis", d: `M${LEFT} ${AXIS}H${RIGHT}` }));
  for (const tick of ticks) {
    element.append(svg("path", { class: "bn-axis", d: `M${place(tick)} ${AXIS}v4` }));
    write(place(tick), AXIS + 17, BatchNorm.sign(tick), "bn-tick");
  }
  const middle = element.appendChild(svg("path", { class: "bn-base" }));
  let values = [];

  // Make a dot that obeys the hand and the keys. read(): its value; limits(): [lowest, highest]; set(value): move it.
  function makeDot(label, shape, y, read, limits, set) {
    const dot = svg("g", { class: "bn-dot", tabindex: 0, role: "slider", "aria-label": label });
    dot.append(svg("circle", { class: "bn-reach", r: 17 }), shape, svg("path", { d: "M-4-3-7 0-4 3M4-3 7 0 4 3" }));
    const moveTo = (value) => set(Math.min(limits()[1], Math.max(limits()[0], value)));
    let held = null; // the distance from the hand to the dot's value, while the dot is held
    const under = (event) => {
      const box = element.getBoundingClientRect(), x = ((event.clientX - box.left) / box.width) * WIDTH;
      return min + ((x - LEFT) / (RIGHT - LEFT)) * (max - min);
    };
    dot.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      dot.setPointerCapture(event.pointerId);
      held = read() - under(event);
    });
    dot.addEventListener("pointermove", (event) => held !== null && moveTo(under(event) + held));
    for (const end of ["pointerup", "pointercancel"]) dot.addEventListener(end, () => (held = null));
    const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
    dot.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key in steps) moveTo(read() + steps[event.key] / STEPS_PER_UNIT);
      else if (event.key === "Home" || event.key === "End") moveTo(limits()[event.key === "End" ? 1 : 0]);
      else return;
      event.preventDefault(); // or the page would scroll
    });
    const draw = () => {
      dot.setAttribute("transform", `translate(${place(read())} ${y})`);
      const [valuemin, valuemax] = limits().map((value) => value.toFixed(1));
      const said = { valuemin, valuemax, valuenow: read().toFixed(1), valuetext: BatchNorm.sign(read().toFixed(1)) };
      for (const [key, text] of Object.entries(said)) dot.setAttribute(`aria-${key}`, text);
    };
    return { dot, draw };
  }

  const lanes = [0, 1, 2].map((n) => {
    const y = LANE * (n + 0.5) + 2, bar = element.appendChild(svg("path", { class: "bn-bar" }));
    write(0, y + 4, `${name}[${n}]`, "bn-name");
    const number = write(WIDTH, y + 4, "", "bn-number");
    const set = (value) => move(n, round(value));
    const { dot, draw } = makeDot(`${name}[${n}]`, svg("circle", { r: 11 }), y, () => values[n], () => [min, max], set);
    return { dot, draw() {
      bar.setAttribute("d", `M${place(base(values))} ${y}H${place(values[n])}`);
      number.textContent = BatchNorm.sign(values[n].toFixed(1));
      draw();
    } };
  });
  if (moveAll) {
    const y = AXIS + 37, mu = () => base(values);
    write(0, y + 4, "mu", "bn-name");
    const number = write(WIDTH, y + 4, "", "bn-number"), hint = write(0, y + 4, "moves all three", "bn-tick");
    const limits = () => [mu() + min - Math.min(...values), mu() + max - Math.max(...values)];
    const set = (value) => moveAll(round(value - mu()));
    const { dot, draw } = makeDot("mu, moves all three", svg("path", { d: "M0-14 15 0 0 14-15 0Z" }), y, mu, limits, set);
    lanes.push({ dot, draw() {
      const isRight = place(mu()) > WIDTH / 2; // then there is room on the left
      hint.setAttribute("x", place(mu()) + (isRight ? -62 : 62));
      number.textContent = format(mu());
      draw();
    } });
  }
  element.append(...lanes.map(({ dot }) => dot));

  function draw(newValues) {
    values = newValues;
    middle.setAttribute("d", `M${place(base(values))} 2V${AXIS}`);
    for (const lane of lanes) lane.draw();
  }

  return { element, draw };
};
