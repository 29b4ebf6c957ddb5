//: claim = "A type that is instantiated without end ends the compiler at a limit."
//: status = "COMPILE_ERROR"
//: reason = ["signal", "memory_limit", "cpu_time_limit"]
// "signal" is what V8 ends itself by when its heap is full; or memory, or the time is used up, whichever comes first.
type Longer<T extends unknown[]> = T["length"] extends 100000 ? T : Longer<[...T, 0, 0]>;
const all: Longer<[]> = [];
console.log(all.length);
