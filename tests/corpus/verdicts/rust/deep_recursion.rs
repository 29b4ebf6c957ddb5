//: claim = "Recurses a million calls deep: a stack has no limit but memory's."
//: verdict = "AC"
//: memory_limit_kb = 131072
use std::io::Read;

fn deep(n: i64) -> i64 {
    let data = std::hint::black_box(n);
    if n == 0 { 0 } else { deep(n - 1) + data - n }
}

fn main() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let sum: i64 = text.split_whitespace().skip(1).map(|x| x.parse::<i64>().unwrap()).sum();
    println!("{}", sum + deep(1_000_000));
}
