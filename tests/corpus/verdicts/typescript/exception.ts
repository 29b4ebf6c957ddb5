//: claim = "Does not catch an exception."
//: verdict = "RTE"
//: reason_contains = ["exit code 1"]
import { readFileSync } from "fs";

const words: string[] = readFileSync(0, "utf8").split(/\s+/);
const sum: number = words.slice(1, 1 + Number(words[0])).reduce((total, word) => total + Number(word), 0);
const none: number[] | undefined = undefined as any;
console.log(none!.length + sum);
