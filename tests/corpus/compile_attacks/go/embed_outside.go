//: claim = "Nothing outside the workspace can be embedded."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
//: compile_output_contains = ["pattern /etc/passwd"]
package main

import _ "embed"

//go:embed /etc/passwd
var text string

func main() { println(text) }
