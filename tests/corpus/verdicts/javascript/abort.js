//: claim = "Aborts, as V8 does when its heap is full, without that reason."
//: verdict = "RTE"
//: reason_contains = ["SIGABRT"]
process.abort();
