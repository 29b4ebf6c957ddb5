//: claim = "Recurses until memory is full."
//: verdict = "MLE"
//: memory_limit_kb = 32768
//: reason_contains = ["memory"]
fn deep(n: usize) -> usize {
    let data = std::hint::black_box([n as u8; 4096]);
    if n == 0 { 0 } else { deep(n - 1) + data[n % 4096] as usize }
}

fn main() {
    println!("{}", deep(1 << 18));
}
