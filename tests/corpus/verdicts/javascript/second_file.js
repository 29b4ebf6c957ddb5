//: claim = "Calls a function of another file of the program."
//: verdict = "AC"
//: files = { "lib/total.js" = "exports.total = (words) => words.map(Number).reduce((a, b) => a + b);\n" }
const { total } = require("./lib/total");
const lines = require("fs").readFileSync(0, "utf8").split("\n");
console.log(total(lines[1].split(" ")));
