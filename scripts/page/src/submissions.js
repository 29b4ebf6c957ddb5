// The view of the stored submissions, the newest first, as they are now.

import { json } from "./api.js";
import { find, make, milliseconds, notify } from "./dom.js";
import { capital } from "./ending.js";
import { read, write } from "./program.js";
import { readInput, writeInput } from "./run.js";

const EVERY_MS = 1000;
const PAGE = 20;
const SHOWN = 200_000; // characters of an output
const GRADE = { OK: "good", AC: "good", done: "", queued: "unsure", running: "unsure" };
let timer = null;
let shown = PAGE;
let opened = null; // id of the one whose details are shown

const view = () => find("#submissions");

/** Make the view. */
export function open() {
  find(".go", view()).addEventListener("click", submit);
  find("#state").addEventListener("change", () => ((shown = PAGE), refresh()));
  find(".more", view()).addEventListener("click", () => ((shown += PAGE), refresh()));
}

/** Follow the list while the view is shown. */
export function follow(visible) {
  clearTimeout(timer);
  timer = null;
  if (visible) refresh();
}

async function submit() {
  notify("");
  try {
    await json("api/v1/submissions", { method: "POST", body: { ...read(), ...readInput() } });
    await refresh();
  } catch (error) {
    notify(error.message);
  }
}

async function refresh() {
  clearTimeout(timer);
  timer = -1;
  try {
    const state = find("#state").value;
    const [page, queue] = await Promise.all([
      json(`api/v1/submissions?limit=${Math.min(shown, 100)}${state && `&state=${state}`}`), json("api/v1/queue"),
    ]);
    find("tbody", view()).replaceChildren(...page.submissions.map(row));
    find(".more", view()).hidden = !page.next || shown >= 100;
    find(".queue", view()).textContent = `${queue.queued} queued, ${queue.running} running`;
    if (opened) await showOne(opened);
  } catch (error) {
    notify(error.message);
  } finally {
    if (timer !== null && !view().hidden) timer = setTimeout(refresh, EVERY_MS);
  }
}

function row(submission) {
  const { id, created_at: sent, language, problem, state, message } = submission;
  const button = (text, label, act) =>
    make("button", {
      type: "button", class: "quiet", "aria-label": `${text} ${label}`,
      onclick: (event) => (event.stopPropagation(), attempt(act)),
    }, text);
  const when = new Date(sent);
  const over = !["queued", "running"].includes(state);
  return make(
    "tr",
    { onclick: () => attempt(() => showOne(id)) },
    make("td", {}, make("time", { dateTime: sent, title: id }, when.toLocaleTimeString())),
    make("td", {}, problem ? `${language}, ${problem}` : language),
    make("td", { class: GRADE[state] ?? "bad" }, state),
    make("td", {}, message ?? ""),
    make(
      "td",
      {},
      button("Show", `the submission of ${when.toLocaleTimeString()}`, () => showOne(id)),
      " ",
      button("Edit", "its program", () => edit(id)),
      " ",
      over
        ? button("Again", "do it", () => json(`api/v1/submissions/${id}/rejudge`, { method: "POST", body: {} }).then(refresh))
        : button("Cancel", "it", () => json(`api/v1/submissions/${id}`, { method: "DELETE" }).then(refresh)),
    ),
  );
}

async function attempt(act) {
  notify("");
  try {
    await act();
  } catch (error) {
    notify(error.message);
  }
}

async function showOne(id) {
  opened = id;
  const found = await json(`api/v1/submissions/${id}`);
  const block = find(".one", view());
  const isOpen = find("details", block)?.open ?? false;
  const text = JSON.stringify(found, null, 2);
  if (block.dataset.text === text) return;
  block.dataset.text = text;
  block.hidden = false;
  block.replaceChildren(
    make("h2", {}, summary(found)),
    ...output("Output", found.result?.stdout),
    ...output("Standard error", found.result?.stderr),
    ...output("Compiler", found.result?.compile_output),
    ...output("Cases", found.result?.cases?.map(({ name, verdict }) => `${name} ${verdict}`).join("\n")),
    make("details", { open: isOpen }, make("summary", {}, "All that is stored"), make("pre", { tabIndex: 0 }, text)),
  );
}

const output = (title, text) =>
  text ? [make("h3", {}, title), make("pre", { tabIndex: 0, "aria-label": title }, text.slice(0, SHOWN))] : [];

function summary({ state, attempt: number, message: why, result }) {
  if (!result) return capital(why ?? `${state}, attempt ${number}`);
  const time = milliseconds(result.time_used_ms);
  return capital(`${result.verdict ?? result.status}: ${result.message ?? "it ended by itself"}, ${time} of CPU time`);
}

async function edit(id) {
  const request = await json(`api/v1/submissions/${id}/request`);
  write(request);
  writeInput(request);
  location.hash = "#run";
}
