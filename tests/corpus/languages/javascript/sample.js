const n = Number(require("fs").readFileSync(0, "utf8"));
const values = new Float64Array(n);
let value = 1;
for (let at = 0; at < n; at++) values[at] = value = (value * 48271) % 2147483647;
values.sort();
let checksum = 0;
const distinct = new Set();
const counts = new Map();
values.forEach((each, at) => {
  checksum = (checksum + (at + 1) * each) % 1_000_000_007;
  distinct.add(each % 100_000);
  counts.set(each % 1000, (counts.get(each % 1000) ?? 0) + 1);
});
const [[mode, count]] = [...counts].sort(([a, m], [b, n]) => n - m || a - b);
console.log(distinct.size, checksum, mode, count);
