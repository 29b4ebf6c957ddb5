//: claim = "Aborts, as V8 does when its heap is full, but for no such reason."
//: verdict = "RTE"
//: reason_contains = ["SIGABRT"]
process.abort();
