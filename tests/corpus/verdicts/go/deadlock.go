//: claim = "Waits for itself, which Go's runtime notices."
//: verdict = "RTE"
//: reason_contains = ["exit code 2"]
package main

func main() {
	<-make(chan int)
}
