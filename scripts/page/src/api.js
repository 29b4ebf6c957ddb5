// Requests to the service that the page comes from, and what their errors mean.

const KEY = "zuko-key"; // in sessionStorage: of this tab, gone with it

export const key = {
  get: () => sessionStorage.getItem(KEY) ?? "",
  set: (text) => (text ? sessionStorage.setItem(KEY, text) : sessionStorage.removeItem(KEY)),
};

/** An answer that is an error, as a sentence. */
export class ApiError extends Error {}

/**
 * Send a request and return its response, whose status is a success.
 *
 * @param {string} path - "api/v1/execute"
 * @param {{method?: string, body?: any, events?: boolean, signal?: AbortSignal}} options - body: JSON, or a Blob
 * @throws {ApiError} the service refuses it, or does not answer
 */
export async function send(path, { method = "GET", body, events = false, signal } = {}) {
  const headers = { accept: events ? "text/event-stream" : "application/json" };
  if (key.get()) headers.authorization = `Bearer ${key.get()}`;
  if (body !== undefined && !(body instanceof Blob)) {
    headers["content-type"] = "application/json";
    body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, { method, headers, body, signal, referrerPolicy: "no-referrer" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("The service cannot be reached.");
  }
  if (!response.ok) throw new ApiError(await sentence(response));
  return response;
}

/** Send a request and return its response's JSON. */
export async function json(path, options) {
  const response = await send(path, options);
  return response.status === 204 ? null : response.json();
}

async function sentence(response) {
  let body = null;
  try {
    body = await response.json();
  } catch {
    // not ours: a proxy's page
  }
  const wait = response.headers.get("retry-after");
  const again = wait ? ` Try again in ${wait} s.` : "";
  if (Array.isArray(body?.detail)) {
    const errors = body.detail.map(({ loc, msg }) => `${loc.slice(1).join(".") || loc[0]}: ${msg}`);
    return `Refused: ${errors.join("; ")}.${again}`;
  }
  if (body?.message) return `${body.message}.${again}`;
  if (response.status === 401 || response.status === 403) return "The service asks for a key (above).";
  return `The service answered ${response.status}.${again}`;
}

/**
 * Yield the server-sent events of a response: {event, id, data}, data from JSON.
 *
 * @throws {ApiError} the stream broke off
 */
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    let read;
    try {
      read = await reader.read();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ApiError("The connection was lost.");
    }
    if (read.done) return;
    text += read.value;
    let end;
    while ((end = text.indexOf("\n\n")) >= 0) {
      const found = { event: "message", id: null, data: null };
      for (const line of text.slice(0, end).split("\n")) {
        const at = line.indexOf(": ");
        if (at > 0) found[line.slice(0, at)] = line.slice(at + 2);
      }
      text = text.slice(end + 2);
      if (found.data !== null) yield { ...found, data: JSON.parse(found.data) };
    }
  }
}
