//: claim = "A loop without an end at compile time is refused or ends at the time limit."
//: status = "COMPILE_ERROR"
//: reason = ["compile_failed", "cpu_time_limit", "wall_time_limit"]
// A lint of the compiler's stops it, where it is on.
#![allow(long_running_const_eval)]
const fn spin() -> u64 { let mut n = 0u64; loop { n = n.wrapping_add(1); if n == u64::MAX { return n; } } }
const N: u64 = spin();
fn main() { println!("{}", N); }
