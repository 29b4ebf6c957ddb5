//: claim = "A package on the network is not found, and nothing waits for it."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
//: compile_output_contains = ["cannot find package"]
package main

import _ "example.com/word"

func main() {}
