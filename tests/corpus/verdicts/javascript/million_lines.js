//: claim = "Reads a million lines in the usual way, within two seconds."
//: verdict = "AC"
//: time_limit_ms = 2000
//: wall_time_limit_ms = 10000
//: lines = 1000000
const lines = require("fs").readFileSync(0, "utf8").split("\n");
let sum = 0;
for (let at = 1; at <= Number(lines[0]); at++) sum += Number(lines[at]);
console.log(sum);
