import { readFileSync } from "fs";

const n = Number(readFileSync(0, "utf8"));
let value = 1;
const values: number[] = [];
for (let at = 0; at < n; at++) {
  value = (value * 48271) % 2147483647;
  values.push(value);
}
values.sort((a, b) => a - b);
let checksum = 0n;
const counts = new Map<number, number>();
values.forEach((each, at) => {
  checksum = (checksum + BigInt(at + 1) * BigInt(each)) % 1_000_000_007n;
  counts.set(each % 1000, (counts.get(each % 1000) ?? 0) + 1);
});
const [mode, count] = [...counts].reduce((best, each) => (each[1] > best[1] || (each[1] === best[1] && each[0] < best[0]) ? each : best));
console.log(`${new Set(values.map((each) => each % 100_000)).size} ${checksum} ${mode} ${count}`);
