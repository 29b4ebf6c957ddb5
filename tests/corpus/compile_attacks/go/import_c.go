//: claim = "There is no C compiler behind Go's, and none of its options."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
package main

// #cgo LDFLAGS: -Wl,--dynamic-linker=/workspace/x
// #include "/etc/passwd"
import "C"

func main() {}
