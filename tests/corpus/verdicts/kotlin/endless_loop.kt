//: claim = "Computes for ever."
//: verdict = "TLE"
//: time_limit_ms = 350
//: reason_contains = ["was stopped after", "of CPU time"]
fun main() {
    var n = 0u
    while (true) n++
}
