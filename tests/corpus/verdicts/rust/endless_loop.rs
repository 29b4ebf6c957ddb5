//: claim = "Computes for ever."
//: verdict = "TLE"
//: time_limit_ms = 200
//: reason_contains = ["was stopped after", "of CPU time"]
fn main() {
    let mut n = 0u64;
    loop {
        n = std::hint::black_box(n + 1);
    }
}
