//: claim = "A macro that doubles ends at a limit of the compiler's."
//: status = "COMPILE_ERROR"
//: reason = ["memory_limit", "cpu_time_limit", "wall_time_limit", "compile_failed"]
// 128 levels are the compiler's own limit; 2 to the power of 128 comes later than memory ends.
macro_rules! double { ($($t:tt)*) => { double!($($t)* $($t)*) } }
fn main() { double!(x); }
