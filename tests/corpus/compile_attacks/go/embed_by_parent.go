//: claim = "Nor by the directory above."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
package main

import _ "embed"

//go:embed ../etc/passwd
var text string

func main() { println(text) }
