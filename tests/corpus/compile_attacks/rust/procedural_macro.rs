//: claim = "A crate of procedural macros, which would run inside a compiler, makes no program."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
#![crate_type = "proc-macro"]
extern crate proc_macro;
#[proc_macro]
pub fn breach(_: proc_macro::TokenStream) -> proc_macro::TokenStream { std::process::abort() }
