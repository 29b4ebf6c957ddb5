//: claim = "Ends by a signal."
//: verdict = "RTE"
//: reason_contains = ["SIGKILL"]
process.kill(process.pid, "SIGKILL");
setTimeout(() => {}, 5000);
