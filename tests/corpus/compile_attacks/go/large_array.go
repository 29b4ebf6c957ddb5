//: claim = "An object of 2 GB is refused, or ends where the files of a compilation do."
//: status = "COMPILE_ERROR"
//: reason = ["compile_failed", "memory_limit"]
// The compiler has a limit of its own in some releases.
package main

var a = [2000000000]byte{1999999999: 1}

func main() { println(a[0]) }
