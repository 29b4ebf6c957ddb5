//: claim = "Counts and prints characters of several scripts."
//: verdict = "AC"
//: input = "Grüße 世界 🎉\n"
//: output = "10 Grüße 世界 🎉\n"
import { readFileSync } from "fs";

const text = readFileSync(0, "utf8").trimEnd();
console.log(`${[...text].length} ${text}`);
