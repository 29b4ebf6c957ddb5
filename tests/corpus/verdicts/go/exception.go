//: claim = "Panics."
//: verdict = "RTE"
//: reason_contains = ["exit code 2"]
package main

import "fmt"

func main() {
	var empty []int
	n := 1
	fmt.Println(empty[n])
}
