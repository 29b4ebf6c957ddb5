//: claim = "Computes for ever."
//: verdict = "TLE"
//: time_limit_ms = 200
//: reason_contains = ["was stopped after", "of CPU time"]
import core.volatile;

void main() {
    uint n;
    for (;;) volatileStore(&n, volatileLoad(&n) + 1);
}
