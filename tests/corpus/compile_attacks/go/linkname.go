//: claim = "A function of the runtime's, reached by its name, is the program's own affair."
//: status = "OK"
//: stdout = "true\n"
package main

import (
	"fmt"
	_ "unsafe"
)

//go:linkname now runtime.nanotime
func now() int64

func main() { fmt.Println(now() > 0) }
