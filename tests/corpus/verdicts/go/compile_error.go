//: claim = "Is not a program."
//: verdict = "CE"
//: compile_output_contains = ["undefined: undeclared"]
package main

import "fmt"

func main() {
	fmt.Println(undeclared)
}
