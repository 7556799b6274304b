"use strict";
// Keeps what is typed in this browser, by class and question, and makes a file of it. No text is ever taken for HTML.
(() => {
  const main = document.querySelector("main");
  const say = text => { document.getElementById("status").textContent = text; };
  const keyOf = question => `cs231n-marks:${main.dataset.class}:${question}`;
  let unkept = "";  // why the browser keeps nothing, if so

  // The drafts of a question: a Map from a student to points, comment, answer (its id) and typed (when).
  const memory = new Map();
  function load(question) {
    try {
      const drafts = JSON.parse(localStorage.getItem(keyOf(question)) || "[]");
      return new Map(drafts.filter(([student, draft]) => typeof student === "string" && draft));
    } catch (error) {
      return memory.get(question) || new Map();
    }
  }
  function keep(question, drafts) {
    memory.set(question, drafts);
    try {
      localStorage.setItem(keyOf(question), JSON.stringify([...drafts]));
      unkept = "";
    } catch (error) {
      unkept = " This browser keeps nothing: download before you close the page.";
    }
  }

  // The time now, but after another one, even if the two come from clocks that differ.
  function now(after) {
    return new Date(Math.max(Date.now(), (Date.parse(after) || 0) + 1)).toISOString();
  }

  // Points as a number, null if there are none, NaN if they cannot be given.
  function read(text, most) {
    if (!text) return null;
    const points = /^\d*[.,]?\d*$/.test(text) ? Number(text.replace(",", ".")) : NaN;
    return points <= most && Number.isInteger(2 * points) && /\d/.test(text) ? points : NaN;
  }

  class Box {
    constructor(element) {
      const section = element.closest("section");
      this.question = section.dataset.question;
      this.most = Number(section.dataset.of);
      this.merged = element.dataset;
      this.student = element.dataset.student;
      this.points = element.querySelector(".points");
      this.comment = element.querySelector(".comment");
      this.note = element.querySelector(".note");
      this.list = section.querySelector("datalist");
      for (const input of [this.points, this.comment]) input.addEventListener("input", () => this.type());
      this.comment.addEventListener("change", () => this.offer());
      this.points.addEventListener("keydown", event => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        move(this, event.shiftKey ? -1 : 1);
      });
    }
    get value() { return read(this.points.value.trim(), this.most); }
    get isValid() { return !Number.isNaN(this.value); }
    // Whether a draft says the same as the mark that the grader has for this very answer.
    isMerged(draft) {
      const {points, comment, marked, answer} = this.merged;
      const same = String(read(draft.points, this.most)) === String(read(points, this.most));
      return same && draft.comment === comment && (marked === "" || marked === answer);
    }
    type() {
      const drafts = load(this.question);
      const comment = this.comment.value.replace(/\s+/g, " ").trim();
      const draft = {points: this.points.value.trim(), comment, answer: this.merged.answer,
                     typed: now(this.merged.typed)};
      if (this.isMerged(draft)) drafts.delete(this.student);
      else drafts.set(this.student, draft);
      keep(this.question, drafts);
      this.show(draft);
      count();
    }
    show(draft) {
      this.points.setAttribute("aria-invalid", String(!this.isValid));
      const changed = !this.isMerged(draft);
      this.note.textContent = !this.isValid ? `Points are 0 to ${this.most}, in halves.` : changed ? "Kept here." : "";
    }
    // Fill in the draft, unless the grader has a mark that was typed later.
    restore(drafts) {
      const draft = drafts.get(this.student);
      if (!draft) return;
      if (this.isMerged(draft)) {
        drafts.delete(this.student);
      } else if (this.merged.typed && draft.typed < this.merged.typed) {
        this.note.textContent = `An older draft is in this browser: ${draft.points} ${draft.comment}`;
      } else {
        this.points.value = draft.points;
        this.comment.value = draft.comment;
        this.show(draft);
        if (draft.answer !== this.merged.answer) this.note.textContent = "Typed for an earlier answer: type it again.";
        this.offer();
      }
    }
    // Offer the comment for the other answers, too.
    offer() {
      const text = this.comment.value.trim();
      if (!text || [...this.list.options].some(option => option.value === text)) return;
      const option = document.createElement("option");
      option.value = text;
      this.list.append(option);
    }
  }

  const boxes = [...document.querySelectorAll(".marks")].map(element => new Box(element));
  const questions = [...new Set(boxes.map(box => box.question))];

  function move(box, step) {
    const next = boxes[boxes.indexOf(box) + step];
    if (next) focus(next);
  }
  function focus(box) {
    box.points.closest("article").scrollIntoView({block: "nearest"});
    box.points.focus();
  }
  // The drafts to download: those that are newer than the marks that the grader has.
  function collect() {
    const drafts = new Map(questions.map(question => [question, load(question)]));
    const found = boxes.map(box => ({box, draft: drafts.get(box.question).get(box.student)}));
    return found.filter(({box, draft}) => draft && !(draft.typed < box.merged.typed));
  }
  function count() {
    const without = boxes.filter(box => box.value === null).length;
    say(`${collect().length} marks are only in this browser. ${without} of ${boxes.length} answers have no points.` + unkept);
  }
  function download() {
    const found = collect();
    const wrong = found.find(({box, draft}) => Number.isNaN(read(draft.points, box.most)));
    if (wrong) {
      focus(wrong.box);
      say("Nothing was downloaded: these points cannot be given.");
      return;
    }
    const marks = found.map(({box, draft}) => ({
      student: box.student, question: box.question, points: read(draft.points, box.most), comment: draft.comment,
      answer: draft.answer, typed: draft.typed,
    }));
    const text = JSON.stringify({format: main.dataset.format, class: main.dataset.class, marks}, null, 1);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], {type: "application/json"}));
    link.download = "marks.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    say(`Downloaded ${marks.length} marks. Give marks.json to grade --merge; then load this page again.` + unkept);
  }

  for (const question of questions) {
    const drafts = load(question), before = drafts.size;
    for (const box of boxes) if (box.question === question) box.restore(drafts);
    if (drafts.size !== before) keep(question, drafts);
  }
  document.getElementById("download").addEventListener("click", download);
  document.getElementById("next").addEventListener("click", () => {
    const place = boxes.findIndex(box => box.points.closest("article").contains(document.activeElement));
    const after = [...boxes.slice(place + 1), ...boxes.slice(0, place + 1)];
    const next = after.find(box => box.value === null);
    if (next) focus(next);
    else say("All answers have points.");
  });
  addEventListener("storage", event => {  // another tab with the same page
    for (const box of boxes) {
      const draft = event.key === keyOf(box.question) && load(box.question).get(box.student);
      if (draft && !box.points.closest("article").contains(document.activeElement)) box.restore(new Map([[box.student, draft]]));
    }
    count();
  });
  count();
})();
