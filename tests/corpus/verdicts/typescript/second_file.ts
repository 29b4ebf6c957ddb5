//: claim = "Calls a function of another file of the program."
//: verdict = "AC"
//: files = { "lib/total.ts" = "export function total(line: string): number {\n  return line.split(\" \").reduce((sum, word) => sum + Number(word), 0);\n}\n" }
import { readFileSync } from "fs";
import { total } from "./lib/total";

const [, line] = readFileSync(0, "utf8").split("\n");
console.log(total(line));
