//: claim = "Recurses a million calls deep."
//: verdict = "AC"
package main

import "fmt"

func deep(n int64) int64 {
	if n == 0 {
		return 0
	}
	return deep(n-1) * 2
}

func main() {
	var n int
	var sum, x int64
	fmt.Scan(&n)
	for ; n > 0; n-- {
		fmt.Scan(&x)
		sum += x
	}
	fmt.Println(sum + deep(1000000))
}
