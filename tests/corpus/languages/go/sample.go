package main

import (
	"fmt"
	"sort"
)

type number interface{ ~int | ~int64 }

func modulo[T number](value, by T) T { return value % by }

func main() {
	var n int
	fmt.Scan(&n)
	values := make([]int, n)
	value := 1
	for at := range values {
		value = value * 48271 % 2147483647
		values[at] = value
	}
	sort.Ints(values)
	checksum, distinct, counts, mode := 0, map[int]bool{}, [1000]int{}, 0
	for at, value := range values {
		checksum = (checksum + (at+1)*value) % 1_000_000_007
		distinct[modulo(value, 100_000)] = true
		counts[modulo(value, 1000)]++
	}
	for at, count := range counts {
		if count > counts[mode] {
			mode = at
		}
	}
	fmt.Println(len(distinct), checksum, mode, counts[mode])
}
