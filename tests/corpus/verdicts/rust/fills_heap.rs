//: claim = "Fills memory."
//: verdict = "MLE"
//: memory_limit_kb = 32768
//: reason_contains = ["memory"]
fn main() {
    let mut blocks = Vec::new();
    for i in 0..1024 {
        blocks.push(vec![i as u8 | 1; 1 << 20]);
    }
    println!("{}", std::hint::black_box(&blocks).len());
}
