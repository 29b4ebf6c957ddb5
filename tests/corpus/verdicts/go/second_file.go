//: claim = "Calls a function of another file of the program."
//: verdict = "AC"
//: files = { "total.go" = "package main\n\nfunc total(a, b int) int { return a + b }\n" }
package main

import "fmt"

func main() {
	var count, number, sum int
	fmt.Scan(&count)
	for ; count > 0; count-- {
		fmt.Scan(&number)
		sum = total(sum, number)
	}
	fmt.Println(sum)
}
