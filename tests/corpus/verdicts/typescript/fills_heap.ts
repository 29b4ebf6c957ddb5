//: claim = "Fills memory."
//: verdict = "MLE"
//: memory_limit_kb = 131072
//: reason_contains = ["ran out of heap memory"]
const rows: number[][] = [];
for (let i = 0; i < 10000; i++) rows.push(new Array(10000).fill(i + 0.5));
console.log(rows.length);
