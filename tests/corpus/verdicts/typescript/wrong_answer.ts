//: claim = "Is one off."
//: verdict = "WA"
//: reason_contains = ["differs"]
import { readFileSync } from "fs";

const words: string[] = readFileSync(0, "utf8").split(/\s+/);
const sum: number = words.slice(1, 1 + Number(words[0])).reduce((total, word) => total + Number(word), 0);
console.log(sum + 1);
