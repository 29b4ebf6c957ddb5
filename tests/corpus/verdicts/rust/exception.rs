//: claim = "Panics."
//: verdict = "RTE"
//: reason_contains = ["exit code 101"]
fn main() {
    let empty: Vec<i32> = Vec::new();
    println!("{}", empty[std::hint::black_box(1)]);
}
