//: claim = "Recurses 50,000 calls deep."
//: verdict = "AC"
const words = require("fs").readFileSync(0, "utf8").split(/\s+/);

function deep(n) {
  return n === 0 ? 0 : deep(n - 1) * 2;
}

console.log(deep(50000) + words.slice(1, 1 + Number(words[0])).reduce((sum, x) => sum + Number(x), 0));
