//: claim = "Adds the numbers up."
//: verdict = "AC"
package main

import "fmt"

func main() {
	var n int
	var sum, x int64
	fmt.Scan(&n)
	for ; n > 0; n-- {
		fmt.Scan(&x)
		sum += x
	}
	fmt.Println(sum)
}
