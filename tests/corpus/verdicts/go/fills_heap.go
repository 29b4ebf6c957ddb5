//: claim = "Fills memory."
//: verdict = "MLE"
//: memory_limit_kb = 32768
//: reason_contains = ["memory"]
package main

import "fmt"

func main() {
	var blocks [][]byte
	for i := 0; i < 1024; i++ {
		block := make([]byte, 1<<20)
		for j := range block {
			block[j] = byte(i)
		}
		blocks = append(blocks, block)
	}
	fmt.Println(len(blocks))
}
