//: claim = "A module that is /dev/zero ends at the memory limit of compilations."
//: status = "COMPILE_ERROR"
//: reason = ["memory_limit", "compile_failed"]
// Whether it reads until there is no memory, or asks for it first, is the compiler's affair.
#[path = "/dev/zero"]
mod zero;
fn main() {}
