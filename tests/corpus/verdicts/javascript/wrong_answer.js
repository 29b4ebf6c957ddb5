//: claim = "Is one off."
//: verdict = "WA"
//: reason_contains = ["differs"]
const words = require("fs").readFileSync(0, "utf8").split(/\s+/);
console.log(1 + words.slice(1, 1 + Number(words[0])).reduce((sum, x) => sum + Number(x), 0));
