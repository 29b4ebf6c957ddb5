//: claim = "Embedding /dev/zero ends at the memory limit of compilations."
//: status = "COMPILE_ERROR"
//: reason = ["memory_limit", "compile_failed"]
// Whether it reads until there is no memory, or asks for it first, is the compiler's affair.
static ALL: &[u8] = include_bytes!("/dev/zero");
fn main() { println!("{}", ALL.len()); }
