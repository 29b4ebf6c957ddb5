// The page: its views, its link, its key.

import { key } from "./api.js";
import { find, notify } from "./dom.js";
import * as judge from "./judge.js";
import * as program from "./program.js";
import * as run from "./run.js";
import { held, link } from "./share.js";
import * as submissions from "./submissions.js";

const VIEWS = ["run", "judge", "submissions"];
let shown = "run";
const act = { run: run.open(), judge: judge.open(), submissions: () => find("#submissions .go").click() };

function show(name) {
  shown = name;
  for (const each of VIEWS) find(`#${each}`).hidden = each !== name;
  for (const anchor of document.querySelectorAll("nav a")) {
    if (anchor.dataset.view === name) anchor.setAttribute("aria-current", "page");
    else anchor.removeAttribute("aria-current");
  }
  submissions.follow(name === "submissions");
}

// Fragments stay with this document, whatever <base> says: a link to "#run" would load the page again.
document.addEventListener("click", (event) => {
  const anchor = event.target.closest("nav a");
  if (!anchor) return;
  event.preventDefault();
  history.pushState(null, "", `#${anchor.dataset.view}`);
  show(anchor.dataset.view);
});

async function follow() {
  const name = location.hash.slice(1);
  if (VIEWS.includes(name)) return show(name);
  show("run");
  const value = await held(location.hash);
  if (!value) return location.hash && notify("The link holds no program that can be read.");
  program.write(value);
  run.writeInput(value);
}

async function share() {
  const address = await link({ ...program.read(), ...run.readInput() });
  history.replaceState(null, "", new URL(address).hash);
  try {
    await navigator.clipboard.writeText(address);
    find("#share").textContent = "Copied";
  } catch {
    find("#share").textContent = "It is in the address bar";
  }
  setTimeout(() => (find("#share").textContent = "Copy link"), 2000);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
  event.preventDefault();
  act[shown]();
});
find("#share").addEventListener("click", share);
find("#key-text").value = key.get();
find("#key-text").addEventListener("input", ({ target }) => key.set(target.value.trim()));
find("#key form").addEventListener("submit", (event) => (event.preventDefault(), location.reload()));
window.addEventListener("hashchange", follow);

submissions.open();
try {
  program.open({ onRun: () => act[shown]() });
  program.choose("python");
  if (!find("#input").value) find("#input").value = "Zuko\n";
  await follow();
} catch (error) {
  show("run");
  notify(error.message);
}
performance.mark("ready");
document.documentElement.dataset.ready = "true";
