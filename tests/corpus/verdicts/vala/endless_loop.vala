//: claim = "Computes for ever."
//: verdict = "TLE"
//: time_limit_ms = 200
//: reason_contains = ["was stopped after", "of CPU time"]
void main () {
    for (uint64 n = 0;; n++) AtomicUint.inc (ref counter);
}

uint counter;
