// A link that holds the program, in its fragment: browsers do not send that.

const PREFIX = "#p=";
const LIMIT_BYTES = 1 << 20; // unpacked: a link of someone else's may be a bomb

const through = (bytes, stream) => new Blob([bytes]).stream().pipeThrough(stream);

/** Return a link to the page that holds a value. */
export async function link(value) {
  const packed = await new Response(
    through(JSON.stringify(value), new CompressionStream("deflate-raw")),
  ).arrayBuffer();
  const text = btoa(Array.from(new Uint8Array(packed), (byte) => String.fromCharCode(byte)).join(""));
  const page = new URL(document.baseURI);
  page.hash = PREFIX.slice(1) + text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return page.href;
}

/** Return the value that a fragment holds; null: it holds none that can be read. */
export async function held(fragment) {
  if (!fragment.startsWith(PREFIX)) return null;
  try {
    const text = atob(fragment.slice(PREFIX.length).replaceAll("-", "+").replaceAll("_", "/"));
    const packed = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const reader = through(packed, new DecompressionStream("deflate-raw")).getReader();
    const parts = [];
    let size = 0;
    for (let read; !(read = await reader.read()).done; ) {
      size += read.value.length;
      if (size > LIMIT_BYTES) return null;
      parts.push(read.value);
    }
    const value = JSON.parse(await new Blob(parts).text());
    return typeof value?.code === "string" && typeof value?.language === "string" ? value : null;
  } catch {
    return null;
  }
}
