// The landing page: what is stored in this browser, and "Download my work".

import { downloadWork, findObstacle, readWork } from "./work.js";

const status = document.querySelector("#status");

/** List what is stored: a line for each edition, with its notebooks and the number of saved answers. */
async function showWork() {
  const work = await readWork();
  const lines = work.map(({ edition, current, files }) => {
    const notebooks = files.filter((file) => file.name.endsWith(".ipynb"));
    const answers = files.filter((file) => /(^|\/)my_answers\/\w+\.py$/.test(file.name));
    const last = new Date(Math.max(...files.map((file) => file.date)));
    const item = document.createElement("li");
    item.textContent = `${current ? "This edition" : `An earlier edition (${edition})`}: notebooks: ${notebooks.length}, ` +
      `saved answers: ${answers.length}, last saved ${last.toLocaleString()}`;
    return item;
  });
  document.querySelector("#work").replaceChildren(...lines);
  document.querySelector("#nothing").hidden = lines.length > 0;
}

async function download() {
  try {
    const count = await downloadWork();
    status.textContent = count
      ? `Done: look for the zip in your downloads (files: ${count}).`
      : "Nothing is stored in this browser yet, so there is nothing to download.";
  } catch (error) {
    status.textContent = `The download failed: ${error}. Open each notebook, and take File, Download.`;
  }
}

document.querySelector("#download").addEventListener("click", download);
const obstacle = await findObstacle();
if (obstacle) {
  document.querySelector("#obstacle").textContent = obstacle;
  document.querySelector("#obstacle").hidden = false;
}
await showWork();
document.addEventListener("visibilitychange", () => document.hidden || showWork());
if (location.hash === "#download") await download();
