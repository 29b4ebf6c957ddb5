//: claim = "Adds the numbers up."
//: verdict = "AC"
import { readFileSync } from "fs";

const words: string[] = readFileSync(0, "utf8").split(/\s+/);
const sum: number = words.slice(1, 1 + Number(words[0])).reduce((total, word) => total + Number(word), 0);
console.log(sum);
