//: claim = "Aborts."
//: verdict = "RTE"
//: reason_contains = ["SIGABRT"]
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    abort();
}
