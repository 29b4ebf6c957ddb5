// How a program ended, in a sentence, with figures beside their limits.

import { bar, kilobytes, make, milliseconds } from "./dom.js";

const GRADE = { OK: "good", TIMEOUT: "unsure", ERROR: "unsure" };

/** Return the sentence about a response of /execute, and "good", "bad" or "unsure". */
export function ending({ status, message, exit_code: exitCode }) {
  const grade = GRADE[status] ?? "bad";
  if (message) return [capital(message), grade];
  if (status === "COMPILE_ERROR") return ["It does not compile.", grade];
  return [`It ended with exit code ${exitCode}.`, grade];
}

/** Return text with a capital at its beginning and a full stop at its end. */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

/** Return the rows of figures: CPU time, wall time, memory, each with a bar against its limit. */
export function figures(response, { wallLimitMs, memoryLimitKb }) {
  const row = (name, text, value, limit) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, text), make("dd", {}, bar(value, limit, name)));
  return [
    row("CPU time", milliseconds(response.time_used), response.time_used, wallLimitMs),
    row("Wall time", milliseconds(response.wall_time_ms), response.wall_time_ms, wallLimitMs),
    row("Memory", kilobytes(response.memory_used), response.memory_used, memoryLimitKb),
  ];
}
