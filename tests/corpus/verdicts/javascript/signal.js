//: claim = "Ends by a signal that it sends itself."
//: verdict = "RTE"
//: reason_contains = ["SIGKILL"]
process.kill(process.pid, "SIGKILL");
setTimeout(() => {}, 5000);
