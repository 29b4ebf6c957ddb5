//: claim = "A library that is named by a path is none that the linker finds."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
#[link(name = ":/etc/passwd", kind = "dylib")]
extern "C" { fn word() -> i32; }
fn main() { println!("{}", unsafe { word() }); }
