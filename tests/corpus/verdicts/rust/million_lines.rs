//: claim = "Reads a million lines in the usual way, within two seconds."
//: verdict = "AC"
//: time_limit_ms = 2000
//: wall_time_limit_ms = 10000
//: lines = 1000000
use std::io::{self, BufRead};

fn main() {
    let sum: i64 = io::stdin().lock().lines().skip(1).map(|line| line.unwrap().parse::<i64>().unwrap()).sum();
    println!("{sum}");
}
