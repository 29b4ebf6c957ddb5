//: claim = "Reads a million lines in the usual way, within two seconds."
//: verdict = "AC"
//: time_limit_ms = 2000
//: wall_time_limit_ms = 10000
//: lines = 1000000
import { readFileSync } from "fs";

const [, ...numbers] = readFileSync(0, "utf8").trimEnd().split("\n");
let sum = 0;
for (const number of numbers) sum += Number(number);
console.log(sum);
