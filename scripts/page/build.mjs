// Bundles src/ into page.js and modes.js, and puts the licences of what else is in them beside them:
// `npm ci --ignore-scripts && npm run build`. Each request costs a browser and the service milliseconds, so that one file
// is ready in two thirds of the time of ten.

import { build } from "esbuild";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const to = process.argv[2] ?? join(here, "../../zuko/api/page/static");

const packages = new Set();
for (const [entry, name] of [["main.js", "page.js"], ["modes.js", "modes.js"]]) {
  const { metafile } = await build({
    entryPoints: [join(here, "src", entry)],
    absWorkingDir: here,
    bundle: true,
    external: ["./modes.js"],
    minify: true,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    metafile: true,
    outfile: join(to, name),
  });
  for (const input of Object.keys(metafile.inputs)) {
    const found = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) packages.add(found[1]);
  }
}
const parts = [];
for (const name of [...packages].sort()) {
  const folder = join(here, "node_modules", name);
  const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const licence = (await readdir(folder)).find((file) => /^licen[cs]e/i.test(file));
  parts.push(`${name} ${version}\n\n${(await readFile(join(folder, licence), "utf8")).trim()}\n`);
}
await writeFile(join(to, "LICENSES.txt"), parts.join(`\n${"-".repeat(80)}\n\n`));
