// What the student has in this browser's storage: read it, and give it out as one zip.
//
// JupyterLite keeps the files of each edition of the course in an IndexedDB database of its own. A file that was never
// changed is not in there. This module only reads.

import { zip } from "./zip.js";

const HERE = new URL(".", import.meta.url);
const NOT_WORK = /(^|\/)(__pycache__|\.ipynb_checkpoints)\/|\.(part|probe|pyc)$/;

/** What the build says of the site: edition, storage (how the names of the databases begin), megabytes. */
export async function readAbout() {
  return (await fetch(new URL("about.json", HERE), { cache: "no-cache" })).json();
}

/** Why this browser cannot run the course or keep work, as a sentence; "" if it can. */
export async function findObstacle() {
  if (typeof WebAssembly !== "object") return "This browser is too old: it has no WebAssembly.";
  if (!("serviceWorker" in navigator))
    return "This window cannot run the course: it has no service workers. Private windows of some browsers have none, " +
      "and pages without https have none. Use an ordinary window.";
  try {
    const name = "Batch normalization assignment, test";
    (await openDatabase(name, true)).close();
    indexedDB.deleteDatabase(name);
    return "";
  } catch {
    return "This window cannot keep your work: its storage is switched off. Allow this site to store data, or use an " +
      "ordinary window.";
  }
}

/**
 * Read the work of all editions of the course.
 * @returns {Promise<{edition: string, current: boolean, files: {name: string, bytes: Uint8Array, date: Date}[]}[]>}
 *   the current edition first; editions without a file are left out.
 */
export async function readWork() {
  const about = await readAbout();
  // Firefox before 126 cannot list databases. There, only the current edition is found.
  const known = indexedDB.databases ? (await indexedDB.databases()).map((database) => database.name) : [];
  const names = new Set([about.storage + about.edition, ...known.filter((name) => name.startsWith(about.storage))]);
  const work = [];
  for (const name of names) {
    const edition = name.slice(about.storage.length);
    const files = (await readFiles(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
    if (files.length) work.push({ edition, current: edition === about.edition, files });
  }
  return work;
}

/**
 * Give all work to the student as one zip.
 * @param {?{name: string, bytes: Uint8Array, date: Date}} open a file of the current edition as it stands on the page;
 *   it takes the place of the stored one, which may be older.
 * @returns {Promise<number>} how many files it holds; with 0 there is no zip.
 */
export async function downloadWork(open = null) {
  const work = await readWork();
  if (open) {
    const rest = work.find(({ current }) => current)?.files.filter(({ name }) => name !== open.name) ?? [];
    work.splice(0, work[0]?.current ? 1 : 0, { current: true, files: [open, ...rest] });
  }
  const files = work.flatMap(({ edition, current, files }) =>
    files.map((file) => ({ ...file, name: `batchnorm/${current ? "" : `edition-${edition}/`}${file.name}` })));
  if (!files.length) return 0;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(zip(files));
  link.download = `batchnorm-${stamp(new Date())}.zip`;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // later, since the browser may still be reading
  return files.length;
}

/** Open a database. Without `make`, fail if it does not exist, and leave nothing behind. */
function openDatabase(name, make = false) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name);
    request.onupgradeneeded = () => {
      if (!make) request.transaction.abort();
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Read the files of one edition; none if it has no database. */
async function readFiles(name) {
  let database;
  try {
    database = await openDatabase(name);
  } catch (error) {
    if (error.name === "AbortError") return [];
    throw error;
  }
  try {
    if (!database.objectStoreNames.contains("files")) return [];
    const models = await new Promise((resolve, reject) => {
      const request = database.transaction("files").objectStore("files").getAll();
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    return models
      .filter((model) => model && model.type !== "directory" && !NOT_WORK.test(model.path))
      .map((model) => ({ name: model.path, bytes: toBytes(model), date: new Date(model.last_modified) }));
  } finally {
    database.close();
  }
}

/** The bytes of a file, as JupyterLite keeps it: JSON, text, or base64. */
function toBytes({ format, content }) {
  if (format === "base64") return Uint8Array.from(atob(content ?? ""), (letter) => letter.charCodeAt(0));
  const text = format === "json" ? `${JSON.stringify(content, null, 1)}\n` : content ?? "";
  return new TextEncoder().encode(text);
}

function stamp(date) {
  const two = (number) => String(number).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day}-${two(date.getHours())}${two(date.getMinutes())}`;
}
