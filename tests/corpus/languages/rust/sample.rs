use std::collections::{HashMap, HashSet};
use std::io;

fn main() {
    let mut line = String::new();
    io::stdin().read_line(&mut line).unwrap();
    let n: usize = line.trim().parse().unwrap();
    let mut values: Vec<u64> =
        std::iter::successors(Some(48271), |value| Some(value * 48271 % 2147483647)).take(n).collect();
    values.sort_unstable();
    let mut checksum = 0;
    let mut counts: HashMap<u64, usize> = HashMap::new();
    for (at, value) in values.iter().enumerate() {
        checksum = (checksum + (at as u64 + 1) * value) % 1_000_000_007;
        *counts.entry(value % 1000).or_default() += 1;
    }
    let distinct: HashSet<u64> = values.iter().map(|value| value % 100_000).collect();
    let (mode, count) = counts.iter().max_by_key(|(mode, count)| (**count, u64::MAX - **mode)).unwrap();
    println!("{} {checksum} {mode} {count}", distinct.len());
}
