//: claim = "Aborts."
//: verdict = "RTE"
//: reason_contains = ["SIGABRT"]
fn main() {
    std::process::abort();
}
