// Elements. What programs print gets into the page as text, here and nowhere else: nothing parses HTML.

/** Return the first element of a selector, in a parent or in the page. */
export const find = (selector, parent = document) => parent.querySelector(selector);

/**
 * Make an element.
 *
 * @param {string} name - "td"
 * @param {Object<string, any>} properties - of the element; "class" and names with "-" are attributes
 * @param {...(Node|string)} children - strings are text
 */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "class" || key.includes("-")) element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children);
  return element;
}

/** Show a message above everything; "" removes it. */
export function notify(text) {
  const notice = find("#notice");
  notice.textContent = text;
  notice.hidden = !text;
}

/** Return a time in ms for people: "12.3 ms", "1.25 s", "unknown". */
export function milliseconds(value) {
  if (value === null || value === undefined) return "unknown";
  return value < 1000 ? `${value.toFixed(value < 100 ? 1 : 0)} ms` : `${(value / 1000).toFixed(2)} s`;
}

/** Return a size in units of 1024 bytes for people. */
export function kilobytes(value) {
  if (value === null || value === undefined) return "unknown";
  return value < 1024 ? `${value} KiB` : `${(value / 1024).toFixed(1)} MiB`;
}

/** Return a bar of a value within its limit, which screen readers read as well. */
export function bar(value, limit, label) {
  const full = Math.max(limit, 1);
  return make("meter", { min: 0, max: full, value: Math.min(value ?? 0, full), high: full * 0.9, "aria-label": label });
}
