//: claim = "Two threads share the work: their CPU time counts together."
//: verdict = "TLE"
//: time_limit_ms = 200
//: reason_contains = ["of CPU time"]
#include <thread>

static void work() {
    for (volatile unsigned n = 0;; n = n + 1) {}
}

int main() {
    std::thread one(work), two(work);
    one.join();
    two.join();
}
