//: claim = "Recurses 50,000 calls deep."
//: verdict = "AC"
function deep(n: number): number {
  return n === 0 ? 0 : deep(n - 1) * 2;
}

import { readFileSync } from "fs";

const words: string[] = readFileSync(0, "utf8").split(/\s+/);
const sum: number = words.slice(1, 1 + Number(words[0])).reduce((total, word) => total + Number(word), 0);
console.log(deep(50000) + sum);
