// Runs in JupyterLite's page of a notebook: "Download my work" in one click, and warnings before work is lost.

import { downloadWork, findObstacle } from "./work.js";

const DOWNLOAD = "#download-my-work"; // the banner's link, in ../banner.py

const FULL = "This browser has no room left, so your last answer was not saved, and the running cell will not end. Click " +
  "Download my work now. Then make room on the disk, and take Kernel, Restart Kernel.";

/** What JupyterLab knows of the notebook that is open; undefined while the page is loading. */
const context = () => window.jupyterapp?.shell.currentWidget?.context;

/** Save the notebook that is open, if it has changed. If that fails, JupyterLab says why. */
async function save() {
  if (context()?.model?.dirty) await context().save().catch(() => {});
}

/** The notebook that is open, as a file, if it could not be saved; else null. */
function readUnsaved() {
  if (!context()?.model?.dirty) return null;
  const text = `${JSON.stringify(context().model.toJSON(), null, 1)}\n`;
  return { name: context().path, bytes: new TextEncoder().encode(text), date: new Date() };
}

/** Show a line below the page. A `role` of "alert" is read out at once. */
function say(text, role = "alert") {
  document.querySelector("#course-line")?.remove();
  const line = document.createElement("div");
  line.id = "course-line";
  line.setAttribute("role", role);
  line.style.cssText = "position:fixed;bottom:0;left:0;right:0;z-index:9999;padding:10px 16px;display:flex;gap:16px;" +
    "align-items:center;font:15px/1.4 system-ui,sans-serif;background:#7a1f1f;color:#fff";
  if (role === "status") line.style.background = "#14532d";
  const close = document.createElement("button");
  close.textContent = "Close";
  close.style.cssText = "margin-left:auto;font:inherit;padding:4px 12px;color:#111;background:#fff;border:0;border-radius:4px";
  close.onclick = () => line.remove();
  line.append(text, close);
  document.body.append(line);
}

async function download() {
  try {
    await save();
    const count = await downloadWork(readUnsaved());
    say(count ? `Your work is in the zip that was just downloaded (files: ${count}).` : "You have changed nothing yet.", "status");
  } catch (error) {
    say(`The download failed: ${error}. Save each notebook with File, Download.`);
  }
}

/** Put a button above the notebook, where it stays in sight. On a narrow window there is only the banner's link. */
function addButton() {
  const style = document.createElement("style");
  style.textContent = "#course-download{position:fixed;top:7px;right:120px;z-index:999;font:14px system-ui,sans-serif;" +
    "padding:5px 12px;border:1px solid #0b57a4;border-radius:6px;background:#0b57a4;color:#fff;cursor:pointer}" +
    "@media (max-width:760px){#course-download{display:none}}";
  const button = document.createElement("button");
  button.id = "course-download";
  button.textContent = "Download my work";
  button.onclick = download;
  document.head.append(style);
  document.body.append(button);
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.(`a[href$="${DOWNLOAD}"]`)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  download();
}, { capture: true });

// When the storage is full, JupyterLite leaves Python waiting for ever for an answer that was to be saved.
window.addEventListener("unhandledrejection", ({ reason }) => {
  if (reason?.name === "QuotaExceededError") say(FULL);
});

// A phone may end a page in the background at any time.
document.addEventListener("visibilitychange", () => document.hidden && save());

addButton();
const obstacle = await findObstacle();
if (obstacle) say(obstacle);
navigator.storage?.persist?.(); // ask the browser not to remove the work when the disk is full

// The tab that saves last wins, so say it if there are two. The lock is held as long as the page is open.
navigator.locks?.request(`cs231n ${location.pathname}${location.search}`, { ifAvailable: true }, (lock) => {
  if (lock) return new Promise(() => {});
  say("This notebook is open in another tab, too. Close one of the two: the one that is saved last replaces the other.");
});
