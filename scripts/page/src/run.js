// The view that runs a program: output as it comes, how it ended, what it cost.

import { events, send } from "./api.js";
import { find, make } from "./dom.js";
import { ending, figures } from "./ending.js";
import { language, read } from "./program.js";
import { runner } from "./running.js";

const SHOWN = 200_000; // characters of a stream that are shown: megabytes would stop the browser

/** Make the view. Returns the function that runs the program. */
export function open() {
  const view = find("#run");
  return runner(view, (signal) => run(view, signal));
}

/** Return what beside the program belongs to a run, as a link holds it. */
export function readInput() {
  const args = find("#arguments").value;
  return {
    input_data: find("#input").value,
    ...(args && { args: args.replace(/\n$/, "").split("\n") }),
    ...(find("#timeout").valueAsNumber && { timeout: find("#timeout").valueAsNumber }),
  };
}

/** Show what a link holds. */
export function writeInput({ input_data: input = "", args = [], timeout }) {
  find("#input").value = input;
  find("#arguments").value = args.join("\n");
  if (timeout) find("#timeout").value = timeout;
}

async function run(view, signal) {
  const result = find(".result", view);
  const outputs = new Outputs(find(".outputs", view));
  const limits = { wallLimitMs: find("#timeout").valueAsNumber * 1000, memoryLimitKb: language().memory_mib * 1024 };
  result.hidden = false;
  say(result, "Running …", "");
  find(".figures", result).replaceChildren();
  try {
    const response = await send("api/v1/execute", {
      method: "POST", body: { ...read(), ...readInput() }, events: true, signal,
    });
    const found = await follow(response, outputs);
    say(result, ...ending(found));
    outputs.end(found);
    if (found.wall_time_ms !== null) find(".figures", result).replaceChildren(...figures(found, limits));
  } catch (error) {
    if (error.name === "AbortError") say(result, "Stopped.", "unsure");
    else result.hidden = true;
    throw error;
  }
}

/** Show the output as it comes, and return the result. */
async function follow(response, outputs) {
  if (!response.headers.get("content-type").startsWith("text/event-stream")) return response.json();
  for await (const { event, data } of events(response)) {
    if (event === "stdout" || event === "stderr") outputs.add(event, data.data);
    else if (event === "result" || event === "error") return data;
  }
  throw new Error("The connection was lost before the program ended.");
}

function say(result, text, grade) {
  const line = find(".ending", result);
  line.textContent = text;
  line.className = `ending ${grade}`;
}

class Outputs {
  constructor(parent) {
    this.parent = parent;
    this.shown = {};
    parent.replaceChildren();
  }

  add(stream, text) {
    this.shown[stream] ??= this.#block(stream === "stdout" ? "Output" : "Standard error", stream);
    const block = this.shown[stream];
    if (block.textContent.length < SHOWN) block.append(text);
  }

  /** Show the whole, whose bytes are decoded and truncated by the service. */
  end({ stdout, stderr, stdout_truncated: outCut, stderr_truncated: errCut, compile_output: compiled }) {
    this.parent.replaceChildren();
    if (compiled) this.#block("Compiler", "err").textContent = compiled;
    this.#whole("Output", "stdout", stdout, outCut);
    this.#whole("Standard error", "stderr", stderr, errCut);
  }

  #whole(title, stream, text, cut) {
    if (!text) return;
    const shown = text.slice(0, SHOWN);
    const note = cut ? " (there was more)" : shown.length < text.length ? " (the beginning)" : "";
    this.#block(title + note, stream).textContent = shown;
  }

  #block(title, stream) {
    const block = make("pre", { class: stream === "stdout" ? "out" : "err", tabIndex: 0, "aria-label": title });
    this.parent.append(make("h2", {}, title), block);
    return block;
  }
}
