//: claim = "Prints the right answer, and ends with an exit code that is not 0."
//: verdict = "RTE"
//: reason_contains = ["exit code 3"]
const words = require("fs").readFileSync(0, "utf8").split(/\s+/);
console.log(words.slice(1, 1 + Number(words[0])).reduce((sum, x) => sum + Number(x), 0));
process.exitCode = 3;
