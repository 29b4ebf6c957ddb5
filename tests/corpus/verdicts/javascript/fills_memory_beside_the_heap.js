//: claim = "Fills memory that is not the heap's."
//: verdict = "MLE"
//: memory_limit_kb = 131072
//: reason_contains = ["memory"]
const blocks = [];
for (let i = 0; i < 1024; i++) blocks.push(Buffer.alloc(1 << 20, 1));
console.log(blocks.length);
