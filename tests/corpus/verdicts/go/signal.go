//: claim = "Ends by a signal that it sends itself."
//: verdict = "RTE"
//: reason_contains = ["SIGKILL"]
package main

import (
	"syscall"
	"time"
)

func main() {
	syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
	time.Sleep(5 * time.Second)
}
