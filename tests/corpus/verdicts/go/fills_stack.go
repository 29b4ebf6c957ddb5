//: claim = "Recurses until memory is full."
//: verdict = "MLE"
//: memory_limit_kb = 32768
//: reason_contains = ["memory"]
package main

import "fmt"

func deep(n int) int {
	var data [512]int
	data[n%512] = n
	if n == 0 {
		return 0
	}
	return deep(n-1) + data[n%512]
}

func main() {
	fmt.Println(deep(1 << 17))
}
