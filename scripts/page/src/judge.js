// The view that judges a program by cases or by a problem package.

import { events, json, send } from "./api.js";
import { find, make, notify } from "./dom.js";
import * as cases from "./cases.js";
import { capital } from "./ending.js";
import { read } from "./program.js";
import { runner } from "./running.js";

const SENTENCES = { AC: "Accepted", CE: "It does not compile", JE: "It could not be judged" };
let problem = null; // name@version of the package that was dropped

/** Make the view. Returns the function that judges the program. */
export function open() {
  const view = find("#judge");
  const drop = find("#drop");
  cases.add();
  find(".add", view).addEventListener("click", () => find(".in", cases.add()).focus());
  find("#paste .take").addEventListener("click", () => {
    cases.parse(find("#pasted").value).forEach(cases.add);
    find("#pasted").value = "";
  });
  find("#checker").addEventListener("change", ({ target }) => {
    const hidden = target.value !== "floats";
    find("#tolerance").hidden = find("label[for=tolerance]").hidden = hidden;
  });
  drop.addEventListener("dragover", (event) => (event.preventDefault(), drop.classList.add("over")));
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    store(event.dataTransfer.files[0]);
  });
  find("#package").addEventListener("change", ({ target }) => store(target.files[0]));
  return runner(view, (signal) => judge(view, signal));
}

/** Store a package, and judge by it from now on. */
async function store(file) {
  if (!file) return;
  const name = file.name.replace(/\.(zip|tar|tgz|tar\.gz)$/i, "").replace(/[^A-Za-z0-9_-]+/g, "-") || "problem";
  const line = find("#judge .package");
  line.hidden = false;
  line.textContent = `Reading ${file.name} …`;
  notify("");
  try {
    const stored = await json(`api/v1/problems/${encodeURIComponent(name.toLowerCase())}`, { method: "PUT", body: file });
    problem = `${stored.name}@${stored.version}`;
    cases.clear();
    line.replaceChildren(
      `Judged by the package ${stored.name}. `,
      make("button", { type: "button", class: "quiet", onclick: forget }, "Judge by the table instead"),
    );
  } catch (error) {
    forget();
    notify(error.message);
  }
}

function forget() {
  problem = null;
  cases.clear();
  find("#judge .package").hidden = true;
  find("#package").value = "";
}

function request() {
  const limitMs = find("#judge-limit").valueAsNumber || 2000;
  if (problem) return [{ ...read(), problem }, limitMs];
  const kind = find("#checker").value;
  const tolerance = find("#tolerance").valueAsNumber;
  const checker = kind === "floats" ? { kind, absolute_tolerance: tolerance, relative_tolerance: tolerance } : { kind };
  return [{ ...read(), cases: cases.read(), checker, time_limit_ms: limitMs }, limitMs];
}

async function judge(view, signal) {
  const result = find(".result", view);
  const say = (text, grade = "") => {
    result.hidden = false;
    find(".ending", result).textContent = text;
    find(".ending", result).className = `ending ${grade}`;
  };
  cases.clear();
  find(".compiled", view).replaceChildren();
  const [body, limitMs] = request();
  say("Judging …");
  let done = 0;
  try {
    const response = await send("api/v1/judge", { method: "POST", body, events: true, signal });
    for await (const { event, data } of events(response)) {
      if (event === "case") {
        cases.show(data, limitMs);
        say(`Judging … ${(done += 1)} ${done === 1 ? "case has" : "cases have"} ended`);
      } else if (event === "judgement") {
        conclude(view, data, say);
        return;
      } else if (event === "error") {
        throw new Error(capital(data.message ?? "it could not be judged"));
      }
    }
    throw new Error("The connection was lost before the judgement.");
  } catch (error) {
    if (error.name === "AbortError") say("Stopped.", "unsure");
    else result.hidden = true;
    throw error;
  }
}

function conclude(view, { verdict, message, decided_by: by, points, max_points: most, compile_output: compiled }, say) {
  const sentence = SENTENCES[verdict] ?? `${verdict}${by ? `, by case ${by}` : ""}`;
  const scored = points === null ? "" : ` (${points} of ${most} points)`;
  say(capital(sentence + scored + (message ? `: ${message}` : "")), { AC: "good", JE: "unsure" }[verdict] ?? "bad");
  if (compiled) find(".compiled", view).replaceChildren(make("pre", { tabIndex: 0, "aria-label": "Compiler" }, compiled));
}
