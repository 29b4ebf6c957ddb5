//: claim = "No command that is written in a comment is run."
//: status = "OK"
//: stdout = "no file\n"
package main

import (
	"fmt"
	"os"
)

//go:generate sh -c "touch /tmp/word"
//go:debug madvdontneed=1

func main() {
	if _, problem := os.Stat("/tmp/word"); problem == nil {
		fmt.Println("BREACH: it was run")
	}
	fmt.Println("no file")
}
