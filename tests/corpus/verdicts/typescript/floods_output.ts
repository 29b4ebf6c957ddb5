//: claim = "Prints for ever."
//: verdict = "OLE"
//: output_limit_kb = 64
//: reason_contains = ["more than 65536 bytes to stdout"]
// console.log would keep in memory what the pipe does not take at once, and fill that.
import { writeSync } from "fs";

for (;;) writeSync(1, "x".repeat(1000));
