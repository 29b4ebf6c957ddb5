// The program: language, code, files. All views share it.

import { find, make } from "./dom.js";
import { createEditor } from "./editor.js";

let editor;
let languages = [];
let examples = {}; // by the name of the language
let untouched = ""; // the example in the editor; the user's own text is never replaced

/** Make the editor and the list of languages. */
export function open({ onRun }) {
  editor = createEditor(find("#editor"), { label: "Program", onRun });
  find("#language").addEventListener("change", () => choose(find("#language").value));
  find("#example").addEventListener("click", showExample);
  find("#files .add").addEventListener("click", () => addFile({ name: "", content: "" }).querySelector("input").focus());
  const told = JSON.parse(find("#data").textContent); // what /api/v1/languages answers, and the examples
  ({ languages, examples } = told);
  find("#language").replaceChildren(
    ...languages.map(({ name, title, version }) => make("option", { value: name }, `${title} ${version}`)),
  );
  find("#timeout").max = told.limits.timeout_max_s;
  find("#timeout").value ||= told.limits.timeout_default_s;
  return told;
}

/** Return the language that is chosen, as the service lists it. */
export const language = () => languages.find(({ name }) => name === find("#language").value);

/** Choose a language. The example in the editor follows it; a text of the user's stays. */
export function choose(name) {
  const found = languages.find((each) => each.name === name || each.aliases.includes(name)) ?? languages[0];
  find("#language").value = found.name;
  editor.setLanguage(found.family);
  if (editor.text === untouched) showExample();
}

function showExample() {
  editor.text = untouched = examples[language().name];
}

/** Return the program as requests have it. */
export function read() {
  const files = [...document.querySelectorAll("#files .file")]
    .map((row) => ({ name: find("input", row).value.trim(), content: find("textarea", row).value }))
    .filter(({ name }) => name);
  return { language: language().name, code: editor.text, ...(files.length && { files }) };
}

/** Show a program. */
export function write({ language: name, code, files = [] }) {
  editor.text = code;
  untouched = "";
  find("#files .rows").replaceChildren();
  files.forEach(addFile);
  find("#files").open = files.length > 0;
  count();
  choose(name);
}

function addFile({ name, content }) {
  const row = make(
    "div",
    { class: "file" },
    make("input", { value: name, placeholder: "name.txt", "aria-label": "File name", spellcheck: false, oninput: count }),
    make("button", { type: "button", class: "quiet", onclick: () => (row.remove(), count()) }, "Remove"),
    make("textarea", { value: content, rows: 4, "aria-label": "Content", spellcheck: false }),
  );
  find("#files .rows").append(row);
  count();
  return row;
}

function count() {
  const files = document.querySelectorAll("#files .file").length;
  find("#files .count").textContent = files ? `(${files})` : "";
}
