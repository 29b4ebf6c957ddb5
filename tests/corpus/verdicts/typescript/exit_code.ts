//: claim = "Prints the right answer, and ends with an exit code that is not 0."
//: verdict = "RTE"
//: reason_contains = ["exit code 3"]
import { readFileSync } from "fs";

const words: string[] = readFileSync(0, "utf8").split(/\s+/);
const sum: number = words.slice(1, 1 + Number(words[0])).reduce((total, word) => total + Number(word), 0);
console.log(sum);
process.exitCode = 3;
