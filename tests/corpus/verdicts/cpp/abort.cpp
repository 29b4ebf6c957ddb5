//: claim = "Aborts."
//: verdict = "RTE"
//: reason_contains = ["SIGABRT"]
#include <cstdio>
#include <cstdlib>

int main() {
    abort();
}
