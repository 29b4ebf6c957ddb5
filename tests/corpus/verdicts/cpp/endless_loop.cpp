//: claim = "Computes for ever."
//: verdict = "TLE"
//: time_limit_ms = 200
//: reason_contains = ["was stopped after", "of CPU time"]
int main() {
    for (volatile unsigned n = 0;; n++) {}
}
