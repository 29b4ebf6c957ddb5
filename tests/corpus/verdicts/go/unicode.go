//: claim = "Counts and prints characters of several scripts."
//: verdict = "AC"
//: input = "Grüße 世界 🎉\n"
//: output = "10 Grüße 世界 🎉\n"
package main

import (
	"bufio"
	"fmt"
	"os"
	"unicode/utf8"
)

func main() {
	scanner := bufio.NewScanner(os.Stdin)
	scanner.Scan()
	fmt.Println(utf8.RuneCountInString(scanner.Text()), scanner.Text())
}
