//: claim = "A package of the network's is not there, and nobody waits for it."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
//: compile_output_contains = ["cannot find package"]
package main

import _ "example.com/word"

func main() {}
