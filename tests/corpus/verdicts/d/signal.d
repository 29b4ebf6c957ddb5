//: claim = "Aborts."
//: verdict = "RTE"
//: reason_contains = ["SIGABRT"]
import core.stdc.stdlib;

void main() {
    abort();
}
