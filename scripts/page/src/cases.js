// The table of cases: typed, pasted, or those of a stored package; their verdicts as they arrive.

import { bar, find, make, milliseconds } from "./dom.js";

const GRADE = { AC: "good", JE: "unsure" };
const DIFFERENCE = /^(.*): expected (.*), got (.*)$/s;

const body = () => find("#cases tbody");

/** Add a case to the table. */
export function add({ input = "", output = "" } = {}) {
  const row = make(
    "tr",
    { class: "case" },
    make("th", { scope: "row" }),
    make("td", {}, make("textarea", { class: "in", value: input, rows: 2, spellcheck: false })),
    make("td", {}, make("textarea", { class: "out", value: output, rows: 2, spellcheck: false })),
    make("td", { class: "verdict" }),
    make("td", { class: "time" }),
    make("td", {}, make("button", { type: "button", class: "quiet remove", onclick: () => remove(row) }, "×")),
  );
  body().append(row);
  number();
  return row;
}

function remove(row) {
  row.nextElementSibling?.classList.contains("difference") && row.nextElementSibling.remove();
  row.remove();
  number();
}

function number() {
  body().querySelectorAll("tr.case:not(.stored)").forEach((row, at) => {
    const name = String(at + 1);
    find("th", row).textContent = name;
    find(".in", row).setAttribute("aria-label", `Input of case ${name}`);
    find(".out", row).setAttribute("aria-label", `Expected output of case ${name}`);
    find(".remove", row).setAttribute("aria-label", `Remove case ${name}`);
  });
}

/** Return the cases as requests have them. */
export const read = () =>
  [...body().querySelectorAll("tr.case:not(.stored)")].map((row) => ({
    input: find(".in", row).value, output: find(".out", row).value,
  }));

/** Return the cases in a text: input and output apart by "---", cases by "===". */
export function parse(text) {
  return text
    .split(/^===+ *$/m)
    .filter((part) => part.trim())
    .map((part) => {
      const [input, ...output] = part.replace(/^\n/, "").split(/^---+ *\n/m);
      return { input, output: output.join("") };
    });
}

/** Remove the verdicts, and the rows of a package's cases. */
export function clear() {
  body().querySelectorAll("tr.stored, tr.difference").forEach((row) => row.remove());
  for (const cell of body().querySelectorAll(".verdict, .time")) cell.replaceChildren();
}

/** Show a case that has ended. Cases of a package get their row now. */
export function show(found, limitMs) {
  const row = rowOf(found.name);
  const cell = find(".verdict", row);
  cell.replaceChildren(make("span", { class: GRADE[found.verdict] ?? "bad", title: found.message ?? "" }, found.verdict));
  const label = `CPU time of case ${found.name} against the limit`;
  find(".time", row).replaceChildren(
    `${milliseconds(found.time_used_ms)}${found.borderline ? " (near)" : ""} `, bar(found.time_used_ms, limitMs, label),
  );
  const sentence = [found.message, found.checker_message].filter(Boolean).join("; ");
  if (sentence || found.diff) row.after(make("tr", { class: "difference" }, difference(sentence, found.diff)));
}

function rowOf(name) {
  const known = [...body().querySelectorAll("tr.case")].find((row) => find("th", row).textContent === name);
  if (known) return known;
  const row = make(
    "tr",
    { class: "case stored" },
    make("th", { scope: "row" }, name),
    make("td", { colSpan: 2, class: "hint" }, "of the package"),
    make("td", { class: "verdict" }),
    make("td", { class: "time" }),
    make("td"),
  );
  body().append(row);
  return row;
}

function difference(sentence, diff) {
  const cell = make("td", { colSpan: 6 });
  const [, place, expected, got] = DIFFERENCE.exec(diff ?? "") ?? [];
  if (place === undefined) {
    cell.append([sentence, diff].filter(Boolean).join("; "));
    return cell;
  }
  const side = (title, text) => make("div", {}, make("h3", {}, title), make("pre", {}, make("mark", {}, text)));
  cell.append(`First difference: ${place}`, make("div", { class: "sides" }, side("Expected", expected), side("Got", got)));
  return cell;
}
